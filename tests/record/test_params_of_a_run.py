"""Params from whatever holds them."""

import argparse
import dataclasses
import enum
import math
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import msgspec
import numpy
import pytest

import trackside
from trackside.model.errors import UsageError


class Kind(enum.Enum):
    WIDE = "wide"


@dataclasses.dataclass
class Model:
    depth: int = 4
    kind: Kind = Kind.WIDE


@dataclasses.dataclass
class Config:
    lr: float = 3e-4
    model: Model = dataclasses.field(default_factory=Model)


class Pydantic:
    """What of a pydantic model is asked."""

    def model_dump(self):
        return {"lr": 3e-4, "model": {"depth": 4, "kind": "wide"}}


@pytest.fixture
def params_of(store, recorded):
    def record(params):
        trackside.init(project="tests", store=store, quiet=True, params=params).finish()
        return recorded().state.get("params", {})

    return record


@pytest.mark.parametrize(
    "given",
    [
        {"lr": 3e-4, "model": {"depth": 4, "kind": "wide"}},
        argparse.Namespace(lr=3e-4, model=argparse.Namespace(depth=4, kind="wide")),
        Config(),
        {"lr": 3e-4, "model": Model()},
        Pydantic(),
        namedtuple("Settings", "lr model")(3e-4, {"depth": 4, "kind": Kind.WIDE}),
    ],
    ids=lambda given: type(given).__name__,
)
def test_nested_params_are_flattened_with_dots(params_of, given):
    assert params_of(given) == {"lr": 3e-4, "model.depth": 4, "model.kind": "wide"}


def test_an_omegaconf_object_is_resolved(params_of, monkeypatch):
    module = ModuleType("omegaconf")

    class OmegaConf:
        @staticmethod
        def to_container(config, resolve):
            assert resolve
            return {"lr": 3e-4, "model": {"lr": 3e-4}}

    module.OmegaConf = OmegaConf
    monkeypatch.setitem(__import__("sys").modules, "omegaconf", module)
    config = type("DictConfig", (), {"__module__": "omegaconf.dictconfig"})()
    assert params_of(config) == {"lr": 3e-4, "model.lr": 3e-4}


def test_values_keep_their_kind(params_of, capsys):
    given = {
        "flag": True,
        "none": None,
        "many": 1 << 60,
        "text": "ä\n🚀",
        "inf": math.inf,
        "sizes": (64, 32),
        "names": {"b", "a"},
        "deep": [{"k": 1}, [2.5]],
        "path": Path("/data/x"),
        "when": datetime(2026, 11, 23, tzinfo=UTC),
        "np_int": numpy.int64(3),
        "np_float": numpy.float32(0.5),
        "np_array": numpy.array([1, 2]),
        "fn": math.sqrt,
        "class": Model,
    }
    assert params_of(given) == {
        "flag": True,
        "none": None,
        "many": 1 << 60,
        "text": "ä\n🚀",
        "inf": math.inf,
        "sizes": [64, 32],
        "names": ["a", "b"],
        "deep": [{"k": 1}, [2.5]],
        "path": "/data/x",
        "when": "2026-11-23T00:00:00+00:00",
        "np_int": 3,
        "np_float": 0.5,
        "np_array": [1, 2],
        "fn": "math.sqrt",
        "class": f"{Model.__module__}.Model",
    }
    assert capsys.readouterr().err == ""


def test_nan_is_kept(params_of):
    assert math.isnan(params_of({"dropout": math.nan})["dropout"])


def test_a_param_that_cannot_be_written_is_its_repr_and_told_once(params_of, capsys):
    class Opaque:
        def __repr__(self):
            return "Opaque(7)"

    found = params_of({"thing": Opaque(), "lr": 0.1})
    assert found == {"thing": "Opaque(7)", "lr": 0.1}
    assert capsys.readouterr().err == "trackside: param 'thing' is of type Opaque; its repr is kept as text\n"


def test_a_config_that_raises_when_it_is_read_does_not_stop_training(params_of, capsys):
    class Broken:
        def model_dump(self):
            raise RuntimeError("missing value")

    assert params_of({"sub": Broken(), "lr": 0.1})["lr"] == 0.1
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_params_that_hold_themselves_are_cut(params_of):
    given: dict = {"lr": 0.1}
    given["self"] = given
    assert params_of(given)["lr"] == 0.1


