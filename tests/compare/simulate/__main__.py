"""Prints every cell beside what the statistics page says of it: `just simulate`, or `just simulate 400`."""

import sys

from simulate.cell import LONG
from simulate.promises import promises
from simulate.table import NULL, POWER


def main(comparisons: int = LONG) -> int:
    """The exit status: 1 where a cell does not hold."""
    promised = promises()
    print(f"claims in {comparisons:,} comparisons, and what is said of them")
    failed = 0
    for cell in [*NULL, *POWER]:
        rate = cell.rate(comparisons)
        holds = promised[cell.name].holds(rate, comparisons)
        failed += not holds
        print(f"{rate:8.2%}  {promised[cell.name]!s:>8}  {' ' if holds else '✗'} {cell.name}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
