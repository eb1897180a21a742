"""Reads a Hugging Face config.json as a source: makes the spec of a language model from its fields."""

from calc.configs import ConfigSpec, is_config, read_config
from calc.configs.config import MOST_BYTES
from calc.errors import OpError, SpecError
from calc.reading import read_bytes
from calc.sources.grammar import CONFIG
from calc.spec.given import InputSizes


def config_text(given: str, sizes: InputSizes | None = None, *, surely: bool = False) -> ConfigSpec | None:
    """Return the spec for the config at ``given``; None if it is not a config, unless it is ``surely`` meant as one.

    Raises SpecError with all problems, OpError if ``sizes`` are given, because a config has none.
    """
    if not given.lower().endswith(CONFIG):
        return None
    if not surely and not is_config_file(given):
        return None  # reading it as a spec reports why it cannot be read
    data = read_bytes(given, MOST_BYTES)
    if sizes:
        raise OpError(f"{given[:200]}: a config takes no input sizes", "use --set tokens=64 with calc run")
    return read_config(data, given)


def is_config_file(given: str) -> bool:
    """Return whether the file at ``given`` is a config."""
    try:
        return is_config(read_bytes(given, MOST_BYTES))
    except SpecError:
        return False