def test_keys_that_are_no_text_become_text(params_of, capsys):
    assert params_of({1: "a", None: {"b": 2}}) == {"1": "a", "None.b": 2}
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_param_of_ten_megabytes_is_whole_in_an_artifact(params_of, recorded, store, capsys):
    text = "p" * (10 << 20)
    found = params_of({"prompt": text, "lr": 0.1})
    assert found == {"prompt": "p" * 1000 + "…", "lr": 0.1}
    ((digest, size),) = recorded().state["artifacts"]["param/prompt"]["files"].values()
    name = digest.partition(":")[2]
    assert (store / "blobs" / name[:2] / name).read_text() == text
    assert size == len(text)
    assert "param/prompt" in capsys.readouterr().err


def test_params_too_many_for_one_frame_are_all_kept(params_of):
    given = {f"p{place}": f"{place}" * 100 for place in range(5_000)}
    assert params_of(given) == given


@pytest.mark.parametrize("given", [5, "lr=3", [1, 2], object()])
def test_what_holds_no_params_is_a_usage_error(store, given):
    with pytest.raises(UsageError, match="params= takes"):
        trackside.init(project="tests", store=store, params=given)
    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"project": ""}, "project"),
        ({"project": 5}, "project"),
        ({"project": "p" * 2000}, "2000 characters"),
        ({"name": 5}, "name"),
        ({"group": ["a"]}, "group"),
        ({"notes": 5}, "notes"),
        ({"tags": 5}, "tags"),
        ({"total_steps": "many"}, "total_steps"),
        ({"total_steps": -1}, "total_steps"),
        ({"seed": "x"}, "seed"),
        ({"seed": 1 << 70}, "64 bits"),
        ({"data": "data/train.npz"}, "data= takes a dict"),
        ({"data": {"train": 5}}, "data\\['train'\\]"),
        ({"store": 5}, "store"),
    ],
)
def test_arguments_that_make_no_sense_are_usage_errors_of_one_line(store, arguments, said):
    with pytest.raises(UsageError, match=said) as raised:
        trackside.init(**{"store": store, "project": "tests", **arguments})
    assert "\n" not in str(raised.value)
    assert not store.exists()


def test_a_store_that_is_a_file_is_a_usage_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        trackside.init(project="tests", store=tmp_path / "file")


def test_run_json_says_what_was_known_at_once(store, recorded, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "1234")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with trackside.init(
        project="digits/v2",
        name="n",
        group="g",
        tags=["a", "b", "a"],
        notes="why\nnot",
        total_steps=10,
        seed=7,
        store=store,
        quiet=True,
    ) as run:
        pass
    said = recorded().manifest
    assert said["id"] == run.id == recorded().folder.name
    assert {
        key: said[key] for key in ("format", "project", "name", "group", "tags", "notes", "total_steps", "seed")
    } == {
        "format": 1,
        "project": "digits/v2",
        "name": "n",
        "group": "g",
        "tags": ["a", "b"],
        "notes": "why\nnot",
        "total_steps": 10,
        "seed": 7,
    }
    assert said["job"]["slurm_job_id"] == "1234"
    assert said["job"]["cuda_visible_devices"] == "0,1"
    assert said["cwd"] == str(Path.cwd())
    assert said["command"][0]
    assert said["source"] == "trackside"


def test_names_are_made_where_none_is_given(store):
    names = set()
    for _ in range(3):
        with trackside.init(project="tests", store=store, quiet=True, seed=1) as run:
            names.add(run.name)
    assert len(names) == 3
    assert all(len(name.split("-")) == 3 for name in names)


def test_a_seed_makes_numbers_repeat(store):
    import random

    drawn = []
    for _ in range(2):
        with trackside.init(project="tests", store=store, quiet=True, seed=7):
            drawn.append((random.random(), float(numpy.random.rand())))
    assert drawn[0] == drawn[1]
    assert trackside.seed_everything(numpy.int64(3)) == 3


def test_params_are_json_for_whoever_reads_them(params_of):
    assert msgspec.json.decode(msgspec.json.encode(params_of({"a": {"b": [1, "x", None]}}))) == {"a.b": [1, "x", None]}


def test_what_is_not_said_may_be_none(store, recorded):
    trackside.init(tags=None, notes=None, total_steps=10.0, store=store, quiet=True).finish()
    said = recorded().manifest
    assert (said["tags"], said["notes"], said["total_steps"]) == ([], "", 10)


def test_params_that_lie_too_deep_are_kept_as_text(store, recorded, capfd):
    params: object = 1
    for _ in range(40):
        params = {"k": params}
    trackside.init(params=params, store=store, quiet=True).finish()
    (value,) = recorded().state["params"].values()
    assert value.startswith("{'k':")
    assert "lie too deep" in capfd.readouterr().err
