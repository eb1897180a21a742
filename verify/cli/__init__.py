"""Commands that need torch. They import it when they run, so that listing the commands stays quick."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from warnings import catch_warnings, filterwarnings

from calc.errors import OpError, Problem, SpecError
from calc.extras import install_hint
from calc.model.graph import Graph
from calc.spec.options import positive
from verify.errors import VerifyError
from verify.quantise import QuantiseError


def require_torch(command: str) -> None:
    """Raise OpError naming the extra to install where torch is missing. To be called before torch is imported."""
    if find_spec("torch") is None:
        raise OpError(f"calc {command} runs the network in PyTorch, which is not installed", HINT)
    # OpenMP's threads otherwise wait by spinning, which on cores that others use too is 7 times slower; read at import
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def require_torchvision(command: str) -> None:
    """As ``require_torch``, for what compares with torchvision's networks."""
    if find_spec("torchvision") is None:
        raise OpError(f"calc {command} compares with torchvision, which is not installed", HINT)


def require_images(command: str) -> None:
    """Raise OpError if torchvision, or Pillow, which it brings, is missing. To be called before verify.data."""
    if find_spec("torchvision") is None or find_spec("PIL") is None:
        raise OpError(f"calc {command} reads images with torchvision, which is not installed", HINT)


def threads_of(text: str | None) -> int | None:
    """``--threads`` as a number; None is torch's own choice. Raises OpError for what is no number of them."""
    threads = None if text is None else positive("--threads", text)
    if threads is not None and threads > MOST_THREADS:
        raise OpError(f"--threads {threads}: at most {MOST_THREADS}", f"this machine has {os.cpu_count()} CPUs")
    return threads


def set_threads(threads: int | None) -> None:
    """Give torch so many threads; None is its own choice."""
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


MOST_THREADS = 256
"""More than that end in a crash of torch before they end in an error."""
HINT = install_hint("verify")


@contextmanager
def as_bad_option(graph: Graph | None = None) -> Iterator[None]:
    """Within it, what is refused of an option or its file ends as a message and exit code 2. Loads no torch.

    The message has the place of the layer that it is about where ``graph`` is given.
    """
    try:
        with catch_warnings():
            filterwarnings("ignore", module="PIL")  # what matters of a picture ends in a message of our own
            yield
    except QuantiseError as error:
        raise OpError(error.fact, error.hint) from None
    except VerifyError as error:
        raise _located(graph, error.layer, error.fact, error.hint) from None


@contextmanager
def as_bad_input(graph: Graph | None = None) -> Iterator[None]:
    """As ``as_bad_option``, also for what cannot be measured and for what does not fit into memory. Loads torch."""
    from verify.measure import MeasureError
    from verify.measure.errors import ran_out_of_memory

    try:
        with as_bad_option(graph):
            yield
    except MeasureError as error:
        raise _located(graph, error.layer, error.fact) from None
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and not ran_out_of_memory(error):
            raise
        raise OpError(f"out of memory: {str(error).splitlines()[0] if str(error) else 'torch says no more'}") from None


def _located(graph: Graph | None, layer: str, fact: str, hint: str = "") -> Exception:
    for node in graph.nodes if graph else ():
        if node.name == layer:
            return SpecError([Problem(node.origin, fact, hint, layer, node.op.word)])
    return OpError(f"{layer}: {fact}" if layer else fact, hint)
