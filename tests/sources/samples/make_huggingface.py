"""Make the samples of Hugging Face's trainer: transformers 5.24 trains a tiny model, with and without event files.

    pip install transformers accelerate tensorboard torch    # not in the project's environment
    python make_huggingface.py                               # here

What was logged is heard by a callback, and stands beside the samples in `expected.json`. Weights and pickles are
removed.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from make_csv_runs import HERE, Points, fresh, statistics
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainerCallback, TrainingArguments


class Heard(TrainerCallback):
    """All that the trainer logs, under the names that it gives in event files."""

    def __init__(self) -> None:
        self.points: Points = {}

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **more: Any) -> None:
        for name, value in (logs | {"epoch": state.epoch}).items():
            name = f"eval/{name[5:]}" if name.startswith("eval_") else f"train/{name}"
            self.points.setdefault(name, []).append((state.global_step, float(value)))


class Words(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return 32

    def __getitem__(self, place: int) -> dict[str, Any]:
        return {"input_ids": torch.tensor([place % 20, (place * 7) % 20]), "labels": torch.tensor(place % 2)}


def train(output: Path, *, events: bool, last: bool) -> dict[str, Any]:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, num_labels=2
    )
    arguments = TrainingArguments(
        output_dir=str(output),
        max_steps=20,
        per_device_train_batch_size=4,
        learning_rate=0.003,
        logging_steps=2,
        eval_strategy="steps",
        eval_steps=5,
        save_steps=10,
        seed=7,
        report_to="tensorboard" if events else "none",
        use_cpu=True,
        disable_tqdm=True,
    )
    heard = Heard()
    trainer = Trainer(
        BertForSequenceClassification(config), arguments, train_dataset=Words(), eval_dataset=Words(), callbacks=[heard]
    )
    trainer.train()
    points = heard.points
    if last:
        trainer.save_state()
        trainer.create_model_card()
    else:
        points = {name: [point for point in curve if point[0] <= 10] for name, curve in points.items()}
        points = {name: curve for name, curve in points.items() if curve}
        shutil.rmtree(output / "checkpoint-20")
    return {"params": {"max_steps": 20, "config.hidden_size": 8}, "metrics": statistics(points)}


def main() -> None:
    folder = fresh("huggingface")
    expected = {
        "done": train(folder / "done", events=False, last=True),
        "halfway": train(folder / "halfway", events=False, last=False),
        "with_events": train(folder / "with_events", events=True, last=True),
    }
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".bin", ".pt", ".pth", ".safetensors"):
            path.unlink()
    (HERE / "huggingface" / "expected.json").write_text(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
