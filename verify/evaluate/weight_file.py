"""What can be said of a file of weights without torch: whether it is one, and whether it holds what it says."""

import struct
import zipfile
from importlib.util import find_spec
from pathlib import Path

from calc.extras import install_hint
from verify.errors import VerifyError
from verify.files import require_regular

KINDS = "a .safetensors file or a torch state dict"
NOT_TENSORS = "no file of tensors alone"
SAVE = "save network.state_dict(), or safetensors"
MAX_HEADER_BYTES = 2**22
"""Of a safetensors file: some 40,000 tensors. The format takes 100 MB, which are gigabytes once they are read."""
MOST_EXPANSION = 4
"""Times its own size that a file may grow to in memory; torch packs nothing, so that one of its own does not grow."""
_PICKLE = b"\x80"
"""The first byte of what torch.save wrote before it wrote zips."""


def require_weights(path: str) -> None:
    """Raise VerifyError where ``path`` is no safetensors file and no file of torch.save, as far as torch is not needed.

    What a header says of sizes is compared with the sizes that there are; values are not read.
    """
    size = require_regular(path, KINDS)
    if path.endswith(".safetensors"):
        _require_safetensors(path, size)
        return
    try:
        with open(path, "rb") as file:
            begins_as_pickle = file.read(1) == _PICKLE
        if not zipfile.is_zipfile(path):
            if not begins_as_pickle:
                raise unreadable(path, NOT_TENSORS, SAVE)
            return
        with zipfile.ZipFile(path) as archive:
            expanded = sum(member.file_size for member in archive.infolist())
    except (OSError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile) as error:
        raise unreadable(path, str(error)) from None
    if expanded > MOST_EXPANSION * size:
        raise unreadable(path, f"its {size:,} bytes would become {expanded:,}", SAVE)


def _require_safetensors(path: str, size: int) -> None:
    if find_spec("safetensors") is None:
        raise VerifyError(f"{path}: reading safetensors needs the package safetensors", install_hint("accuracy"))
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > MAX_HEADER_BYTES:
            raise unreadable(
                path, f"its header says that it has {header:,} bytes, at most {MAX_HEADER_BYTES:,} are read"
            )
        with safe_open(path, "numpy") as opened:
            opened.keys()
    except (OSError, ValueError, SafetensorError) as error:
        raise unreadable(path, f"{' '.join(str(error).split())[:200]}; the file has {size:,} bytes") from None


def unreadable(path: str, reason: str, hint: str = "") -> VerifyError:
    """The error of a file that cannot be read as weights."""
    return VerifyError(f"{path}: cannot be read as weights: {reason}", hint)


def check_sums(path: Path) -> None:
    """Raise BadZipFile where ``path``, of torch.save, has a damaged part: torch.load does not look at checksums."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"damaged: the checksum of {damaged} is another")
