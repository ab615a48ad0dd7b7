"""Samples of the machine stand beside training: they are there, and no step, progress or primary is theirs."""

import os
import subprocess
import sys
import time
import types

import pytest
from waiting import until

import trackside
from trackside.record.capture import cards, machine, system
from trackside.store.store import Store

pytestmark = pytest.mark.usefixtures("all_captured")


@pytest.fixture
def often(monkeypatch):
    """A sample every few milliseconds."""
    monkeypatch.setattr(system, "SECONDS", 0.01)
    monkeypatch.setattr(system, "FIRST_SECONDS", 0.01)


@pytest.fixture
def sampled(recordings):
    """How many samples the log of a run has."""

    def count(run) -> int:
        (found,) = (found for found in recordings() if found.folder.name == run.id)
        return len(found.metrics["system/cpu"])

    return count


def test_a_run_has_readings_of_processors_memory_disks_and_itself(often, sampled, store, recorded):
    with trackside.init(project="tests", store=store, quiet=True) as run:
        until(lambda: sampled(run) > 2)
    metrics = recorded().metrics
    names = {"cpu", "memory", "disk", "disk.read_mib_per_s", "disk.written_mib_per_s"}
    assert {f"system/{name}" for name in (*names, "process.cpu", "process.memory_mib")} == set(metrics)
    for name in ("cpu", "memory", "disk"):
        assert all(0 <= value <= 100 for _, value in metrics[f"system/{name}"])
    assert all(value > 1 for _, value in metrics["system/process.memory_mib"])


def test_a_run_that_lasts_no_second_has_none(store, recorded):
    trackside.init(project="tests", store=store, quiet=True).finish()
    assert recorded().metrics == {}


def test_the_end_of_a_run_takes_a_last_sample(sampled, store, recorded, monkeypatch):
    monkeypatch.setattr(system, "FIRST_SECONDS", 0.05)
    with trackside.init(project="tests", store=store, quiet=True) as run:
        until(lambda: sampled(run) == 1)
        sampled_at = time.monotonic()
        until(lambda: time.monotonic() - sampled_at > 0.06)
    assert len(recorded().metrics["system/cpu"]) == 2


def test_steps_of_training_are_what_they_would_be_without(often, sampled, store, recorded):
    with trackside.init(project="tests", store=store, quiet=True) as run:
        until(lambda: sampled(run) > 0)
        run.log({"loss": 1.0})
        run.log({"loss": 0.5}, step=7)
        before = sampled(run)
        until(lambda: sampled(run) > before)
        run.log({"loss": 0.25})
    metrics = recorded().metrics
    assert metrics["loss"] == [(0, 1.0), (7, 0.5), (8, 0.25)]
    assert {step for step, _ in metrics["system/cpu"]} <= {0, 7, 8}


def test_a_run_that_is_resumed_goes_on_where_training_stood(often, sampled, store):
    with trackside.init(project="tests", store=store, quiet=True) as run:
        until(lambda: sampled(run) > 0)
    with trackside.init(resume=run.id, store=store, quiet=True) as again:
        again.log({"loss": 1.0})
    reader = Store.open(store)
    reader.refresh(thorough=True)
    assert reader.run(run.id).metrics["loss"].last_step == 0


def test_samples_are_neither_progress_nor_primary_nor_a_last_point(often, sampled, store):
    from trackside.services.metrics.machine import machine_in_order
    from trackside.services.run.overview import metrics_in_order
    from trackside.services.run.preview import chosen_metric

    with trackside.init(project="tests", store=store, quiet=True, total_steps=10) as run:
        run.log({"loss": 1.0}, step=3)
        until(lambda: sampled(run) > 0)
        last = time.time()
        before = sampled(run)
        until(lambda: sampled(run) > before)
    with trackside.init(project="tests", store=store, quiet=True) as bare:
        until(lambda: sampled(bare) > 0)
    reader = Store.open(store)
    reader.refresh(thorough=True)
    trained, untrained = reader.run(run.id), reader.run(bare.id)
    assert (trained.progress.step, trained.progress.total_steps) == (3, 10)
    assert trained.progress.last_point < last
    assert [name for name, _ in metrics_in_order(trained.metrics, trained.primary)] == ["loss"]
    assert [name for name, _ in machine_in_order(untrained)][:2] == ["system/cpu", "system/disk"]
    assert untrained.progress.step is None
    assert untrained.progress.last_point is None
    assert chosen_metric(untrained, None) is None


