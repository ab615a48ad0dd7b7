"""What one run says, whatever it says, never takes the other runs away from those who read the store."""

import string

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackside.store.store import Store

KNOWN = [
    "name", "project", "group", "created", "user", "host", "boot", "command", "cwd", "python", "notes", "tags", "seed",
    "total_steps", "source", "job",
]  # fmt: skip
SECTIONS = ["params", "metrics", "data", "code", "environment", "artifacts", "run", "elsewhere"]
WORDS = st.text(string.ascii_letters + "\x1b é木", max_size=6)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
JSON = ANYTHING.filter(lambda value: "inf" not in repr(value) and "nan" not in repr(value))


class TestRunsThatSayAnything:
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.dictionaries(st.sampled_from(KNOWN), JSON), st.dictionaries(st.sampled_from(SECTIONS), ANYTHING))
    def test_are_read_beside_the_others(self, root, begin, log, said, sections):
        good, odd = begin("good"), begin("odd")
        log(good, "w", 0).end("finished")
        content = {"format": 1, "id": odd.id, **said}
        odd.manifest.write_bytes(msgspec.json.encode(content))
        log(odd, "w", 0).state(**sections).end("finished")
        store = Store.open(root)
        store.refresh()
        assert store.run(good.id).name == "good"
        assert store.run(odd.id).id == odd.id
        assert store.frame().height >= 2
        store.close()

    def test_params_in_params_are_told_as_text(self, store, begin, log):
        run = begin()
        log(run, "w", 0).state(params={"model": {"depth": 4}, "plain": 1})
        store.refresh()
        assert store.run(run.id).params == {"model": '{"depth":4}', "plain": 1}
