"""Readings of the machine are shown by short names, with their units."""

import math

import pytest

from trackside.model.run import MetricSummary, Run
from trackside.services.metrics.machine import label, machine_in_order, reading
from trackside.services.metrics.wall import narrowed, usual_axis, wall


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
    assert f"{label(metric)} {reading('trackside', metric, value)}" == shown


@pytest.mark.parametrize(
    ("source", "name", "value", "shown"),
    [
        ("wandb", "cpu", 12.4, "12 %"),
        ("wandb", "cpu.3.cpu_percent", 19.6, "20 %"),
        ("wandb", "proc.memory.percent", 3.7, "3.7 %"),
        ("wandb", "proc.memory.rssMB", 1213.0, "1,213 MB"),
        ("wandb", "proc.memory.availableMB", 14392.6, "14,393 MB"),
        ("wandb", "proc.cpu.threads", 30.0, "30"),
        ("wandb", "disk./.usageGB", 771.97, "772 GB"),
        ("wandb", "disk./.usagePercent", 83.3, "83 %"),
        ("wandb", "disk.in", 8.32, "8.3 MB"),
        ("wandb", "disk.vda.out", 448.3, "448 MB"),
        ("wandb", "network.recv", 1473934.0, "1.4 MiB"),
        ("wandb", "network.tcpRetransmits", 12.0, "12"),
        ("wandb", "memory.used", 15698919424.0, "14.6 GiB"),
        ("wandb", "gpu.0.memory", 14.3, "14 %"),
        ("wandb", "gpu.process.3.memoryAllocated", 14.02, "14 %"),
        ("wandb", "gpu.0.memoryAllocatedBytes", 10652385280.0, "9.9 GiB"),
        ("wandb", "gpu.0.temp", 61.0, "61 °C"),
        ("wandb", "gpu.0.powerWatts", 412.2, "412 W"),
        ("wandb", "gpu.0.powerPercent", 66.7, "67 %"),
        ("wandb", "gpu.0.recoveryCount", 0.0, "0"),
        ("wandb", "cpu.ecpu_freq", 2064.0, "2,064 MHz"),
        ("wandb", "cpu.avg_temp", 64.3, "64 °C"),
        ("wandb", "ane.power", 0.0, "0.0 W"),
        ("mlflow", "cpu_utilization_percentage", 37.0, "37 %"),
        ("mlflow", "system_memory_usage_megabytes", 2048.0, "2,048 MB"),
        ("mlflow", "gpu_0_power_usage_watts", 99.0, "99 W"),
        ("mlflow", "network_receive_megabytes", 3.25, "3.2 MB"),
        ("comet", "cpu.percent.avg", 100.0, "100 %"),
        ("comet", "load.avg", 9.7876, "9.788"),
        ("comet", "ram.used", 3365826560.0, "3.1 GiB"),
        ("comet", "ram.percent.used", 13.3, "13 %"),
        ("comet", "disk.root.used", 40166117376.0, "37.4 GiB"),
        ("comet", "disk.root.percent.used", 36.9, "37 %"),
        ("comet", "gpu.0.free_memory", math.nan, "nan"),
        ("comet", "gpu.0.gpu_utilization", 88.0, "88 %"),
        ("neptune", "memory", 3.25, "3.2 GB"),
        ("neptune", "1a2b3c4d/cpu", 50.0, "50 %"),
        ("neptune", "1a2b3c4d/gpu_memory", 11.0, "11 GB"),
        ("trackio", "my_sensor", 0.00321, "0.00321"),
    ],
)
def test_readings_of_other_systems_have_their_units_and_unknown_ones_none(source, name, value, shown):
    assert reading(source, f"system/{name}", value) == shown


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


def test_the_machine_is_on_the_wall_of_charts_only_where_it_is_asked_for():
    charts = wall(["system/cpu", "loss"])
    assert [chart.title for chart in narrowed(charts, "")] == ["loss"]
    assert [chart.title for chart in narrowed(charts, "^sys")] == ["system/cpu"]


def test_on_the_wall_of_charts_the_machine_comes_last_and_runs_in_time():
    charts = wall(["system/cpu", "z", "a"], "z")
    assert [chart.title for chart in narrowed(charts, "z|cpu")] == ["z", "system/cpu"]
    assert (usual_axis("system/cpu"), usual_axis("loss")) == ("relative", "step")
