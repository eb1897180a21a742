"""What the layers of an ONNX network are called: as the module that an exporter wrote them for, else as in the file."""

import re
from collections.abc import Iterable

from calc.importing.names import LayerNames
from calc.onnx.model import OnnxNode

_PARAMETER = re.compile(r"(.+)\.(weight|bias|gamma|beta|running_mean|running_var)")
_STEM = re.compile(r"(.+?)[._](?:w|b|s|weight|bias|kernel)(?:_\d+)?")
"""Other names of tensors, as of Caffe2: conv1_w_0."""
_SAYS_NOTHING = re.compile(r"[A-Za-z]?\d*")
_MADE_UP = ("onnx::", "val_", "const")
"""How names of tensors begin that an exporter gave out by number."""
_INLINED = re.compile(r".*Inline_+\d+__/*")
"""What a tool that writes functions out puts before the name of each node."""
_WRITTEN_OUT = ("Constant", "Shape", "Cast", "CastLike", "Identity", "QuantizeLinear", "DequantizeLinear", "Quant")
"""Ops of nodes that are not layers, for counting how many a module has."""
MOST_CHARACTERS = 160


class NodeNames:
    """Gives names to the layers that ``nodes`` become.

    A module that holds one of ``tensors``, or runs one op, gives its name to the layer that has it or is it. What else
    stands in it is called beside it, ``fc1_reshape``: a name that goes on after a layer's would be one inside it.
    """

    def __init__(self, nodes: Iterable[OnnxNode], tensors: Iterable[str] = ()) -> None:
        self.layers = LayerNames()
        holding = {name.rpartition(".")[0] for name in tensors} - {""}
        self._alone = _modules_of_one(nodes) - holding
        self._of_layers = self._alone | holding

    def of(self, node: OnnxNode, word: str, parameter: str = "") -> str:
        """A name for a layer ``word`` of ``node``, whose first tensor is called ``parameter`` if it has one."""
        parameter = _INLINED.sub("", parameter)
        module = _PARAMETER.fullmatch(parameter)
        if module and not parameter.startswith(_MADE_UP):
            return self.layers.claim(_short(module[1]))
        scope, rest = scope_of(node)
        if rest:
            stem = _STEM.fullmatch(parameter)
            return self.layers.free(_short(_flat(stem[1]) if stem and _SAYS_NOTHING.fullmatch(node.name) else rest))
        return self.layers.free(_short(scope if scope in self._alone else f"{self._begins(scope)}{word}"))

    def beside(self, node: OnnxNode, word: str) -> str:
        """A name for one of several layers that ``node`` becomes."""
        scope, rest = scope_of(node)
        return self.layers.free(_short(f"{rest}_{word}" if rest else f"{self._begins(scope)}{word}"))

    def prefix(self, node: OnnxNode) -> str:
        """What begins the names of layers beside ``node``: its module, with a dot, where it says one."""
        return self._begins(_short(scope_of(node)[0]))

    def _begins(self, scope: str) -> str:
        return f"{scope}_" if scope in self._of_layers else f"{scope}." if scope else ""

    def of_tensor(self, name: str, node: OnnxNode) -> str:
        """A name for a tensor that the file calls ``name`` and ``node`` reads."""
        if not name or name.startswith(_MADE_UP) or name.endswith("_output_0"):
            return self.beside(node, "constant")
        return self.layers.claim(_short(name if _PARAMETER.fullmatch(name) or node.scope is not None else _flat(name)))


def scope_of(node: OnnxNode) -> tuple[str, str]:
    """The module that ``node`` was written for; where its name says none, the name itself, as one of ours."""
    if node.scope is not None:
        return node.scope, ""
    name = _INLINED.sub("/", node.name) if _INLINED.match(node.name) else node.name
    parts = [part for part in name.split("/") if part]
    if parts and name.startswith("/") and re.fullmatch(rf"{re.escape(node.op)}(_\d+)?", parts[-1]):
        return module_path(parts[:-1]), ""
    if _SAYS_NOTHING.fullmatch(name):
        name = next(filter(None, node.outputs), "")
    return "", _flat(name)


def _flat(name: str) -> str:
    """A name whose slashes and dots say nothing of modules, as one part."""
    return re.sub(r"[/.:]+", "_", name).strip("_") or "_"


def module_path(parts: list[str]) -> str:
    """``layer1``, ``layer1.0``, ``conv1`` → ``layer1.0.conv1``: of modules inside modules some say the whole path."""
    found: list[str] = []
    for part in parts:
        if found and part.startswith(f"{found[-1]}."):
            found[-1] = part
        else:
            found.append(part)
    return ".".join(found)


def _modules_of_one(nodes: Iterable[OnnxNode]) -> set[str]:
    """The modules that run one op and hold no other module: such a layer is called as its module."""
    times: dict[str, int] = {}
    outer: set[str] = set()
    for node in nodes:
        scope, _ = scope_of(node)
        if not scope or node.op in _WRITTEN_OUT:
            continue
        times[scope] = times.get(scope, 0) + 1
        while "." in scope and scope.rpartition(".")[0] not in outer:
            scope = scope.rpartition(".")[0]
            outer.add(scope)
    return {scope for scope, count in times.items() if count == 1 and scope not in outer}


def _short(name: str) -> str:
    """The end of a long name, which says most."""
    return name if len(name) <= MOST_CHARACTERS else name[-MOST_CHARACTERS:].strip("._-/ ")
