"""Asks an ASGI application without a network, and tells what it answered."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

from calc.editor.app import Editor
from calc.editor.specs import StartingText

PORT = 8127
TOKEN = "token-of-this-test"
SMALL = "name: n\ninput: [3, 8, 8]\nlayers:\n  - conv2d: {out_channels: 2, kernel_size: 3}\n"
CHOSEN: dict[str, Any] = {"controls": {}, "layers": {}, "bits": "8", "deployed": False}


class Answer(NamedTuple):
    """``headers`` by their names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Asking:
    """One server and who asks it: a page of its own, unless headers say otherwise."""

    def __init__(self, folder: Path, texts: list[StartingText] | None = None) -> None:
        self.editor = Editor(texts or [StartingText("small", SMALL)], folder, PORT, TOKEN)
        self.application = self.editor.application()

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, b"", {"host": f"127.0.0.1:{PORT}", **headers})

    async def post(self, path: str, body: Any, gone: asyncio.Event | None = None, **headers: str) -> Answer:
        """``gone``: who asks waits no longer once it is set."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        usual = {"host": f"127.0.0.1:{PORT}", "origin": f"http://127.0.0.1:{PORT}", "sec-fetch-site": "same-origin"}
        return await self.ask("POST", path, data, usual | headers, gone)

    async def counts(self, text: str, **chosen: Any) -> Any:
        return (await self.post(f"/{TOKEN}/counts", {"text": text, **CHOSEN, **chosen})).json

    async def ask(
        self, method: str, path: str, body: bytes, headers: dict[str, str], gone: asyncio.Event | None = None
    ) -> Answer:
        """``headers`` without a value are left out; an underscore in a name stands for a dash."""
        given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items() if value]
        route, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": route, "raw_path": route.encode(), "query_string": query.encode(), "headers": given,
        }  # fmt: skip
        pieces = [body[at : at + 65536] for at in range(0, len(body), 65536)] or [b""]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not pieces:
                await (gone or asyncio.Event()).wait()
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], found, b"".join([each.get("body", b"") for each in sent[1:]]))


def session(folder: Path, talk: Callable[[Asking], Awaitable[None]], texts: list[StartingText] | None = None) -> None:
    """``talk`` with a server in ``folder``, whose workers start when they are asked."""

    async def run() -> None:
        asking = Asking(folder, texts)
        try:
            await talk(asking)
        finally:
            await asking.editor.end()

    asyncio.run(run())
