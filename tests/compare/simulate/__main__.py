"""Prints every cell beside what is promised of it, then the power: `just simulate`, or `just simulate 400`."""

import sys

from simulate.cell import LONG
from simulate.table import NULL, POWER


def main(comparisons: int = LONG) -> int:
    """The exit status: 1 where a cell does not hold."""
    print(f"false claims in {comparisons:,} comparisons without a difference")
    failed = 0
    for cell in NULL:
        rate = cell.rate(comparisons)
        holds = cell.holds(rate, comparisons)
        failed += not holds
        promised = f"{'≤' if cell.at_most else ''} {cell.figure:.2%}"
        print(f"{rate:8.2%}  {promised:>8}  {' ' if holds else '✗'} {cell.name}", flush=True)
    print(f"claims in {comparisons:,} comparisons with a difference")
    for known in POWER:
        print(f"{known.rate(comparisons):8.2%}  {known.name}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
