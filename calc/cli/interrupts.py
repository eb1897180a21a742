"""What Ctrl-C leaves, in words."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_interrupt(say: Callable[[], str]) -> Iterator[None]:
    """Within it, an interrupt ends with what ``say`` gives on standard error: what is kept, and how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(f"interrupted: {say()}\n")
        raise
