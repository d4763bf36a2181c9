"""The tests; tests/<area>/ follows the packages."""
