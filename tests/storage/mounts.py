"""File systems that can be filled, frozen and broken: small ones of their own, mounted by root."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """A file system in memory."""
    folder.mkdir()
    _do("mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder)
    try:
        yield folder
    finally:
        _do("umount", "--lazy", folder)


class Disk:
    """An ext4 file system in a file, mounted on a folder."""

    def __init__(self, image: Path, folder: Path) -> None:
        self._image = image
        self.folder = folder
        with image.open("wb") as stream:
            stream.truncate(64 << 20)
        _do("mkfs.ext4", "-q", "-F", "-m", "0", image)
        folder.mkdir()

    def mount(self, *options: str) -> None:
        _do("mount", "-o", ",".join(("loop", *options)), self._image, self.folder)

    def remount(self, *options: str) -> None:
        _do("mount", "-o", ",".join(("remount", *options)), self.folder)

    def unmount(self) -> None:
        """Take it away, as one does who pulls a plug: what has files open on it keeps them."""
        _do("umount", "--lazy", self.folder)

    @property
    def device(self) -> str:
        """The block device under it, such as `/dev/loop0`."""
        return subprocess.check_output(["findmnt", "-no", "SOURCE", str(self.folder)], text=True).strip()

    def freeze(self) -> None:
        """Let nothing be written: whoever tries waits."""
        _do("fsfreeze", "--freeze", self.folder)

    def thaw(self) -> None:
        _do("fsfreeze", "--unfreeze", self.folder)

    def break_down(self) -> None:
        """Make the kernel find an error, after which it lets nothing be written any more."""
        Path("/sys/fs/ext4", Path(self.device).name, "trigger_fs_error").write_text("broken by a test")


@contextmanager
def disk(folder: Path, *options: str) -> Iterator[Disk]:
    """A disk that is mounted and, whatever a test did to it, let go of in the end."""
    made = Disk(folder.with_suffix(".img"), folder)
    made.mount(*options)
    try:
        yield made
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", str(folder)], capture_output=True, check=False)
        _do("umount", "--lazy", folder)


def _do(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)
