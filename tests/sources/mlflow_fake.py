"""A tracking server of a test's own, on loopback: MLflow's answers, and whatever else a server may answer."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

API = "/api/2.0/mlflow"
BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
EARLIEST = 1_700_000_000_000


@dataclass
class Asked:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any = None
    port: int = 0
    """Of the client: one connection has one."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


@dataclass
class Answer:
    """What is answered: a status, a body of bytes or of JSON, and more headers. None for `status` hangs up at once."""

    status: int | None = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent as it is, in place of an answer in HTTP."""


Hook = Callable[[Asked], Answer | None]


class FakeMlflow:
    """A server with runs in memory. `hooks` are asked first, and `asked` is all that was."""

    def __init__(self, tls: Any = None) -> None:
        self.experiments = [{"experiment_id": "0", "name": "Default", "lifecycle_stage": "active"}]
        self.runs: dict[str, dict[str, Any]] = {}
        self.histories: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.artifacts: dict[str, bytes] = {}
        self.models: dict[str, tuple[str, dict[str, bytes]]] = {}
        self.hooks: list[Hook] = []
        self.asked: list[Asked] = []
        self.page = 1_000_000
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._scheme = "http"
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
            self._scheme = "https"

    @property
    def address(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def run(self, number: int, status: str = "FINISHED", experiment: str = "0", **said: Any) -> str:
        """Add a run; `said` are params, tags, and its end."""
        run_id = f"{number:032x}"
        info = {
            "run_id": run_id,
            "run_uuid": run_id,
            "experiment_id": experiment,
            "run_name": f"run-{number}",
            "status": status,
            "start_time": EARLIEST + number,
            "lifecycle_stage": said.pop("stage", "active"),
        } | ({"end_time": EARLIEST + 60_000} if status != "RUNNING" else {})
        data = {
            kind: [{"key": key, "value": value} for key, value in said.get(kind, {}).items()]
            for kind in ("params", "tags")
        }
        self.runs[run_id] = {
            "info": info,
            "data": data,
            "inputs": said.get("inputs", {}),
            "outputs": said.get("outputs", {}),
        }
        return run_id

    def log(self, run: str, key: str, *values: Any, step: int = 0, time: int | None = None) -> None:
        """Append points, one a second, from a step on."""
        history = self.histories.setdefault((run, key), [])
        first = EARLIEST + 1_000 * len(history) if time is None else time
        for place, value in enumerate(values):
            history.append({"key": key, "value": value, "timestamp": first + 1_000 * place, "step": step + place})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def answer(self, asked: Asked) -> Answer:
        for hook in self.hooks:
            if (answer := hook(asked)) is not None:
                return answer
        handlers = {
            f"{API}/experiments/search": self._experiments,
            f"{API}/runs/search": self._search,
            f"{API}/runs/get": self._get,
            f"{API}/metrics/get-history": self._history,
            f"{API}/artifacts/list": self._listing,
            "/get-artifact": self._content,
            BULK: self._bulk,
        }
        if "/logged-models/" in asked.path:
            return self._model(asked)
        found = handlers.get(asked.path)
        return Answer(404, b"<h1>Not Found</h1>") if found is None else found(asked)

    def _experiments(self, asked: Asked) -> Answer:
        return Answer(body=_paged("experiments", self.experiments, asked.body, self.page))

    def _search(self, asked: Asked) -> Answer:
        found = [run for run in self.runs.values() if run["info"]["experiment_id"] in asked.body["experiment_ids"]]
        if " IN " in (condition := asked.body.get("filter") or ""):
            found = [run for run in found if f"'{run['info']['run_id']}'" in condition]
        if " >= " in condition:
            found = [run for run in found if run["info"]["start_time"] >= int(condition.split()[-1])]
        found.sort(key=lambda run: run["info"]["start_time"])
        return Answer(body=_paged("runs", [self._told(run) for run in found], asked.body, self.page))

    def _get(self, asked: Asked) -> Answer:
        run = self.runs.get(asked.query["run_id"][0])
        if run is None:
            return Answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such run"})
        return Answer(body={"run": self._told(run)})

    def _told(self, run: dict[str, Any]) -> dict[str, Any]:
        """A run with its latest points: those of the largest step, then the latest time."""
        latest = [
            max(points, key=lambda point: (int(point["step"]), int(point["timestamp"])))
            for (run_id, _), points in self.histories.items()
            if run_id == run["info"]["run_id"]
        ]
        return run | {"data": run["data"] | {"metrics": latest}}

    def _history(self, asked: Asked) -> Answer:
        points = self.histories.get((asked.query["run_id"][0], asked.query["metric_key"][0]), [])
        given = {key: values[0] for key, values in asked.query.items()}
        return Answer(body=_paged("metrics", points, given | {"max_results": int(given["max_results"])}, self.page))

    def _bulk(self, asked: Asked) -> Answer:
        key = asked.query["metric_key"][0]
        points = [
            point | {"run_id": run} for run in asked.query["run_id"] for point in self.histories.get((run, key), [])
        ]
        return Answer(body={"metrics": points[:25_000]})

    def _listing(self, asked: Asked) -> Answer:
        return Answer(body=_files(self.artifacts, asked.query.get("path", [""])[0]))

    def _model(self, asked: Asked) -> Answer:
        model, _, what = asked.path.partition("/logged-models/")[2].partition("/artifacts/")
        name, files = self.models[model]
        if what == "directories":
            return Answer(body=_files(files, asked.query.get("artifact_directory_path", [""])[0]))
        if what == "files":
            return Answer(body=files[asked.query["artifact_file_path"][0]])
        return Answer(body={"model": {"info": {"model_id": model, "name": name}}})

    def _content(self, asked: Asked) -> Answer:
        return Answer(body=self.artifacts[asked.query["path"][0]])

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Any) -> None:
                asked = Asked(self.command, self.path, dict(self.headers), body, self.client_address[1])
                fake.asked.append(asked)
                answer = fake.answer(asked)
                if answer.raw is not None or answer.status is None:
                    self.wfile.write(answer.raw or b"")
                    self.close_connection = True
                    return
                content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
                self.send_response(answer.status)
                for name, value in ({"Content-Length": str(len(content))} | answer.headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

        return Handler


@contextmanager
def serving(tls: Any = None) -> Iterator[FakeMlflow]:
    """A server while it is needed."""
    fake = FakeMlflow(tls)
    fake.start()
    try:
        yield fake
    finally:
        fake.close()


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _files(shelf: dict[str, bytes], folder: str) -> dict[str, Any]:
    """A folder of files that are known by their paths."""
    start = len(folder) + 1 if folder else 0
    names = sorted({path[start:].split("/")[0] for path in shelf if not folder or path.startswith(f"{folder}/")})
    files = []
    for name in names:
        path = f"{folder}/{name}" if folder else name
        known = shelf.get(path)
        files.append({"path": path, "is_dir": known is None} | ({} if known is None else {"file_size": len(known)}))
    return {"root_uri": "mlflow-artifacts:/x", "files": files}


def _paged(what: str, rows: list[Any], asked: dict[str, Any], most: int) -> dict[str, Any]:
    first = int(asked.get("page_token") or 0)
    end = first + min(int(asked["max_results"]), most)
    return {what: rows[first:end]} | ({"next_page_token": str(end)} if end < len(rows) else {})
