"""What the tests that are marked ``oracles`` need: models and runtimes of others, which the extra ``oracles`` installs.

Such a test names its packages, ``@pytest.mark.oracles("timm")``, and imports them in its own body.
"""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec

import pytest

SWITCH = "ORACLES"
"""Set to ``required`` a package that is missing fails the test: a run that is to prove something skips nothing."""


def require_packages(names: Iterable[str], environment: Mapping[str, str]) -> None:
    """Skip the test that needs ``names`` where one of them is missing, or fail it where they are required."""
    missing = [name for name in names if find_spec(name) is None]
    if not missing:
        return
    said = f"not installed, of the extra oracles: {', '.join(missing)}"
    if environment.get(SWITCH) == "required":
        pytest.fail(said)
    pytest.skip(said)
