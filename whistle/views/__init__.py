"""Pages of the whistle, one screen a module."""
