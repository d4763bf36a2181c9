"""Builds what the pages show from what the selectors return: typed, frozen values, no query of their own."""
