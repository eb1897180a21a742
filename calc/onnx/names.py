"""Names for the layers of an ONNX network.

If the exporter wrote the names of modules into the file, a layer is called as its module. Otherwise it is called as its
node in the file.
"""

import re
from collections.abc import Iterable

from calc.importing.names import LayerNames
from calc.onnx.model import OnnxNode

_PARAMETER = re.compile(r"(.+)\.(weight|bias|gamma|beta|running_mean|running_var)")
_STEM = re.compile(r"(.+?)[._](?:w|b|s|weight|bias|kernel)(?:_\d+)?")
"""Other forms of tensor names, such as those of Caffe2: conv1_w_0."""
_SAYS_NOTHING = re.compile(r"[A-Za-z]?\d*")
_MADE_UP = ("onnx::", "val_", "const")
"""Prefixes of tensor names that an exporter made up with a number."""
_INLINED = re.compile(r".*Inline_+\d+__/*")
"""A prefix that tools add to the names of nodes when they expand functions."""
_WRITTEN_OUT = ("Constant", "Shape", "Cast", "CastLike", "Identity", "QuantizeLinear", "DequantizeLinear", "Quant")
"""Ops whose nodes are not layers. They are ignored when the layers of a module are counted."""
MOST_CHARACTERS = 160


class NodeNames:
    """Gives names to the layers that ``nodes`` become.

    If a module holds one of ``tensors``, the layer with this tensor gets its name. If a module runs a single op, the
    layer of this op gets it. Further layers of the module get a suffix such as ``fc1_reshape``. A suffix after a dot
    would make them layers inside the first one.
    """

    def __init__(self, nodes: Iterable[OnnxNode], tensors: Iterable[str] = ()) -> None:
        self.layers = LayerNames()
        holding = {name.rpartition(".")[0] for name in tensors} - {""}
        self._alone = _modules_of_one(nodes) - holding
        self._of_layers = self._alone | holding

    def of(self, node: OnnxNode, word: str, parameter: str = "") -> str:
        """Return a name for a layer ``word`` of ``node``.

        ``parameter`` is the name of its first tensor, if it has one.
        """
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
        """Return a name for one of several layers that ``node`` becomes."""
        scope, rest = scope_of(node)
        return self.layers.free(_short(f"{rest}_{word}" if rest else f"{self._begins(scope)}{word}"))

    def prefix(self, node: OnnxNode) -> str:
        """Return the prefix for further layers of ``node``: its module and a dot, if the file names the module."""
        return self._begins(_short(scope_of(node)[0]))

    def _begins(self, scope: str) -> str:
        return f"{scope}_" if scope in self._of_layers else f"{scope}." if scope else ""

    def of_tensor(self, name: str, node: OnnxNode) -> str:
        """Return a name for the tensor ``name`` of the file, which ``node`` reads."""
        if is_made_up(name):
            return self.beside(node, "constant")
        return self.layers.claim(_short(name if _PARAMETER.fullmatch(name) or node.scope is not None else _flat(name)))


def is_made_up(name: str) -> bool:
    """Return whether an exporter made up the name of a tensor, because the network has none for it."""
    return not name or name.isdigit() or name.startswith(_MADE_UP) or name.endswith("_output_0")


def scope_of(node: OnnxNode) -> tuple[str, str]:
    """Return the module that ``node`` belongs to, and an empty text.

    If the file does not name it, the module is empty and the second text is the name of the node.
    """
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
    """Return ``name`` as one part, for a name whose slashes and dots do not separate modules."""
    return re.sub(r"[/.:]+", "_", name).strip("_") or "_"


def module_path(parts: list[str]) -> str:
    """Return the path of nested modules: ``layer1``, ``layer1.0``, ``conv1`` become ``layer1.0.conv1``.

    Some exporters repeat the whole path in the name of an inner module.
    """
    found: list[str] = []
    for part in parts:
        if found and part.startswith(f"{found[-1]}."):
            found[-1] = part
        else:
            found.append(part)
    return ".".join(found)


def _modules_of_one(nodes: Iterable[OnnxNode]) -> set[str]:
    """Return the modules that run a single op and contain no other module, so that the layer gets their name."""
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
    """Return the end of a long name, which is its most specific part."""
    return name if len(name) <= MOST_CHARACTERS else name[-MOST_CHARACTERS:].strip("._-/ ")
