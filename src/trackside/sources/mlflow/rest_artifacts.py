"""The artifacts of a run and the models that it logged, as a tracking server lists them, without their content."""

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, urlencode

from trackside.model.foreign import Content, File
from trackside.sources.mlflow.answers import Listed, Listing, OneModel, Run
from trackside.sources.mlflow.rest_client import Client, ServerError

_API = "/api/2.0/mlflow"
_MODEL = "MLmodel"
_MOST = 10_000
_DEEPEST = 32


def listed(client: Client, run: Run, time: float) -> Iterator[File]:
    """The artifacts of a run: each file of its folder, each folder with all below it, and each model.

    ServerError where there are too many, or the server does not list them.
    """
    own = _of_run(client, run.info.id)
    names = set()
    for found in own.folder(""):
        file = own.file(found.path, f"{found.path}/", own.below([found]), time)
        if file.files:
            names.add(file.name)
            yield file
    for output in run.outputs.model_outputs:
        name, model = _of_model(client, output.model_id)
        unique = name if name not in names else f"{name} {output.model_id}"
        file = model.file(unique, "", model.below(model.folder("")), time)
        if file.files:
            names.add(unique)
            yield file


class _Shelf:
    """Files in folders on a server. `ask` has a folder listed, `content` says where below the address a file is."""

    def __init__(
        self, client: Client, ask: Callable[[str, dict[str, str]], Listing], content: Callable[[str], str]
    ) -> None:
        self._client = client
        self._ask = ask
        self._content = content
        self._left = _MOST

    def folder(self, path: str) -> Iterator[Listed]:
        """What lies directly in a folder; what is listed there and lies elsewhere is left out."""
        for page in self._client.pages(lambda more: self._ask(path, more)):
            self._left -= len(page.files)
            if self._left < 0:
                raise ServerError(f"{self._client.address} lists more than {_MOST:,} files", 200)
            yield from (found for found in page.files if _inside(found.path, path))

    def below(self, listed: Iterable[Listed], depth: int = 0) -> Iterator[Listed]:
        """The files among these and in all folders among these."""
        if depth > _DEEPEST:
            raise ServerError(f"{self._client.address} lists folders that lie too deep", 200)
        for found in listed:
            if found.is_dir:
                yield from self.below(self.folder(found.path), depth + 1)
            else:
                yield found

    def file(self, name: str, folder: str, inside: Iterable[Listed], time: float) -> File:
        """An artifact of these files, by their paths below `folder`."""
        files = {
            found.path.removeprefix(folder): Content(
                None, found.file_size or 0, url=self._client.address + self._content(found.path)
            )
            for found in inside
        }
        return File(name, "model" if _MODEL in files else "file", files, time)


def _of_run(client: Client, run: str) -> _Shelf:
    def ask(path: str, more: dict[str, str]) -> Listing:
        asked = {"run_id": run} | ({"path": path} if path else {}) | more
        return client.get(f"{_API}/artifacts/list", asked, Listing)

    return _Shelf(client, ask, lambda path: "/get-artifact?" + urlencode({"run_uuid": run, "path": path}))


def _of_model(client: Client, model: str) -> tuple[str, _Shelf]:
    """What a model is called, and its files, which lie apart from the run's."""
    where = f"/logged-models/{quote(model, safe='')}"

    def ask(path: str, more: dict[str, str]) -> Listing:
        asked = ({"artifact_directory_path": path} if path else {}) | more
        return client.get(f"{_API}{where}/artifacts/directories", asked, Listing)

    def content(path: str) -> str:
        return f"/ajax-api/2.0/mlflow{where}/artifacts/files?" + urlencode({"artifact_file_path": path})

    return client.get(f"{_API}{where}", {}, OneModel).model.info.name or model, _Shelf(client, ask, content)


def _inside(path: str, folder: str) -> bool:
    """Whether a path that a server lists lies in the folder that was asked for, and not elsewhere."""
    parts = path.split("/")
    return all(part not in ("", ".", "..") for part in parts) and "/".join(parts[:-1]) == folder
