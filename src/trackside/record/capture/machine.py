"""The machine that a run runs on: processor, memory, graphics cards and their driver, the container around it."""

import os
import re
from pathlib import Path
from typing import Any

_CPU_INFO = Path("/proc/cpuinfo")
_MEMORY_INFO = Path("/proc/meminfo")
_MEMORY_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_NVIDIA = Path("/proc/driver/nvidia")
_CGROUP = Path("/proc/self/cgroup")
_IN_CGROUP = (("kubepods", "kubernetes"), ("docker", "docker"), ("libpod", "podman"), ("lxc", "lxc"))
_MARKS = (
    (Path("/.singularity.d"), "apptainer"),
    (Path("/var/run/secrets/kubernetes.io"), "kubernetes"),
    (Path("/run/.containerenv"), "podman"),
    (Path("/.dockerenv"), "docker"),
)


def capture() -> dict[str, Any]:
    """Name and number of processors, bytes of memory, graphics cards with driver and CUDA version, the container."""
    return {"cpu": _cpu(), "memory": memory(), **_graphics(), "container": _container()}


def memory() -> int | None:
    """Bytes of memory that the process may use: the machine's, or less where a limit is set for its group."""
    found = re.search(r"^MemTotal:\s+(\d+) kB", _read(_MEMORY_INFO), re.MULTILINE)
    total = int(found[1]) << 10 if found else None
    limits = [int(said) for said in map(str.strip, map(_read, _MEMORY_LIMITS)) if said.isdecimal()]
    return min([*([total] if total else []), *limits], default=None)


def has_nvidia() -> bool:
    """Whether NVIDIA's driver is loaded; without it, nothing needs to be asked of its library."""
    return (_NVIDIA / "version").exists()


def _cpu() -> str:
    names = re.findall(r"^model name\s*:\s*(.+)$", _read(_CPU_INFO), re.MULTILINE)
    usable = len(os.sched_getaffinity(0))
    if not names:
        return f"{os.uname().machine} × {usable}"
    return f"{names[0]} × {len(names)}" if usable >= len(names) else f"{names[0]} × {usable} of {len(names)}"


def _graphics() -> dict[str, Any]:
    """What NVIDIA's library says; where it is not installed, what the driver's files do. No card is started up."""
    if not has_nvidia():
        return {"gpu": [], "driver": None, "cuda": None}
    try:
        import pynvml
    except ImportError:
        return _driver_files()
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return _driver_files()
    try:
        version = pynvml.nvmlSystemGetCudaDriverVersion_v2()
        cards = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
        return {
            "gpu": [
                _card(_text(pynvml.nvmlDeviceGetName(card)), pynvml.nvmlDeviceGetMemoryInfo(card)) for card in cards
            ],
            "driver": _text(pynvml.nvmlSystemGetDriverVersion()),
            "cuda": f"{version // 1000}.{version % 1000 // 10}",
        }
    except pynvml.NVMLError:
        return _driver_files()
    finally:
        pynvml.nvmlShutdown()


def _driver_files() -> dict[str, Any]:
    folders = sorted((_NVIDIA / "gpus").iterdir()) if (_NVIDIA / "gpus").is_dir() else []
    models = [re.search(r"^Model:\s*(.+)$", _read(folder / "information"), re.MULTILINE) for folder in folders]
    version = re.search(r"\s(\d+(?:\.\d+)+)\s", _read(_NVIDIA / "version"))
    return {
        "gpu": [model[1].strip() for model in models if model],
        "driver": version[1] if version else None,
        "cuda": None,
    }


def _card(name: str, space: Any) -> str:
    return f"{name}, {space.total / (1 << 30):.0f} GiB"


def _text(said: str | bytes) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


def _container() -> str | None:
    """The kind of container, by the marks that each leaves; None outside one, as far as can be seen."""
    for mark, kind in _MARKS:
        if mark.exists():
            return kind
    groups = _read(_CGROUP)
    return next((kind for word, kind in _IN_CGROUP if f"/{word}" in groups), None)


def _read(path: Path) -> str:
    """A small file of the system; empty where there is none, or none for this user."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
