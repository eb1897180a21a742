"""Checks a file of weights without torch: its kind, and its header against its size."""

import struct
import zipfile
from importlib.util import find_spec
from pathlib import Path

from calc.extras import install_hint
from verify.errors import VerifyError
from verify.files import require_regular

KINDS = "a .safetensors file or a torch state dict"
NOT_TENSORS = "it is not a file that holds only tensors"
SAVE = "save network.state_dict() with torch.save or safetensors"
MAX_HEADER_BYTES = 2**22
"""The largest header of a safetensors file, enough for 40,000 tensors. The format allows 100 MB, which would take
gigabytes of memory.
"""
MOST_EXPANSION = 4
"""The largest ratio of the unpacked size to the file size. torch.save does not compress, so its files do not grow."""
_PICKLE = b"\x80"
"""The first byte of files in the old format of torch.save, which is not a zip."""


def require_weights(path: str) -> None:
    """Raise VerifyError if ``path`` is neither a safetensors file nor a file of torch.save. Needs no torch.

    Sizes in the header are compared with the size of the file; values are not read.
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
        raise unreadable(path, f"its {size:,} bytes would expand to {expanded:,}", SAVE)


def _require_safetensors(path: str, size: int) -> None:
    if find_spec("safetensors") is None:
        raise VerifyError(f"{path}: reading safetensors needs the package safetensors", install_hint("accuracy"))
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb") as file:
            header = int.from_bytes(file.read(8), "little")
        if header > MAX_HEADER_BYTES:
            raise unreadable(path, f"its header has {header:,} bytes, but at most {MAX_HEADER_BYTES:,} are read")
        with safe_open(path, "numpy") as opened:
            opened.keys()
    except (OSError, ValueError, SafetensorError) as error:
        raise unreadable(path, f"{' '.join(str(error).split())[:200]}; the file has {size:,} bytes") from None


def unreadable(path: str, reason: str, hint: str = "") -> VerifyError:
    """Return the error for a file that cannot be read as weights."""
    return VerifyError(f"{path}: cannot be read as weights: {reason}", hint)


def check_sums(path: Path) -> None:
    """Raise BadZipFile if a part of the torch.save file ``path`` is damaged. torch.load does not check checksums."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
        if damaged is not None:
            raise zipfile.BadZipFile(f"damaged: the checksum of {damaged} does not match")
