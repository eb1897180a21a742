"""The gate compares the numbers of networks in a lock file with the current ones, and checks upper limits."""
