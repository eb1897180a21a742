"""Shows progress on standard error: a bar with the rate in a terminal, and nothing in a pipe or for quick work."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter

WAIT = 1.0
"""The seconds of work after which a bar is shown."""


@contextmanager
def progress(what: str, total: int, unit: str = "images") -> Iterator[Callable[[int], None]]:
    """Give a function to call with the number of units done since the last call, and show a bar of ``total`` units."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    start, before = perf_counter(), 0
    advance: Callable[[int], None] | None = None
    with ExitStack() as shown:

        def tell(done: int) -> None:
            nonlocal advance, before
            if advance is not None:
                advance(done)
                return
            before += done
            if perf_counter() - start >= WAIT:
                advance = shown.enter_context(_bar(what, total, before, unit))

        yield tell


@contextmanager
def _bar(what: str, total: int, before: int, unit: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if not task.speed else f"{task.speed:.1f} {unit}/s", style="dim")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        Speed(),
        TimeRemainingColumn(),
    )
    # other output stays on its own stream, because rich would send standard output here too
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(what, total=total, completed=before)
        yield lambda done: bar.advance(task, done)
