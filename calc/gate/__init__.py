"""The gate: a network's numbers locked in a file, compared with what they are now, and kept within budgets."""
