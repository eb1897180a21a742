"""Sweeps over grids of params, inputs and policies, one row for each point, and many choices of bits at once."""
