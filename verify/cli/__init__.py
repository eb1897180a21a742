"""The commands that need torch. They import it when they run, so that the list of commands stays quick."""

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
    """Raise OpError with the extra to install if torch is missing. Call this before torch is imported."""
    if find_spec("torch") is None:
        raise OpError(f"calc {command} runs the network in PyTorch, which is not installed", HINT)
    # otherwise OpenMP's threads wait by spinning, which is 7 times slower on busy cores; OpenMP reads it at import
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def require_torchvision(command: str) -> None:
    """Raise OpError with the extra to install if torchvision, with which ``command`` compares, is missing."""
    if find_spec("torchvision") is None:
        raise OpError(f"calc {command} compares with torchvision, which is not installed", HINT)


def require_images(command: str) -> None:
    """Raise OpError if torchvision or Pillow, which it installs, is missing.

    Call this before importing verify.data.
    """
    if find_spec("torchvision") is None or find_spec("PIL") is None:
        raise OpError(f"calc {command} reads images with torchvision, which is not installed", HINT)


def threads_of(text: str | None) -> int | None:
    """Return ``--threads`` as a number; None leaves the choice to torch. Raises OpError for any other text."""
    threads = None if text is None else positive("--threads", text)
    if threads is not None and threads > MOST_THREADS:
        raise OpError(f"--threads {threads}: must be at most {MOST_THREADS}", f"this machine has {os.cpu_count()} CPUs")
    return threads


def set_threads(threads: int | None) -> None:
    """Set the number of torch's threads; None leaves the choice to torch."""
    import torch

    if threads is not None:
        torch.set_num_threads(threads)


MOST_THREADS = 256
"""The most threads that are accepted. With far more, torch crashes without an error."""
HINT = install_hint("verify")


@contextmanager
def as_bad_option(graph: Graph | None = None) -> Iterator[None]:
    """Convert errors of options and their files to messages with exit code 2 inside the ``with`` block. Loads no torch.

    If ``graph`` is given, a message about a layer has its place in the spec.
    """
    try:
        with catch_warnings():
            filterwarnings("ignore", module="PIL")  # the command has its own messages about pictures
            yield
    except QuantiseError as error:
        raise OpError(error.fact, error.hint) from None
    except VerifyError as error:
        raise _located(graph, error.layer, error.fact, error.hint) from None


@contextmanager
def as_bad_input(graph: Graph | None = None) -> Iterator[None]:
    """Like ``as_bad_option``, and also for networks that cannot be measured or do not fit in memory. Loads torch."""
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
        raise OpError(
            f"out of memory: {str(error).splitlines()[0] if str(error) else 'torch gives no details'}"
        ) from None


def _located(graph: Graph | None, layer: str, fact: str, hint: str = "") -> Exception:
    for node in graph.nodes if graph else ():
        if node.name == layer:
            return SpecError([Problem(node.origin, fact, hint, layer, node.op.word)])
    return OpError(f"{layer}: {fact}" if layer else fact, hint)
