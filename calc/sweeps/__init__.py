"""Grids of params, inputs and policies, one row a point; and many assignments of bits at once."""
