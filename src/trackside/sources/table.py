"""The formats that are read, in the order in which a folder is offered to them.

What stands inside of another format's runs comes after it, since that takes its folders out of the search. Importing
this file is cheap: a source loads what reading needs when it reads.
"""

from trackside.sources.aim import Aim
from trackside.sources.comet import Comet
from trackside.sources.dvclive import Dvclive
from trackside.sources.guild import Guild
from trackside.sources.huggingface import HuggingFace
from trackside.sources.keras import Keras
from trackside.sources.lightning import Lightning
from trackside.sources.mlflow.source import Mlflow
from trackside.sources.neptune import Neptune
from trackside.sources.plain_csv import PlainCsv
from trackside.sources.plain_jsonl import PlainJsonl
from trackside.sources.protocol import Source
from trackside.sources.sacred import Sacred
from trackside.sources.tensorboard import TensorBoard
from trackside.sources.trackio import Trackio
from trackside.sources.ultralytics import Ultralytics
from trackside.sources.wandb import Wandb

SOURCES: tuple[Source, ...] = (
    Lightning(),
    Ultralytics(),
    HuggingFace(),
    Dvclive(),
    Sacred(),
    Guild(),
    TensorBoard(),
    Wandb(),
    Mlflow(),
    Comet(),
    Neptune(),
    Trackio(),
    Aim(),
    Keras(),
    PlainCsv(),
    PlainJsonl(),
)
