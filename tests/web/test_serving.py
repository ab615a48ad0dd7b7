"""`trackside serve`, started as a person starts it: whom it lets in, what a session shows, and when it ends."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
from served_app import Serving, serving, session
from yarl import URL

import trackside
from trackside.cli.main import main
from trackside.config import paths
from trackside.store.store import Store


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of two runs."""
    root = tmp_path_factory.mktemp("served") / "store"
    for name in ("tall-oak", "small-elm"):
        with trackside.init(project="digits", name=name, store=root, quiet=True) as run:
            run.log({"loss": 1.0}, step=0)
    return root


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Serving]:
    """A server of it."""
    with serving(root) as server:
        yield server


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


async def asked(url: str, **headers: str) -> tuple[int, str]:
    """How a request is answered."""
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


async def shaken(url: str, **headers: str) -> int:
    """How somebody is answered who wants a session; 101 is one."""
    async with aiohttp.ClientSession() as client:
        try:
            async with client.ws_connect(url, headers=headers):
                return 101
        except aiohttp.WSServerHandshakeError as refused:
            return refused.status


class TestWhoIsLetIn:
    async def test_the_page_is_for_whoever_has_the_token(self, served: Serving) -> None:
        status, door = await asked(served.origin)
        assert (status, "has a token, which this one lacks" in door) == (401, True)
        for wrong in ("wrong", "", "%ff", "\ud7ff"):
            assert (await asked(f"{served.origin}/?token={wrong}"))[0] == 403, wrong
        assert (await asked(served.url))[0] == 200
        for path in ("/download/x", "/elsewhere", "/ws"):
            assert (await asked(served.origin + path))[0] == 404, path

    async def test_a_socket_is_for_the_servers_own_page_with_the_token(self, served: Serving) -> None:
        own = served.origin
        for wrong in ("wrong", "%ff"):
            assert await shaken(f"{own}/ws/{wrong}", Origin=own) == 403
        for stranger in ("http://evil.example", "http://127.0.0.1:1", "http://[", "null"):
            assert await shaken(served.socket, Origin=stranger) == 403
        assert await shaken(served.socket) == 403
        assert not served.sessions()
        assert await shaken(served.socket, Origin=own) == 101

    async def test_a_strangers_name_for_this_machine_is_refused_whatever_the_token(self, served: Serving) -> None:
        status, _ = await asked(served.url, Host="evil.example")
        assert status == 421

    async def test_the_pages_load_nothing_from_elsewhere(self, served: Serving) -> None:
        for url, count in ((served.url, 5), (served.origin, 3)):
            async with aiohttp.ClientSession() as client, client.get(url) as answer:
                page = await answer.text()
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
                assert len(loaded) == count
                for path in loaded:
                    assert path.startswith(("/page/", "/terminal/", "data:")), path
                    if path.startswith("/"):
                        async with client.get(served.origin + path) as file:
                            assert file.status == 200, path
            assert served.token not in page

    async def test_what_listens_on_another_port_of_the_host_is_not_told_the_token(self, served: Serving) -> None:
        jar = aiohttp.CookieJar(unsafe=True)  # of an address too
        async with aiohttp.ClientSession(cookie_jar=jar) as client, client.get(served.url):
            assert not jar.filter_cookies(URL(served.origin).with_port(1))


