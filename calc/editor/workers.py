"""Workers as the server uses them: each answers one request at a time, and one that takes too long is replaced."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from calc.editor.worker import MOST_BYTES

START_SECONDS = 60
MOST_WAITING = 64
"""The number of requests that may wait for one worker. Further ones are refused as busy."""
_PROGRAM = "import sys; sys.path[:] = sys.argv[3:]; from calc.editor.worker import main; main()"
"""The folder in which a worker runs is removed from the import path before anything is imported."""

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""By default, libraries reserve memory for one thread per core, and some machines have hundreds of cores."""


class Busy(Exception):  # noqa: N818  # it is not an error
    """Too many requests are waiting for another one to be answered soon."""


class Worker:
    """A process that answers requests about the files in ``folder`` and ``uploads``.

    If it ends, another one replaces it.
    """

    def __init__(self, folder: Path, uploads: Path, seconds: int) -> None:
        self.folder = folder
        self.uploads = uploads
        self.seconds = seconds
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._ended = False
        self._starting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the process in the background, if there is none."""
        self._starting = asyncio.ensure_future(self._start())

    async def ask(self, question: Mapping[str, Any]) -> bytes:
        """Return the answer in JSON. It has ``failed`` with the reason if there is no result. Raises Busy."""
        if self._waiting >= MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                return await self._answer(question)
        finally:
            self._waiting -= 1

    async def end(self) -> None:
        """End the process for good, and wait until pending starts and ends have finished."""
        self._ended = True
        await self._kill()
        async with self._turn:
            await self._kill()

    async def _start(self) -> None:
        async with self._turn:
            with suppress(OSError):  # the next request reports it
                await self._ready()

    async def _answer(self, question: Mapping[str, Any]) -> bytes:
        try:
            process = await self._ready()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps({**question, "seconds": self.seconds}).encode() + b"\n")
            await process.stdin.drain()
            line = await asyncio.wait_for(process.stdout.readline(), self.seconds)
            if line.endswith(b"\n"):
                return line
            failed = "the process ended while it worked on this, which needs too much time or memory"
        except asyncio.TimeoutError:
            failed = f"this takes more than the limit of {self.seconds} seconds"
        except (OSError, ValueError, asyncio.IncompleteReadError):
            failed = "the process that worked on this has ended"
        except asyncio.CancelledError:
            await self._kill()  # its answer could be mistaken for that of the next request
            if not self._ended:
                self.start()
            raise
        await self._kill()
        if not self._ended:
            self.start()
        return json.dumps({"failed": failed}).encode()

    async def _ready(self) -> asyncio.subprocess.Process:
        """Return the process, ready for a request. Raises OSError if it cannot be started."""
        process = self._process
        if process is not None and process.returncode is None:
            return process
        if self._ended:
            raise OSError("the server ends")
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _PROGRAM, str(self.folder), str(self.uploads), *_import_path(self.folder),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            limit=MOST_BYTES + 2, start_new_session=True, env={**os.environ, **_ONE_THREAD},
        )  # fmt: skip  # in its own session, so that Ctrl-C reaches only the server, which ends it
        assert process.stdout is not None
        if self._ended or await asyncio.wait_for(process.stdout.readline(), START_SECONDS) != b"\n":
            await self._kill()
            raise OSError("the worker did not start")
        return process

    async def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _import_path(folder: Path) -> list[str]:
    """Return the import path of a worker: that of this process without the folder, unless calc itself is in it."""
    home = Path(__file__).parents[2]
    return [place for place in sys.path if place and (Path(place).resolve() != folder.resolve() or folder == home)]
