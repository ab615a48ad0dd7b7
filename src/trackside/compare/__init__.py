"""Whether a difference is real, and whether two runs may be compared at all. Pure functions; it knows no screen."""
