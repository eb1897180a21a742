"""The functions of ``calc`` that put several steps together, one a file; the command line is built on them."""
