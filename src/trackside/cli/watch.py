"""`trackside watch`: tells what happens to runs, without the app."""

import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from trackside.cli import output
from trackside.cli.completion import complete_filter
from trackside.cli.options import Place, as_json, with_store

if TYPE_CHECKING:
    from trackside.services.watching.message import Message
    from trackside.services.watching.spec import Spec

_USUAL = ("end", "fail", "nan", "stall")


@click.command(
    "watch",
    context_settings={"ignore_unknown_options": True},
    short_help="Tell what happens to runs, also after logout.",
)
@click.argument("filter_", nargs=-1, metavar="[FILTER]", type=click.UNPROCESSED, shell_complete=complete_filter)
@click.option(
    "--on",
    multiple=True,
    metavar="WHAT,…",
    help="end, fail, nan, stall, health, and filters that come to hold, such as 'val/loss<0.1'.  [default: "
    + ",".join(_USUAL)
    + "]",
)
@click.option("--exec", "program", metavar="CMD", help="Run CMD with the event as JSON on its standard input.")
@click.option("--shell", is_flag=True, help="CMD is a line for the shell.")
@click.option(
    "--webhook", metavar="URL", help="Post it to Slack, Discord or ntfy; @FILE and env:NAME hold the address."
)
@click.option("--bell", is_flag=True, help="Ring the bell of this terminal.")
@click.option("--detach", is_flag=True, help="Go on in the background, also after logout.")
@click.option("--name", help="What the one in the background is called.")
@click.option("--list", "list_", is_flag=True, help="List those in the background.")
@click.option("--stop", metavar="NAME", help="End one in the background.")
@click.option("--test", is_flag=True, help="Tell something now, and say what came back.")
@as_json
@with_store
def watch_command(
    place: Place,
    filter_: tuple[str, ...],
    on: tuple[str, ...],
    program: str | None,
    shell: bool,
    webhook: str | None,
    bell: bool,
    detach: bool,
    name: str | None,
    list_: bool,
    stop: str | None,
    test: bool,
    json_: bool,
) -> None:
    """Tell what happens to the runs that match FILTER: that they end, fail, stall, or that a filter comes to hold.

    It is printed, and told by --exec and --webhook until it has arrived. What happens at once is one message.

    --exec gets it as TRACKSIDE_EVENT_TITLE, _TEXT, _COUNT, _WHAT, _RUN, _NAME, _PROJECT, _STATUS and _STEP too; no
    shell reads it. ntfy is ntfy+https://HOST/TOPIC. An address on the command line is seen by others in `ps`.

    With --detach it goes on after logout; started with the same --name again, it tells what happened meanwhile.
    """
    from trackside.services.watching import helper
    from trackside.services.watching.spec import Spec
    from trackside.services.watching.webhook import from_where

    if unknown := [word for word in filter_ if word.startswith("--")]:
        raise click.NoSuchOption(unknown[0])
    if list_:
        _list(json_=json_)
        return
    if json_:
        raise click.UsageError("--json is for --list.")
    if stop is not None:
        helper.stop(stop)
        output.say(f"{stop} is ended")
        return
    if bell and detach:
        raise click.UsageError("--bell rings this terminal, which --detach leaves; there are --exec and --webhook.")
    spec = Spec(
        places=place.paths,
        filter=" ".join(filter_),
        on=on or _USUAL,
        program=program,
        shell=shell,
        folder="/" if program is None else str(Path.cwd()),
        webhook=None if webhook is None else from_where(webhook),
    )
    if test:
        _test(spec, bell=bell)
    elif detach:
        _detach(place, spec, name)
    else:
        _watch(place, spec, bell=bell)


def _watch(place: Place, spec: "Spec", *, bell: bool) -> None:
    from trackside.services.places.opening import open_places
    from trackside.services.watching.spec import Printed
    from trackside.services.watching.telling import Teller
    from trackside.services.watching.watch import ToldNow, Watch

    ways = spec.ways()
    opened = open_places(place.paths)
    click.get_current_context().call_on_close(opened.store.close)
    watch = Watch(opened.store, spec.filter, spec.conditions, ToldNow())
    with output.progress("reading runs") as report:
        opened.catch_up(report)
    watch.told.add(event.key for event in watch.all())
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    output.remark(f"watching {_named(spec, opened.store.addresses).sentence()}; ctrl+c ends it")
    if bell:
        ways.append(_Bell())
    Teller(watch, [Printed(_say), *ways], opened.store.addresses, output.remark).follow(opened.live(), stop)


def _detach(place: Place, spec: "Spec", name: str | None) -> None:
    from trackside.services.places.opening import open_places
    from trackside.services.watching import helper
    from trackside.services.watching.logout import ended_at_logout
    from trackside.services.watching.watch import ToldNow, Watch

    if not spec.ways():
        raise click.UsageError("--detach needs --exec or --webhook: nobody sees what it prints.")
    opened = open_places(place.paths)
    spec = _named(spec, opened.store.addresses)
    Watch(opened.store, spec.filter, spec.conditions, ToldNow())
    opened.store.close()
    chosen = name or spec.usual_name
    before = next((one.looked for one in helper.every() if one.name == chosen), None)
    started = helper.start(chosen, spec)
    output.say(f"{started.name} (pid {started.pid}) watches {spec.sentence()}")
    if before is not None:
        output.say(f"it tells first what happened since {time.strftime('%Y-%m-%d %H:%M', time.localtime(before))}")
    output.say(f"its log is {started.log}; `trackside watch --stop {started.name}` ends it")
    if remark := ended_at_logout():
        output.remark(remark)


def _test(spec: "Spec", *, bell: bool) -> None:
    from trackside.services.watching.message import of_test
    from trackside.services.watching.webhook import Answer

    message = of_test(spec.places)
    for way in [*([_Bell()] if bell else []), *spec.ways()]:
        answer = way.tell(message)
        if isinstance(answer, Answer):
            said = f": {answer.text}" if answer.text else ""
            output.say(f"answered {answer.status} {answer.reason} after {answer.seconds:.2f} s{said}")
        elif not isinstance(way, _Bell):
            output.say("the program ended with status 0")
    output.say(message.text)


def _list(*, json_: bool) -> None:
    from trackside.services.watching import helper

    found = list(helper.every())
    if json_:
        documents = [
            {"name": one.name, "pid": one.pid, "looked": one.looked, "does": one.spec.sentence(), "log": str(one.log)}
            for one in found
        ]
        output.json(documents)
        return
    for one in found:
        state = f"pid {one.pid}" if one.pid is not None else "gone; the same command starts it again"
        output.say(f"{one.name} ({state}): {one.spec.sentence()}")
    if not found:
        output.say("nothing is watched in the background")


class _Bell:
    """Rings the terminal's bell."""

    def tell(self, _: "Message") -> None:
        sys.stdout.write("\a")
        sys.stdout.flush()


def _named(spec: "Spec", addresses: tuple[str, ...]) -> "Spec":
    """The same with the places as they are found from anywhere."""
    import msgspec

    return msgspec.structs.replace(spec, places=addresses)


def _say(line: str) -> None:
    output.say(line)
    sys.stdout.flush()
