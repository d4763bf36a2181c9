"""Tests of the embedded servers and their supervisor, on real processes."""
