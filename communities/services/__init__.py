"""The ways in: every change of a community's records, one family of verbs a module."""
