"""The public functions that put several steps together, one in each file. The command line is built on them."""
