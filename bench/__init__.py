"""Benchmarks: each sets this server beside a named peer in one run and prints ratios. `python -m bench --help`."""
