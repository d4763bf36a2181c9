"""Forms of communities, one family a module."""
