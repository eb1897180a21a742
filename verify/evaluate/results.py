"""Keeps finished configurations on disk, one JSON object per line, so that none is measured twice."""

import base64
import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc import writing
from calc.model.graph import Graph
from verify.errors import VerifyError
from verify.evaluate.configuration import HALVES, EvaluatedBits
from verify.evaluate.measured import Evaluated, Score
from verify.files import read_file

if TYPE_CHECKING:
    from verify.evaluate.evaluate import Evaluator

MAX_BYTES = 2**28
"""The largest results file: thousands of configurations of a hundred thousand images."""
_PIECE = 2**20


class Results:
    """The results file at ``path``. Lines are appended and flushed to disk, each with a checksum.

    A line that was cut off by a crash, or changed, is ignored, and its number is added to ``passed_over``. Raises
    VerifyError if the file cannot be read or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Evaluated] = {}
        self.passed_over: list[int] = []
        try:
            # a device such as /dev/null keeps nothing
            there = path.exists() and not path.is_char_device()
            text = read_file(path, MAX_BYTES).decode("utf-8", "replace") if there else ""
        except OSError as error:
            raise VerifyError(f"{path}: cannot be read: {error.strerror or error}") from None
        self.unfinished_line = bool(text) and not text.endswith("\n")
        for number, line in enumerate(text.split("\n")[:-1], 1):
            try:
                record = json.loads(line)
                if record.pop("checksum", None) != _checksum(record):
                    raise ValueError("its checksum does not match")
                self.found[record["key"]] = _measured(record)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                if line.startswith('{"key"'):
                    self.passed_over.append(number)
                    continue
                raise VerifyError(
                    f"{path}:{number}: not a result of calc evaluate: {error}", "name another file"
                ) from None

    def of(self, keys: Collection[str]) -> str:
        """Return a sentence that says how many of ``keys`` are kept, and where."""
        wanted = set(keys)
        return f"{len(wanted & self.found.keys())} of {len(wanted)} configurations are kept in {self.path}"

    def keep(self, key: str, measured: Evaluated) -> None:
        """Append ``measured`` to the file. Raises OpError if it cannot be written."""
        record = {"key": key} | _record(measured)
        line = json.dumps(record | {"checksum": _checksum(record)}) + "\n"
        writing.append(self.path, (("\n" if self.unfinished_line else "") + line).encode())
        self.unfinished_line = False
        self.found[key] = measured


def result_key(configuration: EvaluatedBits, evaluator: "Evaluator", weights: str) -> str:
    """Return a digest of all that a result depends on: layers, bits, weights, images, preprocessing, rounding."""
    facts: dict[str, Any] = {
        "layers": layers_digest(configuration.analysis.graph),
        "bits": (_formats(configuration), configuration.layer_bits),
        "weights": _digest(Path(weights)),
        "images": (evaluator.images.identity, list(evaluator.indices), evaluator.skip_bad),
        "preprocess": evaluator.preprocess,
        "quantisation": vars(evaluator.quantisation),
    }
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]


def _formats(configuration: EvaluatedBits) -> bool | tuple[object, ...]:
    """Return the formats for the key: whether weights are float16 or which are, then bfloat16 and other formats."""
    formats = configuration.formats
    half = tuple([name for name, stored in formats.items() if stored == "fp16"])
    bfloat16 = tuple([name for name, stored in formats.items() if stored == "bf16"])
    others = {name: stored for name, stored in formats.items() if stored not in HALVES} | configuration.part_formats
    some = half if 0 < len(half) < len(configuration.layer_bits) else bool(half)
    if others:
        return (some, bfloat16, others)
    return (some, bfloat16) if bfloat16 else some


def layers_digest(graph: Graph) -> str:
    """Return a short digest that changes with any layer, its sizes or its inputs."""
    layers = [(node.name, node.op.word, repr(node.op), node.inputs, node.shape.sizes) for node in graph.nodes]
    return hashlib.sha256(json.dumps(layers).encode()).hexdigest()[:16]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _checksum(record: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()[:16]


def _record(measured: Evaluated) -> dict[str, Any]:
    score = measured.score
    return {
        "bits": measured.bits,
        "widths": measured.widths,
        "images": score.images,
        "hits": _packed(score.hits),
        "hits5": _packed(score.hits5),
        "loss": score.loss,
        "bitops": measured.bitops,
        "weight_bytes": measured.weight_bytes,
        "skipped": list(measured.skipped),
        "seconds": measured.seconds,
    }


def _measured(record: dict[str, Any]) -> Evaluated:
    count = record["images"]
    score = Score(_unpacked(record["hits"], count), _unpacked(record["hits5"], count), record["loss"])
    return Evaluated(
        record["bits"],
        record["widths"],
        score,
        record["bitops"],
        record["weight_bytes"],
        tuple(record["skipped"]),
        record["seconds"],
    )


def _packed(hits: tuple[bool, ...]) -> str:
    """Return the hits with one bit per image, as base64."""
    number = sum(1 << position for position, hit in enumerate(hits) if hit)
    return base64.b64encode(number.to_bytes((len(hits) + 7) // 8, "little")).decode()


def _unpacked(text: str, count: int) -> tuple[bool, ...]:
    number = int.from_bytes(base64.b64decode(text), "little")
    return tuple(bool(number >> position & 1) for position in range(count))
