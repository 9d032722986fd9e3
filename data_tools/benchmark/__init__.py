"""The benchmark of music and picture; see docs/benchmark.md."""
