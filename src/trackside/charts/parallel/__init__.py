"""Parallel coordinates in text: an axis for each key, a line for each run, and brushes that ask for some runs."""
