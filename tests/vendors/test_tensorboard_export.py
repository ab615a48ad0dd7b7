"""What `trackside export --tensorboard` writes, read by TensorBoard itself."""

import math
from pathlib import Path

import pytest

import trackside
from trackside.services.exchange.export_tensorboard import export_tensorboard
from trackside.store.store import Store

pytest.importorskip("tensorboard", reason="needs tensorboard: `just vendors` runs it")

ODD = [0.1, math.nan, math.inf, -math.inf, 5e-324, 1e300, 1 / 3]


def test_tensorboard_reads_every_point_text_param_and_histogram(tmp_path: Path) -> None:
    import numpy as np
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
    from tensorboard.util.tensor_util import make_ndarray

    params = {"lr": 1e-3, "batch": 32, "deep": True, "net": "é"}
    with trackside.init(
        store=tmp_path / "store", project="p", group="g", notes="why", params=params, quiet=True
    ) as run:
        for step, value in enumerate(ODD):
            run.log({"odd": value, "train/loss": 1 / (step + 1)}, step=step * 1000 - 1)
        run.log_histogram("net/weights", ([3, 0, 5], [-1.0, 0.1, 0.2, 7.0]), step=4)
    store = Store.open(tmp_path / "store")
    store.refresh()
    (run,) = store.first_page(10)
    done = export_tensorboard(store, [run.id], tmp_path / "out")
    reader = EventAccumulator(str(tmp_path / "out" / done.folders[run.id]), size_guidance={"scalars": 0, "tensors": 0})
    reader.Reload()
    assert sorted(reader.Tags()["scalars"]) == sorted(run.metrics)
    for metric in run.metrics:
        series, events = store.series(run.id, metric), reader.Scalars(metric)
        assert [event.step for event in events] == series.step.tolist()
        assert [event.wall_time for event in events] == series.time.tolist()
        with np.errstate(over="ignore"):
            expected = series.value.astype(np.float32).astype(float).tolist()
        assert str([event.value for event in events]) == str(expected)
    (text,) = reader.Tensors("notes/text_summary")
    assert text.tensor_proto.string_val[0] == b"why"
    (drawn,) = reader.Tensors("net/weights")
    assert (drawn.step, reader.SummaryMetadata("net/weights").plugin_data.plugin_name) == (4, "histograms")
    assert make_ndarray(drawn.tensor_proto).tolist() == [[-1.0, 0.1, 3.0], [0.1, 0.2, 0.0], [0.2, 7.0, 5.0]]
    content = reader.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    said = HParamsPluginData.FromString(content).session_start_info
    assert said.group_name == "g"
    assert said.hparams["lr"].number_value == 1e-3
    assert said.hparams["deep"].bool_value is True
    assert said.hparams["net"].string_value == "é"
    end = reader.SummaryMetadata("_hparams_/session_end_info").plugin_data.content
    assert HParamsPluginData.FromString(end).session_end_info.status == 1
    store.close()