class TestSession:
    async def test_the_table_is_there_and_keys_work(self, served: Serving) -> None:
        async with session(served) as app:
            await app.wait_for(lambda text: "2 runs" in text and "tall-oak" in text)
            await app.press("/elm")
            await app.wait_for(lambda text: "1 of 2 runs" in text and "tall-oak" not in text)
            await app.press("\x1b")
            await app.wait_for(lambda text: "tall-oak" in text)

    async def test_a_file_that_is_exported_goes_to_the_browser(self, served: Serving) -> None:
        async with session(served) as app:
            await app.wait_for(lambda text: "loss: small-elm" in text)
            await app.press("e")
            await app.wait_for(lambda text: "runs.csv" in text)
            await app.press("\r")
            await app.wait_for(lambda text: "went to your browser as runs.csv" in text)
            status, table = await asked(f"{served.origin}/download/{app.delivered[0]}")
            assert (status, table.splitlines()[0][:8]) == (200, "id,name,")
            assert (await asked(f"{served.origin}/download/{app.delivered[0]}"))[0] == 404

    async def test_what_is_no_word_of_the_page_does_no_harm(self, served: Serving) -> None:
        async with session(served) as app:
            for said in ("", "{", "[]", '["stdin"]', '["stdin", 3]', '["resize", {"width": "x"}]', '["quit", 1]'):
                await app.socket.send_str(said)
            await app.wait_for(lambda text: "tall-oak" in text)

    async def test_each_is_a_process_of_its_own_that_ends_with_its_browser(self, served: Serving) -> None:
        until(lambda: not served.sessions())
        async with session(served) as one, session(served) as other:
            await one.wait_for(lambda text: "tall-oak" in text)
            await other.wait_for(lambda text: "tall-oak" in text)
            first, second = served.sessions()
            await one.socket.close()
            until(lambda: len(served.sessions()) == 1)
            await other.press("?")
            await other.wait_for(lambda text: "type to narrow" in text)
        until(lambda: not is_alive(first) and not is_alive(second))

    async def test_a_session_that_is_left_or_dies_closes_its_socket(self, served: Serving) -> None:
        async with session(served) as app:
            await app.wait_for(lambda text: "tall-oak" in text)
            until(lambda: len(served.sessions()) == 1)
            os.kill(served.sessions()[0], signal.SIGKILL)
            while not app.socket.closed:
                await app.socket.receive(timeout=30)

    async def test_none_is_left_when_the_server_is_killed(self, root: Path) -> None:
        with serving(root) as server:
            async with session(server) as app:
                await app.wait_for(lambda text: "tall-oak" in text)
                (pid,) = server.sessions()
                server.process.kill()
                until(lambda: not is_alive(pid))

    async def test_nothing_is_edited_where_that_was_ruled_out(self, root: Path) -> None:
        with serving(root, "--read-only") as server:
            assert "whoever has this address looks as" in server.said[2]
            async with session(server) as app:
                await app.wait_for(lambda text: "tall-oak" in text)
                await app.press("x")
                await app.wait_for(lambda text: "nothing can be edited here" in text)
        assert not any(run.archived for run in Store.open(root).runs(Store.open(root).ids_matching("")))

    async def test_who_may_only_look_changes_nothing_that_the_owner_keeps(self, root: Path) -> None:
        kept = paths.state_file(Store.open(root).uuid)
        paths.config_file().parent.mkdir(parents=True, exist_ok=True)
        paths.config_file().write_text('theme = "dark"\n')
        before = kept.read_bytes() if kept.exists() else None
        with serving(root, "--read-only") as server:
            async with session(server) as app:
                await app.wait_for(lambda text: "tall-oak" in text)
                await app.press("/nothing-is-called-so\r")
                await app.wait_for(lambda text: "0 of 2 runs" in text)
                await app.press("\x1bOQ")
                await app.wait_for(lambda text: "high-contrast" in text)
                await app.press("light\r")
                await app.wait_for(lambda text: "high-contrast" not in text)
                await app.press("q")
                while not app.socket.closed:
                    await app.socket.receive(timeout=30)
        assert paths.config_file().read_text() == 'theme = "dark"\n'
        assert (kept.read_bytes() if kept.exists() else None) == before


def test_a_place_without_runs_and_a_port_that_is_taken_are_told_in_a_line(
    served: Serving, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, said in (
        ([str(tmp_path / "nowhere")], "nowhere"),
        ([str(root), "--port", served.origin.rpartition(":")[2]], "--port 0 takes any free one"),
    ):
        with pytest.raises(SystemExit):
            main(["serve", *arguments])
        told = capsys.readouterr().err
        assert said in told
        assert told.count("\n") == 1
