"""The HTTP interface, version 1: one module per noun."""
