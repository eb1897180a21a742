"""Tells the user what remains after Ctrl-C."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_interrupt(say: Callable[[], str]) -> Iterator[None]:
    """A context in which an interrupt writes the text of ``say``: what is kept, and how to continue."""
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted: {say()}\n")
        raise
