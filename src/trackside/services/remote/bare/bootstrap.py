"""The program that a bare Python is sent: a few modules as they are, and what makes modules of them there."""

import zlib
from importlib.resources import files

_NAMES = (
    "model.keys",
    "services.remote.protocol.wire",
    "services.remote.protocol.alike",
    "services.remote.bare.messagepack",
    "services.remote.bare.in_short",
    "services.remote.bare.outline",
    "services.remote.bare.offered",
    "services.remote.bare.brief",
    "services.remote.bare.agent",
)
PARTS = tuple(f"trackside.{part}" for part in _NAMES)
"""The modules that are sent, the last one that which serves."""

OLDEST = (3, 8)
"""The oldest version of Python in which they run."""

_PROGRAM = """
import sys, types

def module(name, source):
    above = name.rpartition(".")[0]
    if above and above not in sys.modules:
        module(above, "")
    made = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), made.__dict__)
    return made

for name, source in {sources!r}.items():
    last = module(name, source)
last.serve(sys.stdin.buffer, sys.stdout.buffer)
"""


def program() -> bytes:
    """It, packed as it is sent."""
    sources = {part: source(part) for part in PARTS}
    return zlib.compress(_PROGRAM.format(sources=sources).encode(), 9)


def source(part: str) -> str:
    """The text of one of the modules."""
    room, _, name = part.rpartition(".")
    return files(room).joinpath(f"{name}.py").read_text(encoding="utf-8")
