"""The text of ``calc --version``: the version of calc, and those of the formats that programs read."""

SCHEMAS = (
    "calc.allocate/1",
    "calc.check/1",
    "calc.claims/1",
    "calc.compare/1",
    "calc.conventions/1",
    "calc.diff/1",
    "calc.evaluate/1",
    "calc.fit/1",
    "calc.formats/1",
    "calc.list/1",
    "calc.lock/2",
    "calc.memory/1",
    "calc.pareto/1",
    "calc.run/2",
    "calc.sensitivity/1",
    "calc.sweep/1",
    "calc.train/1",
    "calc.verify/1",
    "calc.weights/1",
    "calc.weights_against/1",
)
"""The schemas of JSON output and of locks. The number rises if a schema changes in a way that breaks readers."""


def version_text() -> str:
    """Return ``calc 0.1.0`` and the schemas that it writes, four in each line."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        head = f"calc {version('macbits')}"
    except PackageNotFoundError:
        head = "calc, from a checkout that is not installed"
    lines = [", ".join(SCHEMAS[first : first + 4]) for first in range(0, len(SCHEMAS), 4)]
    return "\n".join([head, f"schemas  {lines[0]},", *[f"         {line}," for line in lines[1:]]]).rstrip(",")
