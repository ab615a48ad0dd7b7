"""Runs of other systems, in place: what their files say is read into a mirror, and again what is new in them.

The mirror is a store in the cache, so that everything that shows a store shows them; their own files are only read.
Content of artifacts stays where it is. One process at a time keeps a mirror current, others read what it wrote.
"""

import math
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from trackside.model import ids
from trackside.model.errors import StoreError
from trackside.model.foreign import File, Found, Item, Remark, Restart
from trackside.model.progress import OnProgress
from trackside.services.places.mirror_state import Copy, KeptState
from trackside.sources import protocol
from trackside.sources.finder import Finder
from trackside.sources.protocol import Source, SourceError
from trackside.sources.walk import OnFirst, Skipped
from trackside.store import changed, files, identity, manifest
from trackside.store.foreign_manifest import write_manifest
from trackside.store.mirrored import MirroredStore, place_of
from trackside.store.scribe import Scribe

_ANNOUNCED_SECONDS = 0.3
_KEPT_SECONDS = 5.0
_KEPT_SHARE = 100
_SETTLED_SECONDS = 5.0
_BEAT_SECONDS = 30.0
_TICK_SECONDS = 0.2
_SOON_SECONDS = 0.1
"""Between two looks at runs that go on; sooner where one takes a tenth of that."""

_LOOK_SHARE = 10
_SEARCH_SECONDS = 2.0
_SEARCH_SHARE = 10
_LIVELY_SECONDS = 600.0
_MOST_OPEN = 64


