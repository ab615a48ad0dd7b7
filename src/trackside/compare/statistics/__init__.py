"""Statistics over arrays and samples. SciPy is loaded where it is needed."""
