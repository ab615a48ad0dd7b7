"""What `init()` was told, checked: a mistake is the caller's to see before anything is written."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from trackside.model.errors import UsageError
from trackside.model.ids import is_id
from trackside.record import params as parameters
from trackside.record.capture import seeds
from trackside.record.capture.data import read_roles
from trackside.record.capture.parts import Part, wanted_parts
from trackside.record.rows import whole_step
from trackside.record.secrets import masked_params
from trackside.record.values import encodable, key_text
from trackside.record.voice import Voice

_LONGEST = 1000


class Given:
    """The arguments of `init()` that say something of the run. UsageError where one makes no sense."""

    def __init__(
        self,
        voice: Voice,
        *,
        project: str | None = None,
        name: str | None = None,
        group: str | None = None,
        tags: Iterable[str] | None = (),
        notes: str | None = "",
        params: Any = None,
        data: Mapping[str, str | os.PathLike[str]] | None = None,
        total_steps: int | None = None,
        seed: int | None = None,
        id: str | None = None,  # noqa: A002  the word that `init()` has for it
        rank: int | None = None,
        resume: str | bool | None = None,
    ) -> None:
        self.project = None if project is None else _text("project", project)
        self.name = None if name is None else _text("name", name)
        self.group = None if group is None else _text("group", group)
        self.notes = "" if notes is None else encodable(_is_text("notes", notes))
        given: object = () if tags is None else (tags,) if isinstance(tags, str) else tags
        if not isinstance(given, Iterable):
            raise UsageError(f"tags={tags!r:.80}: it takes a list of texts")
        self.tags = list(dict.fromkeys(key_text(tag, voice.once) for tag in given))
        self.total_steps = None if total_steps is None else _count("total_steps", total_steps)
        self.seed = None if seed is None else seeds.read_seed(seed)
        self.parts = wanted_parts()
        self.params = masked_params(parameters.flat(params, voice.once))
        self.places = read_roles(data)
        self.id = _run_id(id)
        self.rank = _rank(rank)
        self.resume = resume or None
        if not isinstance(resume, str | bool | None):
            raise UsageError(f"resume={resume!r:.80}: it takes a run, or True beside id=")
        if resume is True and id is None:
            raise UsageError("resume=True goes with id=, the run to continue; else resume= takes the run itself")
        if isinstance(self.resume, str) and id is not None:
            raise UsageError("resume= and id= name a run each: one of them, or id= with resume=True")
        if self.rank and id is None and resume is None:
            raise UsageError(f"rank={rank} goes with id=, the same for all ranks; trackside.new_id() makes one")

    def chosen(self) -> list[str]:
        """Which of the words that a run goes by were given, and not made up."""
        words = {"project": self.project, "name": self.name, "group": self.group, "notes": self.notes}
        return [word for word, said in words.items() if said]

    def names_a_run(self) -> bool:
        """Whether it says which run is meant."""
        return self.id is not None or self.resume is not None

    def leave_to_others(self, words: Iterable[str], parts: Iterable[Part]) -> None:
        """Say nothing of `words`, and capture none of `parts`: others do."""
        for word in words:
            setattr(self, word, "" if word == "notes" else None)
        self.parts -= frozenset(parts)


def _run_id(given: object) -> str | None:
    if given is None or (isinstance(given, str) and is_id(given)):
        return given
    raise UsageError(f"id={given!r:.80}: it takes what trackside.new_id() gives, the same for all ranks of a job")


def _rank(given: object) -> int | None:
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and given >= 0):
        return given
    raise UsageError(f"rank={given!r:.80}: it is the number of this process in its job, from 0")


def _count(what: str, value: object) -> int:
    found = whole_step(value)
    if found is None or found < 0:
        raise UsageError(f"{what}={value!r:.80}: it is the number of steps planned")
    return found


def _text(what: str, value: object) -> str:
    text = encodable(_is_text(what, value))
    if not text.strip():
        raise UsageError(f"{what}={value!r}: it needs at least a letter")
    if len(text) > _LONGEST:
        raise UsageError(f"{what} has {len(text)} characters; it may have {_LONGEST}")
    return text


def _is_text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{what}={value!r:.80}: it is a text, not of type {type(value).__name__}")
    return value
