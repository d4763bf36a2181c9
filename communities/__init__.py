"""Communities: big Party committees, compounds, grids, lists of community work."""
