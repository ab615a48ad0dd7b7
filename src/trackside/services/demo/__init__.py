"""The demo: small real models that train as processes of their own, so that there is something to watch.

`training.py` starts and ends the processes, `plan.py` says which, and `train.py` is what each of them runs: a training
script like anybody's, which knows nothing of the demo. None of it knows a screen.
"""

from trackside.services.demo.plan import PROJECT, planned
from trackside.services.demo.training import AT_ONCE, Training, start

__all__ = ["AT_ONCE", "PROJECT", "Training", "planned", "start"]
