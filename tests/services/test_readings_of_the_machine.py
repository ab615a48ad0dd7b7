"""Readings of the machine are shown by short names, with their units."""

import pytest

from trackside.model.run import MetricSummary, Run
from trackside.services.machine import label, machine_in_order, reading
from trackside.services.wall import usual_axis, wall


@pytest.mark.parametrize(
    ("metric", "value", "shown"),
    [
        ("system/cpu", 37.4, "cpu 37 %"),
        ("system/cpu", 3.14, "cpu 3.1 %"),
        ("system/disk.read_mib_per_s", 1204.0, "disk.read 1,204 MiB/s"),
        ("system/process.memory_mib", 512.0, "process.memory 512 MiB"),
        ("system/gpu.0.celsius", 61.0, "gpu.0.celsius 61 °C"),
        ("system/gpu.0.watts", 412.2, "gpu.0.watts 412 W"),
        ("system/gpu.0.use", None, "gpu.0.use "),
    ],
)
def test_each_value_has_its_unit(metric, value, shown):
    assert f"{label(metric)} {reading(metric, value)}" == shown


def test_graphics_cards_come_last_and_by_number():
    names = ["system/gpu.10.use", "system/gpu.2.use", "system/memory", "loss", "system/cpu"]
    run = Run(
        id="x", name="x", project="p", created=0.0, status="running", metrics=dict.fromkeys(names, MetricSummary())
    )
    assert [name for name, _ in machine_in_order(run)] == [
        "system/cpu",
        "system/memory",
        "system/gpu.2.use",
        "system/gpu.10.use",
    ]


def test_on_the_wall_of_charts_the_machine_comes_last_and_runs_in_time():
    assert [chart.title for chart in wall(["system/cpu", "z", "a"], "z")] == ["z", "a", "system/cpu"]
    assert (usual_axis("system/cpu"), usual_axis("loss")) == ("relative", "step")
