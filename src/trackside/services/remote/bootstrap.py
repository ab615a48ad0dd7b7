"""The program that a bare Python is sent: `wire.py` and `bare.py` as they are, and what makes modules of them there."""

import zlib
from importlib.resources import files

_HOME = "trackside.services.remote"
_PARTS = ("wire", "bare")
_PROGRAM = """
import sys, types

def module(name, source):
    made = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), made.__dict__)
    return made

for name in ("trackside", "trackside.services", "trackside.services.remote"):
    module(name, "")
for name, source in {sources!r}.items():
    last = module("trackside.services.remote." + name, source)
last.serve(sys.stdin.buffer, sys.stdout.buffer)
"""


def program() -> bytes:
    """It, packed as it is sent."""
    folder = files(_HOME)
    sources = {name: folder.joinpath(f"{name}.py").read_text(encoding="utf-8") for name in _PARTS}
    return zlib.compress(_PROGRAM.format(sources=sources).encode(), 9)