class Mirror:
    """Keeps one mirror current, as its only owner: the descriptor `owned` holds it.

    StoreError once it was removed, whatever is asked of it: what lies there since is another's.
    """

    def __init__(self, store: MirroredStore, owned: int, finder: Finder, sources: Sequence[Source]) -> None:
        self._store = store
        self._owned = owned
        self._finder = finder
        self._sources = {source.name: source for source in sources}
        self._writer = identity.new_writer()
        self._mode = manifest.file_mode(store.root)
        self._kept = KeptState(store.root)
        self._copies = self._kept.state.copies
        finder.memory = self._kept.state.folders
        self._found: dict[str, Found] = {}
        self._scribes: dict[str, Scribe] = {}
        self._troubles: dict[str, tuple[Any, str, float]] = {}
        self._touched: list[str] = []
        self._announced = time.monotonic()
        for run_id in list(store.paths.run_ids()) if self._kept.anew else self._kept.torn:
            self._remove(run_id)

    @property
    def skipped(self) -> list[Skipped]:
        """What was found and could not be read, and why."""
        troubles = [Skipped(self._found[key].address, why) for key, (_, why, _) in self._troubles.items()]
        return [*self._finder.skipped, *troubles]

    def catch_up(self, on_progress: OnProgress | None = None, stop: threading.Event | None = None) -> None:
        """Look for runs, and read what is new in each. Where nothing was read yet, the first few are read at once."""
        self._search(on_progress, None if self._copies else partial(self._glimpse, stop), stop)
        self._read(self._found, on_progress, stop)
        self._announce()
        self._keep()
        if stop is None or not stop.is_set():
            self._store.say_caught_up()

    def follow(self, stop: threading.Event, on_skipped: Callable[[list[Skipped]], None]) -> None:
        """Go on reading what is new until `stop` is set. Blocks: for a thread of its own."""
        searched, took = time.monotonic(), 0.0
        kept, keeping = time.monotonic(), 0.0
        looking = _TICK_SECONDS
        while not stop.wait(min(_TICK_SECONDS, max(_SOON_SECONDS, _LOOK_SHARE * looking))):
            self._check_held()
            now = time.monotonic()
            if now - searched > max(_SEARCH_SECONDS, _SEARCH_SHARE * took):
                before = self.skipped
                self._search(stop=stop)
                self._read(self._found, None, stop)
                searched, took = time.monotonic(), time.monotonic() - now
                if self.skipped != before:
                    on_skipped(self.skipped)
            else:
                self._read(self._lively(), None, stop)
                looking = time.monotonic() - now
            self._announce()
            if self._kept.stale and now - kept > max(_KEPT_SECONDS, _KEPT_SHARE * keeping):
                began = time.monotonic()
                self._keep()
                kept, keeping = time.monotonic(), time.monotonic() - began

    def __enter__(self) -> "Mirror":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
            return
        for scribe in self._scribes.values():
            scribe.let_go()

    def close(self) -> None:
        """End what is being written, and remember how far everything was read."""
        for key in list(self._scribes):
            self._end(key)
        self._announce()
        self._keep()

    def _check_held(self) -> None:
        if not self._store.is_held(self._owned):
            raise StoreError(f"{self._store.root} was removed while it was written to")

    def _search(
        self,
        on_progress: OnProgress | None = None,
        on_first: OnFirst | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        found = {_key(run): run for run in self._finder.find(on_progress, on_first, stop)}
        stopped = stop is not None and stop.is_set()
        glimpsed = () if on_first is None else [key for key, run in self._found.items() if found.get(key) != run]
        missing = () if stopped else [key for key in self._copies.keys() - found.keys() if not self._may_be_there(key)]
        for key in {*glimpsed, *missing}:
            self._forget(key)
        if stopped:
            return
        self._found = found
        self._store.say_below(self._finder.stores)
        self._troubles = {key: trouble for key, trouble in self._troubles.items() if key in self._found}

    def _may_be_there(self, key: str) -> bool:
        """Whether a run that was not found lies where something could not be read, and its files may be there."""
        copy = self._copies.get(key)
        if copy is None or copy.found is None:
            return False
        skipped = [Path(skipped.where) for skipped in self._finder.skipped]
        paths = copy.found.paths
        below = any(path.is_relative_to(folder) for path in paths for folder in skipped)
        return below and not any(map(_is_gone, paths))

    def _glimpse(self, stop: threading.Event | None, found: list[Found]) -> None:
        """Read the first runs while more are looked for, so that something can be seen."""
        self._found = {_key(run): run for run in found}
        self._read(self._found, None, stop)
        self._announce()

    def _read(self, keys: Iterable[str], on_progress: OnProgress | None, stop: threading.Event | None) -> None:
        due = [(key, stamp) for key in keys if (stamp := self._stamp_if_due(key)) is not None]
        for done, (key, stamp) in enumerate(due, start=1):
            if stop is not None and stop.is_set():
                return
            self._copy(key, stamp)
            if time.monotonic() - self._announced > _ANNOUNCED_SECONDS:
                self._announce()
            if on_progress is not None:
                on_progress(done, len(due))

    def _lively(self) -> list[str]:
        """Runs that go on, or did a short while ago."""
        since = time.time() - _LIVELY_SECONDS
        known = self._copies
        return [key for key in self._found if key not in known or known[key].running or known[key].changed > since]

    def _stamp_if_due(self, key: str) -> Any:
        """What tells the run's files from other states of them, if they are to be read now; else None."""
        run = self._found[key]
        try:
            stamp = protocol.stamp(self._sources[run.source], run)
        except SourceError as error:
            self._troubles[key] = (None, str(error), math.inf)
            return None
        known = self._copies.get(key)
        trouble = self._troubles.get(key)
        if trouble is not None and trouble[0] != stamp:
            del self._troubles[key]
        elif trouble is not None and time.monotonic() < trouble[2]:
            return None
        if known is None or known.stamp != stamp or not self._stands(known):
            return stamp
        return stamp if known.running and time.time() - known.looked > _SETTLED_SECONDS else None

    def _copy(self, key: str, stamp: Any) -> None:
        """Bring the copy of a run up to its files, which are in the state `stamp`."""
        run = self._found[key]
        self._troubles.pop(key, None)
        copy = self._copies.get(key) or Copy(ids.foreign_id(run.source, run.identity))
        if copy.broken or (key in self._copies and not self._stands(copy)):
            self._forget(key)
            copy.begin_anew()
        try:
            anything = self._write_news(key, copy)
        except SourceError as error:
            if not self._failed(key, stamp, self._scribe(key, copy), error):
                return
            anything = True
            stamp = None if error.passing else stamp
        if copy.looked and copy.stamp != stamp:
            copy.changed = time.time()
            self._kept.stale = True
        copy.stamp, copy.found = stamp, run
        if not anything:
            self._beat(key, copy)
            return
        self._show(key, copy)
        if not copy.running or len(self._scribes) > _MOST_OPEN:
            self._end(key)

    def _stands(self, copy: Copy) -> bool:
        """Whether a copy lies in the mirror; of a cache that is removed while it is written to, a part may stay."""
        return self._store.run_paths(copy.id).manifest.exists()

    def _write_news(self, key: str, copy: Copy) -> bool:
        """Write what is new of a run, and show it meanwhile where that takes long; whether there was anything."""
        run = self._found[key]
        anything = False
        began = time.monotonic()
        for item in _news(protocol.read(self._sources[run.source], run, copy.cursor), copy):
            anything = True
            if isinstance(item, Restart) and item.step is None:
                self._begin_anew(key, copy)
                continue
            self._scribe(key, copy).take(item)
            copy.take(item)
            if time.monotonic() - began > _ANNOUNCED_SECONDS:
                began = time.monotonic()
                self._show(key, copy)
                self._announce()
        return anything

    def _begin_anew(self, key: str, copy: Copy) -> None:
        """Leave of a run nothing but its facts."""
        facts = self._scribe(key, copy).facts
        self._forget(key)
        copy.begin_anew()
        scribe = self._scribe(key, copy)
        if facts is not None:
            scribe.take(facts)
            copy.take(facts)

    def _beat(self, key: str, copy: Copy) -> None:
        """Say of a run with nothing new that it goes on; where its log has ended, by the log's time."""
        copy.looked = now = time.time()
        if not copy.running or now - copy.beaten <= _BEAT_SECONDS:
            return
        copy.beaten = now
        if key in self._scribes:
            self._scribes[key].beat(now)
            return
        logs = files.plain(self._store.run_paths(copy.id).logs)
        for log in sorted(logs, key=lambda log: log.stat().st_mtime_ns)[-1:]:
            os.utime(log)
        self._touched.append(copy.id)

    def _failed(self, key: str, stamp: Any, scribe: Scribe, error: SourceError) -> bool:
        """Tell that a run could not be read; whether there is something new of it all the same."""
        if scribe.facts is None or error.passing:
            again = time.monotonic() + _SETTLED_SECONDS if error.passing else math.inf
            self._troubles[key] = (stamp, str(error), again)
        if scribe.facts is None:
            if key not in self._copies or not (error.passing or _is_out_of_reach(error)):
                self._forget(key)
            return False
        if not error.passing:
            scribe.take(Remark(str(error)))
        return True

    def _scribe(self, key: str, copy: Copy) -> Scribe:
        if key not in self._scribes:
            self._check_held()
        self._kept.dirty(copy.id)
        if key not in self._scribes:
            folder = self._store.run_paths(copy.id)
            folder.logs.mkdir(parents=True, exist_ok=True)
            self._scribes[key] = Scribe(folder, self._mode, _places, logs=copy.logs, restarts=copy.restarts)
        return self._scribes[key]

    def _show(self, key: str, copy: Copy) -> None:
        """Let readers see what was read so far."""
        scribe = self._scribes[key]
        facts = scribe.facts
        if facts is None:
            return
        self._check_held()
        now = time.time()
        if facts.running and now - copy.beaten > _BEAT_SECONDS:
            scribe.beat(now)
            copy.beaten = now
        scribe.flush()
        manifest_file = self._store.run_paths(copy.id).manifest
        new = not manifest_file.exists()
        if new:
            write_manifest(manifest_file, self._found[key], copy.id, facts.created)
        if new or not (facts.running and copy.running):
            self._touched.append(copy.id)
        copy.running, copy.looked = facts.running, now
        self._copies[key] = copy

    def _end(self, key: str) -> None:
        scribe = self._scribes.pop(key)
        scribe.close()
        copy = self._copies.get(key)
        if copy is not None:
            copy.logs, copy.restarts = scribe.sequence, scribe.restarts

    def _forget(self, key: str) -> None:
        """Take a run out of the mirror that is not there any more, or is to be read anew."""
        self._check_held()
        scribe = self._scribes.pop(key, None)
        if scribe is not None:
            scribe.close()
        run = self._copies.pop(key, None)
        run_id = run.id if run is not None else ids.foreign_id(*key.split("\0"))
        self._kept.dirty(run_id)
        self._remove(run_id)

    def _remove(self, run_id: str) -> None:
        shutil.rmtree(self._store.run_paths(run_id).root, ignore_errors=True)
        self._touched.append(run_id)

    def _announce(self) -> None:
        self._announced = time.monotonic()
        if self._touched:
            changed.announce(self._store.paths, self._writer, *dict.fromkeys(self._touched))
            self._touched.clear()

    def _keep(self) -> None:
        self._check_held()
        for key, scribe in self._scribes.items():
            if key in self._copies:
                self._copies[key].logs, self._copies[key].restarts = scribe.sequence, scribe.restarts
        self._kept.state.folders = self._finder.memory
        self._kept.keep(still_open=[self._copies[key].id for key in self._scribes if key in self._copies])


def _news(items: Iterator[Item], copy: Copy) -> Iterator[Item]:
    """All items where one of them says what is not known of a run; none where none does."""
    held: list[Item] = []
    try:
        for item in items:
            held.append(item)
            if not copy.knows(item):
                break
        else:
            return
    except SourceError:
        yield from held
        raise
    yield from held
    yield from items


def _is_gone(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _is_out_of_reach(error: SourceError) -> bool:
    """Whether a file may be there and cannot be read: a disk or a server does not answer, rights are missing."""
    cause = error.__cause__
    return isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError | NotADirectoryError)


def _places(file: File) -> dict[str, tuple[str, int]]:
    return {path: (place_of(content), content.size) for path, content in file.files.items()}


def _key(run: Found) -> str:
    return f"{run.source}\0{run.identity}"
