"""Scatter plots in text: runs as points by two keys, one of which is chosen by walking from run to run."""
