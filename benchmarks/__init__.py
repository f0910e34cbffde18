"""Reproducible measurements: `python -m benchmarks` (or `make bench`) prints the tables of docs/performance.md."""
