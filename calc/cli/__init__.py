"""The command line: ``calc run``, ``calc specs``, ``calc ops``. One command a file, imported when it is used."""

import gc
import sys

YOUNG_OBJECTS = 50_000
"""Python's collector looks at them when they are so many, not at each 700: `calc run` of 50,000 layers 7.4 → 4.4 s."""


def main() -> None:
    """Run ``sys.argv`` and exit: 0 fine, 1 a check failed, 2 bad input or usage, 130 interrupted."""
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    try:
        from calc.cli.commands import application
        from calc.cli.streams import drop, replace_closed
        from calc.errors import OpError, Problem, SpecError

        replace_closed()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # absent where a caller has put a stream of its own
                stream.reconfigure(errors="backslashreplace")
        try:
            application()(prog_name="calc")
        except SpecError as error:
            _fail(str(error))
        except OpError as error:
            _fail(str(Problem(None, error.fact, error.hint)))
        except OSError as error:  # of what typer prints by itself, such as the help
            drop(sys.stdout)
            _fail(f"{error.filename or 'standard output: cannot be written'}: {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(message: str) -> None:
    try:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
    except OSError:  # there is nobody to tell
        from calc.cli.streams import drop

        drop(sys.stderr)
    sys.exit(2)
