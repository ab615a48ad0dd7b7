"""What is told of a file that cannot be shown: what it is by its first bytes, and what its head says of the rest."""

import wave
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import msgspec

from trackside.model.counting import counted

_MOST_MEMBERS = 200
_KNOWN = (
    (b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    (b"fLaC", "FLAC audio"),
    (b"OggS", "Ogg audio or video"),
    (b"ID3", "MP3 audio"),
    (b"\x1f\x8b", "gzip archive"),
    (b"%PDF", "PDF document"),
    (b"\x80\x04\x95", "Python pickle"),
    (b"\x80\x02", "Python pickle"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM video"),
)


def facts(content: bytes) -> list[str]:
    """Lines, the first of which says what it is and how large. Nothing of the content is executed or unpickled."""
    for kind, read in (("WAV audio", _wav), ("NumPy array", _array), ("safetensors", _tensors), ("ZIP archive", _zip)):
        try:
            said = list(read(content))
        except (wave.Error, zipfile.BadZipFile, msgspec.MsgspecError, ValueError, EOFError, OSError, RuntimeError):
            continue
        if said:
            return [f"{kind} of {len(content):,} bytes", *said]
    known = next((kind for head, kind in _KNOWN if content.startswith(head)), None)
    video = "MP4 or QuickTime video" if content[4:8] == b"ftyp" else "Binary content"
    return [f"{known or video} of {len(content):,} bytes"]


def _wav(content: bytes) -> Iterator[str]:
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        with wave.open(BytesIO(content)) as sound:
            rate = sound.getframerate()
            seconds = sound.getnframes() / rate if rate else 0.0
            channels, bits = counted(sound.getnchannels(), "channel"), 8 * sound.getsampwidth()
            yield f"{seconds:,.2f} s, {channels}, {rate:,} Hz, {bits} bits a sample"


def _array(content: bytes) -> Iterator[str]:
    if content.startswith(b"\x93NUMPY"):
        from numpy.lib import format as npy

        stream = BytesIO(content)
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, kind = read(stream)
        yield f"{kind}, {' × '.join(f'{side:,}' for side in shape) or 'one value'}"


def _tensors(content: bytes) -> Iterator[str]:
    length = int.from_bytes(content[:8], "little")
    if content[8:9] == b"{" and 2 <= length <= len(content) - 8:
        head: dict[str, Any] = msgspec.json.decode(content[8 : 8 + length], type=dict[str, Any])
        tensors = {name: said for name, said in head.items() if name != "__metadata__" and isinstance(said, dict)}
        yield counted(len(tensors), "tensor")
        for name, said in list(tensors.items())[:_MOST_MEMBERS]:
            shape = said.get("shape")
            sides = " × ".join(map(str, shape)) if isinstance(shape, list) else ""
            yield f"  {name}  {said.get('dtype', '')}  {sides}"


def _zip(content: bytes) -> Iterator[str]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
        yield counted(len(members), "file")
        for member in members[:_MOST_MEMBERS]:
            yield f"  {member.filename}  {member.file_size:,} bytes"
