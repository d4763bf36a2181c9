"""Measurements of the finished portal: `make bench`, results in docs/benchmarks.md."""
