"""The web server on 127.0.0.1, which runs until the user presses Ctrl-C."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from calc.editor.app import Editor
from calc.editor.specs import StartingText
from calc.errors import OpError

USUAL_PORT = 8127
_OTHER_PORTS = 20
"""The number of further ports that are tried if the user did not choose one."""
_MOST_CONNECTIONS = 256
HEAD_SECONDS = 5
"""The time limit for sending the head of a request on an idle connection. A browser sends it at once."""


class Connection(H11Protocol):
    """A connection that is closed if it stays idle too long, so that nobody can keep connections open for nothing."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        self._wait()
        super().on_response_complete()  # may begin with the next request, if it has arrived already

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._end_if_nothing_is_asked)

    def _end_if_nothing_is_asked(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering:
            self.transport.close()


class Server(uvicorn.Server):
    """A server that calls a function when it is ready."""

    def __init__(self, editor: Editor, ready: Callable[[str], None]) -> None:
        super().__init__(
            uvicorn.Config(
                editor.application(), access_log=False, log_level="critical", lifespan="on", ws="none", http=Connection,
                server_header=False, date_header=False, limit_concurrency=_MOST_CONNECTIONS, timeout_keep_alive=5,
                timeout_graceful_shutdown=1, proxy_headers=False,
            )
        )  # fmt: skip
        self._ready = ready
        self._address = editor.address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready(self._address)


def serve(texts: Sequence[StartingText], port: int | None, ready: Callable[[str], None]) -> None:
    """Serve ``texts`` and the current folder at ``port``, or by default at the first free port from the usual one on.

    ``ready`` is called with the address. The server ends at Ctrl-C. Raises OpError if the port cannot be opened.
    """
    with _listening(port) as listening:
        editor = Editor(texts, Path.cwd(), listening.getsockname()[1])
        try:
            Server(editor, ready).run([listening])
        except KeyboardInterrupt:  # the usual end
            return


def _listening(port: int | None) -> socket.socket:
    tried = [port] if port is not None else [*range(USUAL_PORT, USUAL_PORT + _OTHER_PORTS), 0]
    for number in tried:
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind(("127.0.0.1", number))
            found.listen(128)
        except OSError as error:
            found.close()
            said = error.strerror or str(error)
            continue
        return found
    raise OpError(f"--port {port}: {said}", "leave it out for a free one")
