"""A made-up school's data: what the demo, the tests and the benchmarks play with."""
