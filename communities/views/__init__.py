"""Pages of communities, one family a module."""
