"""The difference of a work tree to its commit, which Comet packs into a ZIP of its own."""

import io
import zlib

_LONGEST = 16 << 20


def patch_in(packed: bytes) -> str | None:
    """The text of the patch; None where it is damaged, longer than 16 MiB, or there is none."""
    import zipfile

    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for info in archive.infolist()[:1]:
                with archive.open(info) as stream:
                    content = stream.read(_LONGEST + 1)
                return content.decode(errors="replace") if len(content) <= _LONGEST else None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        return None
    return None