def test_of_several_open_runs_the_one_opened_last_has_the_samples(often, sampled, store):
    first = trackside.init(project="tests", store=store, quiet=True)
    second = trackside.init(project="tests", store=store, quiet=True)
    until(lambda: sampled(second) > 1)
    before = sampled(first)
    until(lambda: sampled(second) > 3)
    assert sampled(first) == before
    second.finish()
    until(lambda: sampled(first) > before + 1)
    first.finish()


def test_what_the_process_started_counts_as_its_own(tmp_path):
    readings = system.Machine(os.getpid(), tmp_path)
    alone = readings.read()["process.memory_mib"]
    command = [sys.executable, "-c", "kept = b'x' * (64 << 20); print(flush=True); input()"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdout.readline()
    together = readings.read()
    assert together["process.memory_mib"] > alone + 60
    assert together["process.cpu"] > 0
    child.communicate(b"\n")


def test_they_can_be_switched_off(often, store, recorded, monkeypatch):
    monkeypatch.setenv("TRACKSIDE_CAPTURE", "-system")
    with trackside.init(project="tests", store=store, quiet=True) as run:
        run.log({"loss": 1.0})
    assert set(recorded().metrics) == {"loss"}


class FakeLibrary(types.ModuleType):
    """NVIDIA's library with three cards, of which the last has no sensors."""

    NVMLError = type("NVMLError", (Exception,), {})
    NVML_TEMPERATURE_GPU = 0
    held = 0

    def nvmlInit(self):  # noqa: N802
        self.held += 1

    def nvmlShutdown(self):  # noqa: N802
        self.held -= 1

    def nvmlDeviceGetCount(self):  # noqa: N802
        return 3

    def nvmlDeviceGetHandleByIndex(self, number):  # noqa: N802
        return number

    def nvmlDeviceGetUtilizationRates(self, handle):  # noqa: N802
        return types.SimpleNamespace(gpu=10 * handle)

    def nvmlDeviceGetMemoryInfo(self, handle):  # noqa: N802
        return types.SimpleNamespace(used=1 << 30, total=4 << 30)

    def nvmlDeviceGetTemperature(self, handle, kind):  # noqa: N802
        if handle == 2:
            raise self.NVMLError
        return 50

    def nvmlDeviceGetPowerUsage(self, handle):  # noqa: N802
        if handle == 2:
            raise self.NVMLError
        return 300_000


def test_graphics_cards_are_read_that_the_process_may_use(tmp_path, monkeypatch):
    library = FakeLibrary("pynvml")
    monkeypatch.setitem(sys.modules, "pynvml", library)
    (tmp_path / "version").write_text("")
    monkeypatch.setattr(machine, "_NVIDIA", tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,2")
    readings = cards.Cards()
    assert readings.read() == {
        "gpu.1.use": 10.0,
        "gpu.1.memory": 25.0,
        "gpu.1.celsius": 50.0,
        "gpu.1.watts": 300.0,
        "gpu.2.use": 20.0,
        "gpu.2.memory": 25.0,
    }
    readings.close()
    assert library.held == 0


def test_a_library_that_fails_costs_the_readings_of_the_cards_alone(tmp_path, monkeypatch):
    library = FakeLibrary("pynvml")

    def fail():
        raise library.NVMLError

    monkeypatch.setattr(library, "nvmlDeviceGetCount", fail)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    (tmp_path / "version").write_text("")
    monkeypatch.setattr(machine, "_NVIDIA", tmp_path)
    readings = system.Machine(os.getpid(), tmp_path)
    assert "memory" in readings.read()
    readings.close()
    assert library.held == 0


def test_without_a_driver_the_library_is_not_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "_NVIDIA", tmp_path)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert cards.Cards().read() == {}
