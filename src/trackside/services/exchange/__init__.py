"""Runs into a store and out of it: bundles, imports, merges, and files that other tools read."""
