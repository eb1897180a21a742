"""A network's memory byte by byte: who wrote each last, so that nothing is read after it was written over."""

from collections.abc import Iterator

from calc.analysis import Analysis
from calc.memory import Plan, storage_bits
from calc.storages import storages
from calc.strides import contiguous


class Memory:
    """Bytes that say which tensor wrote them last; reading one that another has written over is an error."""

    def __init__(self, found: Analysis, plan: Plan) -> None:
        self.nodes = found.graph.nodes
        self.lifetimes = found.workload.lifetimes
        activation_bits = [given.bits.activation if given else 0 for given in found.assigned]
        self.bits = storage_bits(self.lifetimes, activation_bits)
        self.layout = storages(self.nodes)
        self.plan = plan
        self.sizes = found.storage_bytes
        self.bytes: dict[int, list[int | None]] = {}
        for index, size in enumerate(self.sizes):
            over = plan.written_over.get(index)
            self.bytes[index] = [None] * size if over is None else self.bytes[over]

    def run(self) -> None:
        for index, node in enumerate(self.nodes):
            if not node.inputs:
                self._write(index, range(self.sizes[index]))
            elif self.layout.made[index] == index:
                for read, written in self._turns(index):
                    for source, positions in read.items():
                        self._read(source, positions)
                    self._write(index, written)

    def _turns(self, index: int) -> Iterator[tuple[dict[int, set[int]], set[int]]]:
        """What is read, by input, and then written, turn after turn."""
        node = self.nodes[index]
        elements = node.shape.elements
        if index not in self.plan.written_over:
            everything = {source: self._places(source, range(self.nodes[source].shape.elements))
                          for source in node.inputs}  # fmt: skip
            yield everything, set(range(self.sizes[index]))
        elif node.op.word == "conv2d":
            for channel in range(2):
                read = self._channel(node.inputs[0], channel)
                yield {node.inputs[0]: read}, self._channel(index, channel)
        else:
            order = sorted(range(elements), key=lambda element: self._position(index, element))
            for at in range(0, elements, 8):
                turn = order[at : at + 8]
                yield {source: self._places(source, turn) for source in node.inputs}, self._places(index, turn)

    def _channel(self, index: int, channel: int) -> set[int]:
        half = self.nodes[index].shape.elements // 2
        return self._places(index, range(channel * half, (channel + 1) * half))

    def _position(self, index: int, element: int) -> int:
        """Where an element of a node's output stands in its storage."""
        sizes = self.nodes[index].shape.sizes
        strides = self.layout.scattered.get(index) or contiguous(sizes)
        position = self._start(index)
        for axis in reversed(range(len(sizes))):
            element, along = divmod(element, sizes[axis])
            position += along * strides[axis]
        return position

    def _start(self, index: int) -> int:
        """Where the first element of a view stands: a slice from 1 leaves a channel out."""
        node = self.nodes[index]
        if self.layout.made[index] == index:
            return 0
        before = node.inputs[0]
        strides = self.layout.scattered.get(before) or contiguous(self.nodes[before].shape.sizes)
        return self._start(before) + (strides[0] if node.op.word == "slice" else 0)

    def _places(self, index: int, elements: range | list[int]) -> set[int]:
        """The bytes in which elements of a node's output lie."""
        bits = self.bits[self.layout.made[index]]
        places = set()
        for element in elements:
            first = self._position(index, element) * bits
            places |= set(range(first // 8, (first + bits - 1) // 8 + 1))
        return places

    def _read(self, index: int, places: set[int]) -> None:
        made = self.layout.made[index]
        for place in places:
            assert self.bytes[made][place] == made, f"{self.nodes[index].name} is read after it was written over"

    def _write(self, index: int, places: range | set[int]) -> None:
        for place in places:
            self.bytes[index][place] = index
