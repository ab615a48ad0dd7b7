"""The commands that open or print what is seen, quoted for a shell. It knows neither store nor screen."""

from collections.abc import Iterator, Sequence

from trackside.services.sharing.links import link
from trackside.services.sharing.seen import Chart, Compare, Pivot, Run, Runs, Seen
from trackside.services.sharing.shell import joined


def opening(seen: Seen, places: Sequence[str]) -> str:
    """What opens the app on it."""
    return joined(["trackside", *places, "--open", link(seen)])


def printing(seen: Seen, places: Sequence[str]) -> str:
    """What prints it."""
    stores = [word for place in places for word in ("--store", place)]
    return joined(["trackside", *stores, *_words_of(seen)])


def _words_of(seen: Seen) -> Iterator[str]:
    match seen:
        case Runs():
            return _runs(seen)
        case Run():
            return _run(seen)
        case Chart():
            return _chart(seen)
        case Compare():
            return _compare(seen)
        case Pivot():
            return _pivot(seen)


def _runs(seen: Runs) -> Iterator[str]:
    yield "ls"
    yield from _option("--sort", ",".join(seen.sort))
    yield from _option("--group-by", ",".join(seen.by))
    yield from _option("--change", seen.change)
    yield from _option("--columns", "" if seen.by else ",".join(seen.columns))
    yield from _words(seen.filter)


def _run(seen: Run) -> Iterator[str]:
    if seen.tab == "charts" and seen.metric:
        yield from _chart(Chart(seen.metric, (seen.run,)))
        return
    yield "show"
    if seen.tab in ("console", "system"):
        yield f"--{seen.tab}"
    yield from _words(seen.run)


def _chart(seen: Chart) -> Iterator[str]:
    yield "curve"
    yield from _option("--x", seen.x)
    yield from _option("--smooth", "" if seen.smooth is None else f"{seen.smooth:g}")
    if "y" in seen.log:
        yield "--log"
    yield from _words(seen.metric, *seen.runs)


def _compare(seen: Compare) -> Iterator[str]:
    if seen.tab == "why" and len(seen.runs) == 1:
        yield "why"
        yield from _option("--metric", seen.metric)
    else:
        yield "compare"
        yield from _option("--at", seen.at)
    yield from _option("--baseline", seen.baseline)
    yield from _words(*seen.runs)


def _pivot(seen: Pivot) -> Iterator[str]:
    yield "table"
    yield from _option("--rows", ",".join(seen.rows))
    yield from _option("--cols", ",".join(seen.columns))
    yield from _option("--value", ",".join(seen.values))
    if seen.mix:
        yield "--mix-eval-data"
    yield from _words(f"id:{','.join(seen.runs)}" if seen.runs else seen.filter)


def _option(name: str, value: str) -> tuple[str, ...]:
    """An option with its value in one word, which may begin with a dash."""
    return (f"{name}={value}",) if value else ()


def _words(*words: str) -> Iterator[str]:
    """Arguments, which a word that begins with a dash must not be taken for an option of."""
    if any(word.startswith("-") for word in words):
        yield "--"
    yield from filter(None, words)
