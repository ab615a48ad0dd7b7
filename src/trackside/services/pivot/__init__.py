"""Pivots for papers: from the runs of a store to a table in every format that it is printed in."""
