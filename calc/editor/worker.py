"""The process that works on posted text. It reads a line of JSON and writes a line of JSON for each request.

It ends as soon as its standard input is closed, whatever it is doing, so that no worker outlives its server.
"""

import gc
import json
import os
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from calc.editor.confined import MEMORY_BYTES, allow_cpu_seconds, confine
from calc.errors import printable

MOST_BYTES = 64 * 2**20
"""The largest answer."""
NO_MEMORY = f"this needs more memory than the {MEMORY_BYTES // 2**30} GiB that it may have"
_WARMING = "name: warm\ninput: [3, 8, 8]\nlayers: [{conv2d: {out_channels: 2, kernel_size: 3}}, {relu: {}}]\n"


def main() -> None:
    """Answer requests in the folder ``sys.argv[1]``. Files in ``sys.argv[2]`` may be read too."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the output of a library is not an answer
    questions: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read, args=(sys.stdin.buffer, questions), daemon=True).start()
    os.chdir(sys.argv[1])
    gc.disable()  # it is called between answers instead
    from calc.editor.answers import answer

    confine([Path(sys.argv[1]), Path(sys.argv[2])])
    chosen = {"vary": [], "controls": {}, "layers": {}, "bits": "8", "deployed": False, "kv": "", "counter": ""}
    for do in ("counts", "page"):  # imports what the first answer would otherwise wait for
        answer({"do": do, "text": _WARMING, **chosen})
    gc.freeze()
    while True:
        answers.write(b"\n")  # ready
        answers.flush()
        gc.collect()
        asked = json.loads(questions.get())
        allow_cpu_seconds(asked["seconds"])
        answers.write(_said(asked))


def _read(lines: IO[bytes], questions: "SimpleQueue[bytes]") -> None:
    for line in lines:
        questions.put(line)
    os._exit(0)


def _said(asked: dict[str, Any]) -> bytes:
    from calc.editor.answers import answer

    try:
        said = json.dumps(answer(asked), ensure_ascii=False, allow_nan=False).encode()
        if len(said) > MOST_BYTES:
            return _failed(f"the answer would have {len(said):,} bytes; at most {MOST_BYTES:,}")
        return said
    except MemoryError:
        return _failed(NO_MEMORY)
    except Exception as error:  # a fault of calc is reported too, and the page remains
        return _failed(f"calc failed on this, which is a fault of calc: {type(error).__name__}: {error}"[:500])


def _failed(why: str) -> bytes:
    return json.dumps({"failed": printable(why)}).encode()


if __name__ == "__main__":
    main()
