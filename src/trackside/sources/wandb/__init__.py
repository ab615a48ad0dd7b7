"""Run folders of Weights & Biases, offline and synced, as clients from 0.12 on write them."""

from trackside.sources.wandb.source import Wandb

__all__ = ["Wandb"]
