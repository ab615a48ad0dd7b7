"""What the systems that record runs are called in sentences."""

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


def says_nothing(source: str, of: str) -> str:
    """Nothing is known of something, because the system keeps no word of it or was given none."""
    return f"{named(source)} says nothing of {of}."
