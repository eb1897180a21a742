"""``calc serve`` as a process: what it prints, whom it answers over a socket, and that it leaves nothing behind."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

pytest.importorskip("starlette", reason="needs the extra page")
pytest.importorskip("uvicorn", reason="needs the extra page")
from tests.calc.editor.asking import CHOSEN, SMALL
from tests.calc.editor.test_workers import is_there, wait_until

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc, to see processes")


class Running(NamedTuple):
    """A server: its process, and the parts of the address that it printed."""

    process: subprocess.Popen[str]
    port: int
    home: str

    def post(self, path: str, body: object) -> tuple[int, bytes]:
        """Ask it as its page does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Origin": f"http://127.0.0.1:{self.port}"}
        connection.request("POST", self.home + path, json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def workers(self) -> list[int]:
        """The processes that it started."""
        return [each for each in map(int, filter(str.isdigit, os.listdir("/proc"))) if parent(each) == self.process.pid]


def parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError):
        return 0


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "calc", "serve", "--no-browser", *options]
    (folder / "temporary").mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "TMPDIR": str(folder / "temporary")}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            address = urlsplit(process.stdout.readline().strip())
            assert address.hostname == "127.0.0.1"
            assert address.port is not None
            assert len(address.path) > 40  # the token
            yield Running(process, address.port, address.path)
        finally:
            process.terminate()
            try:
                process.communicate(timeout=30)
            finally:
                process.kill()
            assert os.listdir(folder / "temporary") == []


def ended(server: Running, by: signal.Signals) -> tuple[int, str, str]:
    """What it leaves when it is told to end: the exit code and what it says; no process and no port."""
    wait_until(lambda: len(server.workers()) == 2)
    workers = server.workers()
    server.process.send_signal(by)
    out, err = server.process.communicate(timeout=30)
    wait_until(lambda: not any(map(is_there, workers)))
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", server.port))
    return server.process.returncode, out, err


def test_ctrl_c_ends_it_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(SMALL, "utf-8")
    with running(tmp_path, "net.yaml") as server:
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: server.post("counts", {"text": SMALL, **CHOSEN}), range(50)))
        assert {status for status, _ in answers} == {200}
        assert all(json.loads(body)["name"] == "n" for _, body in answers)
        code, out, err = ended(server, signal.SIGINT)
        assert (code, out.splitlines()[-1], err) == (0, "ended", "")


def test_neither_work_nor_a_silent_caller_holds_it_up(tmp_path: Path) -> None:
    heavy = SMALL + "  - relu: {}\n" * 60_000
    with running(tmp_path) as server, ThreadPoolExecutor(1) as pool, socket.socket() as silent:
        silent.connect(("127.0.0.1", server.port))
        silent.sendall(b"POST / HTTP/1.1\r\nContent-Le")
        pool.submit(lambda: server.post("page", {"text": heavy}))
        code, _, err = ended(server, signal.SIGINT)
        assert (code, err) == (0, "")


def test_connections_that_ask_nothing_do_not_keep_others_out(tmp_path: Path) -> None:
    with running(tmp_path) as server, ExitStack() as opened:
        held = [opened.enter_context(socket.create_connection(("127.0.0.1", server.port))) for _ in range(256)]
        answered = held.pop()
        answered.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1")  # a body that never comes whole
        for number, each in enumerate(held):
            each.sendall(b"POST / HTTP/1.1\r\nContent-Le"[: number % 28])
        for each in (answered, *held):
            each.settimeout(60)
            with suppress(ConnectionResetError):
                while each.recv(65536):
                    pass  # until the server has closed it
        assert server.post("counts", {"text": SMALL, **CHOSEN})[0] == 200


def test_it_listens_to_this_machine_alone_and_to_a_port_that_is_free(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        listening = Path("/proc/net/tcp").read_text().splitlines()
        assert [line for line in listening if f":{server.port:04X} 00000000:0000 0A" in line] == [
            line for line in listening if f" 0100007F:{server.port:04X} 00000000:0000 0A" in line
        ]
        taken = subprocess.run(
            [sys.executable, "-m", "calc", "serve", "--no-browser", "--port", str(server.port)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        )  # fmt: skip
        assert (taken.returncode, taken.stdout) == (2, "")
        assert taken.stderr.startswith(f"--port {server.port}: Address already in use")
        code, _, err = ended(server, signal.SIGTERM)
        assert (code, err) == (-signal.SIGTERM, "")
