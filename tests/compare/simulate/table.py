"""All cells, in the order in which they are printed."""

from simulate import curves, per_example, pivots, power, seeds

NULL = [*seeds.CELLS, *pivots.CELLS, *per_example.CELLS, *curves.CELLS]
"""Comparisons without a difference, or of an interval with the true one."""

POWER = power.CELLS
