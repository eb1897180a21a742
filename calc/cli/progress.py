"""Shows progress on standard error: a bar with a rate, or the current step. Without a terminal it shows nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(what: str, total: int, done: int, unit: str) -> Iterator[Callable[[int], None]]:
    """A context with a function that is called with the number done since the last call. ``done`` were done before."""
    if not sys.stderr.isatty():
        yield lambda more: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining
    from rich.text import Text

    class Speed(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text("" if not task.speed else f"{task.speed:,.0f} {unit}/s", style="dim")

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), Speed(), Remaining())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total, completed=done)
        yield lambda more: bar.advance(task, more)


@contextmanager
def steps(what: str) -> Iterator[Callable[[str], None]]:
    """A context with a function that is called with the name of each step of the work on ``what``."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("") as status:
        yield lambda step: status.update(f"{step} {escape(what)}")
