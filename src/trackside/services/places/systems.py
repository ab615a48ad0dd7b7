"""What the systems that record runs are called in sentences."""

from trackside.model.run import OWN_SOURCE

_NAMES = {
    "lightning": "Lightning",
    "ultralytics": "Ultralytics",
    "huggingface": "Hugging Face",
    "dvclive": "DVCLive",
    "sacred": "Sacred",
    "guild": "Guild",
    "tensorboard": "TensorBoard",
    "wandb": "W&B",
    "mlflow": "MLflow",
    "comet": "Comet",
    "neptune": "Neptune",
    "trackio": "Trackio",
    "aim": "Aim",
    "keras": "Keras",
    "csv": "Its CSV file",
    "jsonl": "Its JSON Lines file",
}


def named(source: str) -> str:
    """A system's name, of a run's `source`."""
    return _NAMES.get(source, source)


def unknown(source: str, of: str, *own: str) -> tuple[str, ...]:
    """Sentences where a run says nothing of something: `own` for those of trackside, else that its system does not."""
    return own if source == OWN_SOURCE else (f"{named(source)} says nothing of {of}.",)
