"""Converts ATen operations to layers: one file for each family, with a function for each operation."""
