"""Takes the pictures of docs/pictures/ from a running demonstration portal."""
