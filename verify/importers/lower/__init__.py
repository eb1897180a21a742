"""A file for each family of ATen operations: functions that add the layers which do the same."""
