"""Histograms as a strip: steps along x, values along y, and how many values there are as a shade; one alone as bars."""
