"""The artifacts of a run, as a tracking server lists them: folder by folder, without their content."""

from collections.abc import Iterator
from urllib.parse import urlencode

from trackside.model.foreign import Content, File
from trackside.sources.mlflow.answers import Listed, Listing, Run
from trackside.sources.mlflow.rest_client import Client, ServerError

_LIST = "/api/2.0/mlflow/artifacts/list"
_MOST = 10_000
_DEEPEST = 32


def listed(client: Client, run: Run, time: float) -> Iterator[File]:
    """The artifacts of a run: each file of its folder, each folder with all below it.

    ServerError where there are too many, or the server does not list them.
    """
    left = [_MOST]
    for found in _folder(client, run.info.id, "", left):
        name = found.path
        inside = list(_below(client, run.info.id, found, 1, left)) if found.is_dir else [found]
        files = {
            file.path.removeprefix(name).lstrip("/") or name: Content(
                None, file.file_size or 0, url=client.address + _content(run.info.id, file.path)
            )
            for file in inside
        }
        if files:
            yield File(name, "model" if "MLmodel" in files else "file", files, time)


def _content(run: str, path: str) -> str:
    """Where below a server's address the content of a file is."""
    return "/get-artifact?" + urlencode({"run_uuid": run, "path": path})


def _below(client: Client, run: str, folder: Listed, depth: int, left: list[int]) -> Iterator[Listed]:
    if depth > _DEEPEST:
        raise ServerError(f"{client.address} lists folders that lie too deep", 200)
    for found in _folder(client, run, folder.path, left):
        if found.is_dir:
            yield from _below(client, run, found, depth + 1, left)
        else:
            yield found


def _folder(client: Client, run: str, path: str, left: list[int]) -> Iterator[Listed]:
    asked = {"run_id": run} | ({"path": path} if path else {})
    for page in client.pages(lambda more: client.get(_LIST, asked | more, Listing)):
        left[0] -= len(page.files)
        if left[0] < 0:
            raise ServerError(f"{client.address} lists more than {_MOST:,} files", 200)
        yield from (found for found in page.files if _inside(found.path, path))


def _inside(path: str, folder: str) -> bool:
    """Whether a path that a server lists lies in the folder that was asked for, and not elsewhere."""
    parts = path.split("/")
    return all(part not in ("", ".", "..") for part in parts) and "/".join(parts[:-1]) == folder
