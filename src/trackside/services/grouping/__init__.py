"""Runs in groups: by any keys of the table, or by which are replicates of each other."""
