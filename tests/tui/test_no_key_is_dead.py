"""No key is dead: each, in its place, changes what is seen, or says in a line why it cannot.

The places are known by the code, so that a new screen, tab or dialog needs one here. Each action of the registry has to
be seen at work in one of the places of its first context, but for those that a test of their own sees.
"""

import shutil
import time
from itertools import count
from pathlib import Path

import fixed_runs
import pytest
from fixed_app import app_at, at_rest
from places import FIRST, PLACES_OF, PLACES_OF_SEVERAL, SEEN_BY
from pressing import Does, Place, Presser, every_place
from runs_app import SMALL, home
from small_store import record, until

from trackside.config import paths, state
from trackside.config.settings import Settings
from trackside.services.places.opening import open_places
from trackside.tui.app import TracksideApp
from trackside.tui.context import Context
from trackside.tui.keys.actions import ACTIONS, PLACES

WIDER = {"runs facets": (110, 32)}
"""Where a small terminal has no room for what a key changes."""


async def dead(presser: Presser, contexts: str, places: tuple[Place, ...]) -> list[str]:
    """Keys that do nothing and say nothing, and actions of these contexts that never do more than to say something."""
    wrong, at_work = [], set(SEEN_BY)
    for place in places:
        await presser.come(place)
        for action, key in presser.keys().items():
            if action in SEEN_BY:
                continue
            first = FIRST.get(f"{place.name}.{action}", FIRST.get(action, ""))
            does = await presser.does(key, first)
            if does is Does.NOTHING:
                wrong.append(f"{place.name}: {action} {key} does nothing and says nothing")
            if does is Does.WORK:
                at_work.add(action)
    never = [action.id for action in ACTIONS if action.contexts[0] in contexts.split() and action.id not in at_work]
    return [*wrong, *(f"{action} is never seen at work" for action in never)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("contexts", PLACES_OF)
async def test_each_key_does_something_or_says_why_not(
    contexts: str, fixed: tuple[Path, dict[str, str]], still: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    later = count(1)
    # Of two edits the later one holds.
    monkeypatch.setattr(time, "time", lambda: fixed_runs.NOW + next(later) * 1e-5)
    shutil.copytree(fixed[0] / fixed_runs.NAME, fixed_runs.NAME)
    async with app_at(WIDER.get(contexts, SMALL), fixed_runs.NAME) as pilot:
        presser = Presser(pilot)
        file = paths.views_file(presser.app.context.store.uuid)
        state.change_views(file, lambda _: {"one": state.View(), "other": state.View()})
        wrong = await dead(presser, contexts, PLACES_OF[contexts])
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("contexts", PLACES_OF_SEVERAL)
async def test_each_key_among_several_stores_does_something_or_says_why_not(contexts: str, tmp_path: Path) -> None:
    for name in ("oak", "elm"):
        record(tmp_path / name / ".trackside", f"{name}-run", steps=2)
        for log in (tmp_path / name / ".trackside" / "runs").glob("*/*/w/*.log"):
            content = bytearray(log.read_bytes())
            content[len(content) // 2] ^= 0x55
            log.write_bytes(content)
    for number in range(30):
        folder = tmp_path / "logs" / f"{'long' * 30}-name-of-a-folder-{number}"
        folder.mkdir(parents=True)
        (folder / "mlflow.db").write_bytes(b"")
    (tmp_path / "logs" / "metrics.jsonl").write_text('{"step": 0, "loss": 0.5}\n')
    places = [tmp_path / "oak" / ".trackside", tmp_path / "elm" / ".trackside", tmp_path / "logs"]
    app = TracksideApp(Context(open_places([str(place) for place in places]).live(), Settings()))
    async with app.run_test(size=SMALL) as pilot:
        await until(pilot, lambda: home(app).found is not None and bool(home(app).skipped))
        await at_rest(pilot)
        wrong = await dead(Presser(pilot), contexts, PLACES_OF_SEVERAL[contexts])
    app.context.store.close()
    assert not wrong, "\n".join(wrong)


def test_every_screen_tab_and_widget_with_keys_is_a_place_here() -> None:
    every = {
        kind
        for known in (PLACES_OF, PLACES_OF_SEVERAL)
        for of in known.values()
        for place in of
        for kind in place.shows
    }
    assert {kind for kind in every_place() if not any(issubclass(one, kind) for one in every)} == set()
    assert set(PLACES) == {context for contexts in PLACES_OF | PLACES_OF_SEVERAL for context in contexts.split()}


def test_what_is_not_seen_here_is_seen_by_a_test_that_is_there() -> None:
    written = "".join(
        file.read_text() for file in Path(__file__).parents[1].rglob("test_*.py") if file != Path(__file__)
    )
    assert set(SEEN_BY) <= {action.id for action in ACTIONS}
    assert [name for name in SEEN_BY.values() if f"def {name}(" not in written] == []
