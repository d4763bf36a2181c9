"""What the pages of communities show, one family a module."""
