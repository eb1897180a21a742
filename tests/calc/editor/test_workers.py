"""Workers: warm, bounded, replaced; none outlives whoever started it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from calc.editor.workers import MOST_WAITING, Busy, Worker

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX")
SMALL = "name: n\ninput: [3, 8, 8]\nlayers:\n  - conv2d: {out_channels: 2, kernel_size: 3}\n"
CONTROLS: dict[str, Any] = {"controls": {}, "layers": {}, "bits": "8", "deployed": False, "kv": "", "counter": ""}


def counts(text: str, **others: Any) -> dict[str, Any]:
    return {"do": "counts", "text": text, **CONTROLS, **others}


def within(folder: Path, seconds: int, talk: Callable[[Worker], Awaitable[None]]) -> None:
    """``talk`` with a worker in ``folder``, of which nothing is left behind."""

    async def session() -> None:
        (folder / "uploads").mkdir()
        worker = Worker(folder, folder / "uploads", seconds)
        worker.start()
        try:
            await talk(worker)
        finally:
            await worker.end()

    asyncio.run(session())


async def said(worker: Worker, question: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await worker.ask(question))
    return found


def process_of(worker: Worker) -> int:
    assert worker._process is not None
    return worker._process.pid


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_one_process_answers_all_in_turn(tmp_path: Path) -> None:
    async def talk(worker: Worker) -> None:
        first = await said(worker, counts(SMALL))
        assert first["name"] == "n"
        process = process_of(worker)
        wrong = await said(worker, counts(SMALL.replace("kernel_size", "kernel")))
        assert (4, 31) in [(problem["line"], problem["column"]) for problem in wrong["problems"]]
        assert all("<editor>" not in problem["said"] for problem in wrong["problems"])
        texts = [SMALL.replace("n\n", f"n{number}\n", 1) for number in range(MOST_WAITING)]
        found = await asyncio.gather(*[said(worker, counts(text)) for text in texts])
        assert [each["name"] for each in found] == [f"n{number}" for number in range(MOST_WAITING)]
        waiting = [asyncio.ensure_future(worker.ask(counts(SMALL))) for _ in texts]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await worker.ask(counts(SMALL))
        await asyncio.gather(*waiting)
        assert process_of(worker) == process
        await worker.end()
        assert not is_there(process)

    within(tmp_path, 60, talk)


def test_one_that_takes_too_long_is_ended_and_replaced(tmp_path: Path) -> None:
    async def talk(worker: Worker) -> None:
        await said(worker, counts(SMALL))
        process = process_of(worker)
        os.kill(process, signal.SIGSTOP)  # what hangs
        worker.seconds = 2
        assert await said(worker, counts(SMALL)) == {"failed": "this takes more than the limit of 2 seconds"}
        assert not is_there(process)
        worker.seconds = 60
        assert (await said(worker, counts(SMALL)))["name"] == "n"
        os.kill(process_of(worker), signal.SIGKILL)  # what the system ends, as it does where time or memory is short
        assert "failed" in await said(worker, counts(SMALL))
        assert (await said(worker, counts(SMALL)))["name"] == "n"

    within(tmp_path, 60, talk)


def test_its_end_waits_for_a_process_that_somebody_else_ends(tmp_path: Path) -> None:
    async def talk(worker: Worker) -> None:
        await said(worker, counts(SMALL))
        process = process_of(worker)
        os.kill(process, signal.SIGSTOP)
        asked = asyncio.ensure_future(worker.ask(counts(SMALL)))
        await asyncio.sleep(0.01)
        asked.cancel()  # as a server does with those who are not answered when it ends
        while worker._process is not None:
            await asyncio.sleep(0)
        await worker.end()
        assert not is_there(process)

    within(tmp_path, 60, talk)


@pytest.mark.parametrize("turns", range(0, 24, 4))
def test_its_end_waits_for_a_process_that_is_being_started(
    tmp_path: Path, turns: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def talk(_: Worker) -> None:
        for _turn in range(turns):
            await asyncio.sleep(0.001)

    within(tmp_path, 60, talk)
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def test_what_answers_is_confined(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "base.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "out.yaml").write_text(SMALL, "utf-8")
    (tmp_path / "in" / "link.yaml").symlink_to(tmp_path / "out.yaml")
    (tmp_path / "in" / "rules.yaml").write_text("default: 4\n", "utf-8")
    (tmp_path / "in" / "json.py").write_text("raise SystemExit('code of the folder ran')\n", "utf-8")
    extends = "name: e\nextends: {}\n"

    async def talk(worker: Worker) -> None:
        assert (await said(worker, counts(extends.format("base.yaml"))))["name"] == "e"
        assert (await said(worker, counts(extends.format("resnet18"))))["name"] == "e"
        for refused in ("../out.yaml", str(tmp_path / "out.yaml"), "link.yaml", "link", "/etc/passwd", "timm/resnet18"):
            for text in (extends.format(refused), f"{SMALL}uses: {{Other: {refused}}}\n"):
                assert "problems" in await said(worker, counts(text)), text
        for policy in ("rules.yaml", "../out.yaml", "/etc/passwd", "rules.yaml:paper"):
            assert "is not the name of a policy" in (await said(worker, counts(SMALL, bits=policy)))["dropped"][0]

    within(tmp_path / "in", 60, talk)


_ESCAPES = """
import os, subprocess, socket, sys
from pathlib import Path
sys.argv[1:] = [{folder!r}, {folder!r}]
from calc.editor.confined import confine
confine([Path({folder!r})])
tries = [
    lambda: open({outside!r}), lambda: open({outside!r}, "w"), lambda: open({inside!r}, "a"), lambda: os.listdir("/"),
    lambda: subprocess.run(["true"]), lambda: os.system("true"), lambda: socket.socket(), lambda: os.fork(),
    lambda: os.remove({inside!r}), lambda: os.rename({inside!r}, {inside!r} + "2"), lambda: open({link!r}),
    lambda: os.execv("/bin/true", ["true"]), lambda: bytearray(2**33),
]
for number, escape in enumerate(tries):
    try:
        escape()
    except (PermissionError, MemoryError):
        continue
    sys.exit(f"escape {{number}}")
sys.exit(0 if open({inside!r}).read() == "inside" else "cannot read inside")
"""


def test_the_second_lock_holds_where_code_does_run(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "file").write_text("inside", "utf-8")
    (tmp_path / "outside").write_text("outside", "utf-8")
    (folder / "link").symlink_to(tmp_path / "outside")
    program = _ESCAPES.format(
        folder=str(folder), outside=str(tmp_path / "outside"), inside=str(folder / "file"), link=str(folder / "link")
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


_PARENT = """
import asyncio, sys
from pathlib import Path
from calc.editor.workers import Worker

async def main():
    worker = Worker(Path(sys.argv[1]), Path(sys.argv[1]), 60)
    worker.start()
    await worker._starting
    print(worker._process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_no_worker_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_there(worker)
        parent.kill()
    wait_until(lambda: not is_there(worker))
