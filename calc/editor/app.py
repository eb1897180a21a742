"""The server as an ASGI application: it serves the page and answers its script, if the gate permits the request."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex, token_urlsafe
from tempfile import TemporaryDirectory

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from calc.editor.gate import refusal
from calc.editor.page import STATIC, editor_html
from calc.editor.requests import MOST_ASKED_BYTES, MOST_UPLOADED_BYTES, BadRequest, question, uploaded_name
from calc.editor.specs import StartingText, packaged_text
from calc.editor.workers import Busy, Worker
from calc.spec.shelf import packaged

COUNT_SECONDS = 5
"""The time limit for counts while the user types."""
LONG_SECONDS = 60
"""The time limit for the programs of the page, an import or a download."""
_READ_SECONDS = 60
"""The time limit for receiving the body of a request."""


class Editor:
    """One run of ``calc serve``, with its token, its texts and three workers.

    One worker answers after every key, one computes the programs of the page, and one handles files. So a quick request
    never waits for a slow one.
    """

    def __init__(self, texts: Sequence[StartingText], folder: Path, port: int, token: str | None = None) -> None:
        self.texts = texts
        self.port = port
        self.token = token or token_urlsafe(32)
        self._uploads = TemporaryDirectory(prefix="calc-serve-")
        uploads = Path(self._uploads.name)
        self._counts = Worker(folder, uploads, COUNT_SECONDS)
        self._programs = Worker(folder, uploads, LONG_SECONDS)
        self._files = Worker(folder, uploads, LONG_SECONDS)
        self._workers = {"counts": self._counts, "page": self._programs, "download": self._files}

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    def application(self) -> ASGIApp:
        """Return the whole application behind the gate."""
        home = f"/{self.token}"
        routes = [
            Route(f"{home}/", self._page, methods=["GET"]),
            Route(f"{home}/static/{{name}}", self._static, methods=["GET"]),
            Route(f"{home}/packaged/{{name}}", self._packaged, methods=["GET"]),
            Route(f"{home}/import/{{name:path}}", self._import, methods=["POST"]),
            *[Route(f"{home}/{do}", self._ask, methods=["POST"]) for do in self._workers],
        ]
        inner = Starlette(routes=routes, lifespan=lambda _: self.lifespan(), exception_handlers=_HANDLERS)
        return Gate(inner, self.token, self.port)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """A context in which the workers run. The worker for files starts with its first request."""
        self._counts.start()
        self._programs.start()
        try:
            yield
        finally:
            await self.end()

    async def end(self) -> None:
        """End the workers and delete the uploaded files."""
        for worker in self._workers.values():
            await worker.end()
        self._uploads.cleanup()

    async def _page(self, request: Request) -> Response:
        nonce = token_hex(16)
        html = editor_html(self.texts, list(packaged()), nonce)
        return Response(html, media_type="text/html", headers={"content-security-policy": _policy(nonce)})

    async def _static(self, request: Request) -> Response:
        found = STATIC.get(request.path_params["name"])
        if found is None:
            return PlainTextResponse("there is no such file", 404)
        return Response(found.path.read_bytes(), media_type=found.media_type)

    async def _packaged(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in packaged():
            return PlainTextResponse("there is no such packaged spec", 404)
        return PlainTextResponse(packaged_text(name))

    async def _ask(self, request: Request) -> Response:
        do = request.url.path.rpartition("/")[2]
        asked = question(do, await _body(request, MOST_ASKED_BYTES))
        return await _answered(request, self._workers[do], asked)

    async def _import(self, request: Request) -> Response:
        name = uploaded_name(request.path_params["name"])
        sizes = request.query_params.get("sizes", "")[:1000].split()
        with TemporaryDirectory(dir=self._uploads.name) as folder:
            with (Path(folder) / name).open("wb") as file:
                async for piece in _pieces(request, MOST_UPLOADED_BYTES):
                    await asyncio.to_thread(file.write, piece)
            asked = {"do": "import", "folder": folder, "file": name, "sizes": sizes}
            return await _answered(request, self._files, asked)


class Gate:
    """Answers only the requests that ``calc.editor.gate`` permits, and adds headers that isolate the page."""

    def __init__(self, inner: ASGIApp, token: str, port: int) -> None:
        self._inner = inner
        self._token = token
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        is_answered = False

        async def with_headers(message: Message) -> None:
            nonlocal is_answered
            is_answered = True
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] += [pair for pair in _HEADERS if pair[0] not in given]
            await send(message)

        found = refusal(scope["method"], scope["path"], scope["headers"], self._token, self._port)
        answer = self._inner if found is None else PlainTextResponse(found.why, found.status)
        try:
            await answer(scope, receive, with_headers)
        except asyncio.CancelledError:  # the server ends
            if is_answered:
                raise
            await PlainTextResponse("calc serve ends", 503)(scope, receive, with_headers)


def _policy(nonce: str) -> str:
    """Return the security policy of the page, which may load its own scripts and styles, and styles of the editor."""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


_HEADERS = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]


async def _refused(_: Request, error: Exception) -> Response:
    if isinstance(error, BadRequest):
        return PlainTextResponse(str(error), 400)
    if isinstance(error, Busy):
        return PlainTextResponse("too many requests at once", 503)
    return PlainTextResponse("the request was incomplete", 408)


_HANDLERS = dict.fromkeys((BadRequest, Busy, ClientDisconnect, asyncio.TimeoutError), _refused)


async def _answered(request: Request, worker: Worker, asked: Mapping[str, object]) -> Response:
    """Return the answer of the worker. Raises ClientDisconnect if the client has gone, and frees the worker."""
    answer = asyncio.ensure_future(worker.ask(asked))
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return Response(answer.result(), media_type="application/json")
    finally:
        gone.cancel()
        answer.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    """Wait until the client has disconnected."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _body(request: Request, most: int) -> bytes:
    return b"".join([piece async for piece in _pieces(request, most)])


async def _pieces(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield the body in pieces.

    Raises BadRequest if it exceeds ``most`` bytes, and TimeoutError if it takes too long.
    """
    stream, size = request.stream(), 0
    until = asyncio.get_running_loop().time() + _READ_SECONDS
    while True:
        left = until - asyncio.get_running_loop().time()
        try:
            piece = await asyncio.wait_for(anext(stream), left)
        except StopAsyncIteration:
            return
        size += len(piece)
        if size > most:
            raise BadRequest(f"more than {most:,} bytes")
        yield piece
