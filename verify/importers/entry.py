"""Where calc comes in: what it asks of an importer, by the entry points of the group ``calc.importers``."""

import os

from calc.errors import OpError
from calc.importing import Imported
from calc.sources import Source
from calc.sources.importers import ImportOptions
from verify.errors import VerifyError


def import_with_torch(source: Source, options: ImportOptions) -> Imported:
    """The network of ``source``. Raises OpError or SpecError."""
    # OpenMP's threads otherwise wait by spinning, which on cores that others use too is 7 times slower; read at import
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from verify.importers.main import imported

    try:
        return imported(source.text, options.sizes, opaque=options.opaque)
    except VerifyError as error:
        raise OpError(error.fact, error.hint) from None
