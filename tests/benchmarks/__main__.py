"""`python tests/benchmarks [TOPIC…]`: measure every `bench_<topic>.py`, or those named, and print a table.

A missed target is marked and is no failure: figures depend on the machine. A benchmark that raises is one.
"""

import os
import platform
import sys
from pathlib import Path

from harness import Row, measured, table

_HERE = Path(__file__).parent


def main(chosen: list[str]) -> int:
    """Measure, print, and say with the exit status whether every benchmark could be measured."""
    known = sorted(path.stem.removeprefix("bench_") for path in _HERE.glob("bench_*.py"))
    if unknown := [topic for topic in chosen if topic not in known]:
        print(f"no benchmark {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    failed: list[str] = []
    for topic in chosen or known:
        print(f"measuring {topic} …", file=sys.stderr, flush=True)
        try:
            rows += measured(topic)
        except Exception as error:
            failed.append(f"{topic} could not be measured: {error!r}")
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}\n")
    print(table(rows))
    for said in failed:
        print(said, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
