"""Readings of NVIDIA's graphics cards, where the driver is loaded and its library installed."""

import os
from collections.abc import Callable
from typing import Any

from trackside.record.capture import machine

_VISIBLE = "CUDA_VISIBLE_DEVICES"


class Cards:
    """The cards that the process may use. The library is loaded with the first reading, and held until `close`."""

    def __init__(self) -> None:
        self._library: Any = None
        self._handles: dict[str, Any] | None = None

    def read(self) -> dict[str, float]:
        """Use and memory in percent, temperature in degrees Celsius and power in watts, by number of the card."""
        if self._handles is None:
            self._handles = self._open()
        found: dict[str, float] = {}
        for name, handle in self._handles.items():
            found |= {f"gpu.{name}.{key}": value for key, value in self._readings(handle).items()}
        return found

    def close(self) -> None:
        """Give the library back."""
        if self._library is not None:
            self._library.nvmlShutdown()
            self._library = None
            self._handles = {}

    def _open(self) -> dict[str, Any]:
        if not machine.has_nvidia():
            return {}
        try:
            import pynvml
        except ImportError:
            return {}
        try:
            pynvml.nvmlInit()
            self._library = pynvml
            numbers = filter(_may_use, range(pynvml.nvmlDeviceGetCount()))
            return {str(number): pynvml.nvmlDeviceGetHandleByIndex(number) for number in numbers}
        except pynvml.NVMLError:
            return {}

    def _readings(self, handle: Any) -> dict[str, float]:
        """What a card tells; one that was lost, or lacks a sensor, tells less."""
        nvml = self._library
        asked: dict[str, Callable[[], Any]] = {
            "use": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu,
            "memory": lambda: _share(nvml.nvmlDeviceGetMemoryInfo(handle)),
            "celsius": lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
            "watts": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000,
        }
        found = {}
        for name, ask in asked.items():
            try:
                found[name] = float(ask())
            except nvml.NVMLError:
                continue
        return found


def _share(space: Any) -> float:
    return 100 * float(space.used) / float(space.total)


def _may_use(number: int) -> bool:
    """Whether CUDA shows a card to this process; cards that are named otherwise than by number are all taken."""
    named = [word.strip() for word in os.environ.get(_VISIBLE, "").split(",") if word.strip()]
    return not named or not all(word.isdecimal() for word in named) or str(number) in named
