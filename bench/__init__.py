"""Benchmarks: each against something bare in the same run, because only ratios travel between machines."""
