"""The gate: the numbers of networks in a lock file, compared with the current ones, and upper limits on them."""
