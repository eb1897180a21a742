"""The files that pages take for granted, small: a reader has such things, and a page does not show them."""

import json
import shutil
from pathlib import Path

from tests.calc.weights.files import ENTRIES, safetensors_bytes

ROOT = Path(__file__).parents[2]
_NET = """\
from torch import nn


def make_net():
    return nn.Sequential(nn.Conv2d(3, 8, 3, 4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4))
"""
_SPEC = """\
name: Net
input: [3, 224, 224]
layers:
  - conv2d: {out_channels: 8, kernel_size: 3, stride: 4}
  - relu
  - adaptive_avg_pool2d: 1
  - flatten
  - linear: 4
"""
_CONFIG = {
    "model_type": "qwen3",
    "architectures": ["Qwen3ForCausalLM"],
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 1000,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": True,
}


OWN = {"README.md": "net.yaml", "docs/guides/pytorch_and_ci.md": "net.yaml"}
"""Files that a page writes itself."""
CODE = ("docs/adding.md",)
"""Pages that change the code: they have a copy of it."""
FEW = {"docs/ci.md": ("alexnet", "mobilenetv2")}
"""The specs in the folder of that name, where a page says that it has no others."""


def fill(folder: Path, page: str) -> None:
    """Put into ``folder`` what people have who read ``page``: specs, a module, a config, a file of weights."""
    if page in CODE:
        for name in ("calc", "verify"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    if page in FEW:
        (folder / "specs").mkdir()
        for name in FEW[page]:
            shutil.copy(ROOT / "specs" / f"{name}.yaml", folder / "specs")
    else:
        (folder / "specs").symlink_to(ROOT / "specs")
    (folder / "docs" / "figures").mkdir(parents=True)
    for read in [path for path in (ROOT / "docs").iterdir() if path.is_dir() and path.name != "figures"]:
        (folder / "docs" / read.name).symlink_to(read)
    (folder / "mypkg").mkdir()
    (folder / "mypkg" / "__init__.py").touch()
    for path in ("mypkg/models.py", "net.py"):
        (folder / path).write_text(_NET, encoding="utf-8")
    for path in ("net.yaml", "my_network.yaml"):
        (folder / path).write_text(_SPEC, encoding="utf-8")
    (folder / OWN.get(page, "nothing")).unlink(missing_ok=True)
    (folder / "model.safetensors").write_bytes(safetensors_bytes(ENTRIES))
    (folder / "config.json").write_text(json.dumps(_CONFIG), encoding="utf-8")
    shutil.copy(ROOT / "docs/accuracy/mobilenetv2_tf_sensitivity.csv", folder / "net.csv")
