"""A Hugging Face config.json as a source: the spec of a language model by the fields of its config."""

from calc.configs import ConfigSpec, is_config, read_config
from calc.configs.config import MOST_BYTES
from calc.errors import OpError, SpecError
from calc.reading import read_bytes
from calc.sources.grammar import CONFIG
from calc.spec.given import InputSizes


def config_text(given: str, sizes: InputSizes | None = None, *, surely: bool = False) -> ConfigSpec | None:
    """The spec of the config that lies at ``given``; None where that is none, unless it is ``surely`` meant as one.

    Raises SpecError with all that is wrong, OpError where ``sizes`` are given, which a config takes no notice of.
    """
    if not given.lower().endswith(CONFIG):
        return None
    if not surely and not is_config_file(given):
        return None  # whoever reads it as a spec says why it cannot be read
    data = read_bytes(given, MOST_BYTES)
    if sizes:
        raise OpError(f"{given[:200]}: sizes of an input say nothing of a config", "--set tokens=64 of calc run")
    return read_config(data, given)


def is_config_file(given: str) -> bool:
    """Whether a config lies at ``given``."""
    try:
        return is_config(read_bytes(given, MOST_BYTES))
    except SpecError:
        return False
