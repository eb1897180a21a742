"""Grids of params, inputs and policies with one row for each point, and many choices of bits at once."""
