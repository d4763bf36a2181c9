"""Builds what the pages show: typed, frozen values.

`page` and `afterwards` ask the selectors; the others are handed everything.
"""
