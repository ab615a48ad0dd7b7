"""The agent: answers what is asked of a store of this machine, over the streams of the process, until its input ends.

It is started by whoever reads from another machine, as the user that ssh logged in, and may do what that user may. It
knows no screen; what it is asked is checked as all that comes from outside.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from trackside.model.errors import DamagedError, TracksideError, UsageError
from trackside.model.run import Run
from trackside.services.places.listener import Listener
from trackside.services.remote.far import answers
from trackside.services.remote.protocol import calls
from trackside.services.remote.protocol.calls import Happened, Opened
from trackside.services.remote.protocol.wire import GREETING, VERSION, Receiver, Sender, WireError

if TYPE_CHECKING:
    from trackside.services.places.live import Live
    from trackside.services.places.opening import Alone
    from trackside.sources.walk import Skipped
    from trackside.store.changes import Changes

_THREADS = 4
_ALIVE_SECONDS = 5.0
_FIRST_PAGE = 100
_LONGEST_WHY = 2_000
_KINDS = ((UsageError, "usage"), (DamagedError, "damaged"))


def serve(given: BinaryIO, told: BinaryIO) -> None:
    """Greet, and answer until the input ends. Blocks."""
    told.write(GREETING + b"%d store\n" % VERSION)
    told.flush()
    agent = _Agent(Sender(told))
    receiver = Receiver(given)
    with ThreadPoolExecutor(_THREADS, "trackside-agent") as threads:
        with suppress(WireError, OSError):
            while (message := receiver.receive()) is not None:
                threads.submit(agent.answer, *message)
        agent.end()


class _Agent:
    """Answers of one store, which the first call opens."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._stop = threading.Event()
        self._alone: Alone | None = None
        self._following: threading.Thread | None = None
        self._own: dict[str, Callable[..., Any]] = {
            "open": self._open,
            "catch_up": self._catch_up,
            "follow": self._follow,
        }
        self._edits = frozenset({"set_fields", "tags", "mark", "unmark", "set_project"})

    def answer(self, head: dict[str, Any], body: bytes) -> None:
        """Answer one call, with its error where it fails."""
        number = head.get("id")
        try:
            answer = self._answered(str(head.get("call")), body)
        except TracksideError as error:
            kind = next((word for of, word in _KINDS if isinstance(error, of)), "store")
            self._refuse(number, str(error), kind)
        except (OSError, msgspec.MsgspecError) as error:
            self._refuse(number, str(error))
        except Exception as error:  # noqa: BLE001  whoever asked waits until there is an answer
            self._refuse(number, f"the agent failed at {head.get('call')} ({error!r})")
        else:
            self._send({"id": number}, answer)

    def _refuse(self, number: Any, why: str, kind: str = "store") -> None:
        self._send({"id": number, "error": why[:_LONGEST_WHY], "kind": kind})

    def _answered(self, name: str, body: bytes) -> bytes:
        if name not in calls.ARGUMENTS:
            raise UsageError(f"nothing is known here of {name!r}; the other trackside is newer")
        given = msgspec.msgpack.decode(body, type=calls.ARGUMENTS[name])
        return msgspec.msgpack.encode(self._asked(name)(*given))

    def end(self) -> None:
        """Let go of the store."""
        self._stop.set()
        if (following := self._following) is not None:
            following.join()
        if self._alone is not None:
            self._alone.store.close()

    def _asked(self, name: str) -> Callable[..., Any]:
        if name in self._own:
            return self._own[name]
        store = self._opened.store
        if name in answers.MADE:
            return partial(answers.MADE[name], store)
        return getattr(store.editor() if name in self._edits else store, name)  # type: ignore[no-any-return]

    @property
    def _opened(self) -> "Alone":
        if self._alone is None:
            raise UsageError("no store was opened")
        return self._alone

    def _open(self, path: str) -> Opened:
        from trackside.services.places.opening import open_alone

        self._alone = open_alone(path)
        store = self._alone.store
        return Opened(
            uuid=store.uuid,
            name=store.addresses[0],
            is_foreign=self._alone.place is not None,
            first=[_in_short(run) for run in store.first_page(_FIRST_PAGE)],
        )

    def _catch_up(self) -> list[tuple[str, str]]:
        """Read all that is new, however long that takes: meanwhile it is told that something is done."""
        done = threading.Event()
        threading.Thread(target=self._tell_alive, args=(done,), daemon=True).start()
        try:
            return [(skipped.where, skipped.why) for skipped in self._opened.catch_up()]
        finally:
            done.set()

    def _tell_alive(self, done: threading.Event) -> None:
        while not done.wait(_ALIVE_SECONDS):
            self._send({"event": "alive"})

    def _follow(self) -> None:
        """Tell of what happens from now on."""
        if self._following is None:
            self._following = threading.Thread(target=self._tell, args=(self._opened.live(),), daemon=True)
            self._following.start()

    def _tell(self, live: "Live") -> None:
        try:
            live.follow(self._stop, Listener(self._changed, self._progress, self._trouble, self._skipped))
        except Exception as error:  # noqa: BLE001  what is not followed looks as if nothing happened
            self._following = None
            why = f"{type(error).__name__}: {error}"
            self._trouble(f"changes are not followed any more ({why[:_LONGEST_WHY]}); open the store again")

    def _changed(self, changes: "Changes") -> None:
        happened = Happened(runs=sorted(changes.runs), projects=sorted(changes.projects))
        self._send({"event": "changed"}, msgspec.msgpack.encode(happened))

    def _progress(self, done: int, total: int) -> None:
        self._send({"event": "progress"}, msgspec.msgpack.encode((done, total)))

    def _trouble(self, why: str) -> None:
        self._send({"event": "trouble"}, msgspec.msgpack.encode(why))

    def _skipped(self, skipped: "list[Skipped]") -> None:
        self._send({"event": "skipped"}, msgspec.msgpack.encode([(one.where, one.why) for one in skipped]))

    def _send(self, head: dict[str, Any], body: bytes = b"") -> None:
        """Say it; where nobody listens any more the input has ended too, and so does all."""
        with suppress(OSError, ValueError):
            self._sender.send(head, body)


def _in_short(run: Run) -> Run:
    """What the first rows show of a run; all the rest is asked for when it is opened."""
    return Run(
        id=run.id,
        name=run.name,
        project=run.project,
        created=run.created,
        status=run.status,
        group=run.group,
        health=run.health,
        tags=run.tags,
        notes=run.notes,
        ended=run.ended,
        source=run.source,
        archived=run.archived,
        params=run.params,
        metrics={name: metric for name, metric in run.metrics.items() if name == run.primary},
        primary=run.primary,
        progress=run.progress,
    )
