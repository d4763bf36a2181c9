"""Whistle and report: cases, whistles at three tiers, assignments, their deadlines."""
