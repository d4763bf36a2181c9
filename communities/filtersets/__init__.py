"""Filters of the lists of communities, one family a module."""
