"""Comparing runs with their baseline: from what a person names to what was found, and its words."""
