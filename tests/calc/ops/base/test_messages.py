"""What a user reads where an op refuses its inputs, in full: the layout an op names, and the hints."""

from typing import Any

import pytest

from calc.errors import OpError
from calc.ops import op_class
from calc.shape import Shape

CHANNELS_FIRST = "(channels, …)"
LAYOUTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("adaptive_avg_pool2d", {"output_size": 1}, 2, "(channels, height, width)"),
    ("attention", {"num_heads": 2}, 1, "(…, tokens, features)"),
    ("bilinear", {"out_features": 4}, 1, "(…, features)"),
    ("channel_shuffle", {"groups": 2}, 1, CHANNELS_FIRST),
    ("class_token", {}, 1, "(…, tokens, channels)"),
    ("conv1d", {"out_channels": 4, "kernel_size": 1}, 1, "(channels, length)"),
    ("conv3d", {"out_channels": 4, "kernel_size": 1}, 3, "(channels, depth, height, width)"),
    ("conv_transpose2d", {"out_channels": 4, "kernel_size": 1}, 2, "(channels, height, width)"),
    ("fold", {"output_size": 4, "kernel_size": 2}, 1, "(channels · kernel elements, blocks)"),
    ("group_norm", {"num_groups": 2}, 2, CHANNELS_FIRST),
    ("instance_norm", {}, 2, CHANNELS_FIRST),
    ("linear", {"out_features": 4}, 1, "(…, features)"),
    ("local_response_norm", {"size": 5}, 2, CHANNELS_FIRST),
    ("lstm", {"hidden_size": 4}, 1, "(…, tokens, features)"),
    ("max_pool1d", {"kernel_size": 2}, 1, "(channels, length)"),
    ("pad", {"padding": [1, 1]}, 2, "(channels, and 2 spatial axes)"),
    ("pad_to_multiple", {"multiple": [4, 4]}, 2, "(channels, and 2 spatial axes)"),
    ("patch_merge", {}, 2, "(…, height, width, channels)"),
    ("pixel_shuffle", {"upscale_factor": 2}, 2, "(channels, height, width)"),
    ("pooling_attention", {"num_heads": 2, "size": [1, 2, 4]}, 1, "(…, tokens, features)"),
    ("prelu", {"num_parameters": 8}, 2, CHANNELS_FIRST),
    ("relative_attention", {"head_dim": 2, "partition_size": 2}, 2, "(…, height, width, channels)"),
    ("unfold", {"kernel_size": 2}, 2, "(channels, height, width)"),
    ("upsample", {"scale_factor": 2}, 2, CHANNELS_FIRST),
    ("window_attention", {"num_heads": 2, "window_size": 2}, 2, "(…, height, width, channels)"),
    ("window_attention3d", {"num_heads": 2, "window_size": 2}, 3, "(…, depth, height, width, channels)"),
]


@pytest.mark.parametrize("word, arguments, axes, layout", LAYOUTS, ids=[row[0] for row in LAYOUTS])
def test_channels_elsewhere(word: str, arguments: dict[str, Any], axes: int, layout: str) -> None:
    """``axes`` stand beside the channels, which are put at the wrong end."""
    sizes = (8,) * (axes + 1)
    wanted = -1 if layout.startswith("(…") else -axes - 1
    if word == "pooling_attention":
        sizes = (1 + 1 * 2 * 4, 8)
    found = -axes - 1 if wanted == -1 else -1
    x = Shape(sizes, found)
    op = op_class(word)(**arguments)
    with pytest.raises(OpError) as caught:
        op.output_shape((x,) * len([role for role in op.roles if not role.endswith(("?", "*"))]))
    assert caught.value.fact == (
        f"needs its channels on axis {wanted} of {layout}, but those of the input {x} are on axis {found}"
    )
    assert caught.value.hint == "flatten, pool or permute first; or declare the layout with channels:"


MAP, TOKENS = Shape((8, 6, 6), -3), Shape((2, 6, 8), -1)


@pytest.mark.parametrize(
    "word, arguments, inputs, fact, hint",
    [
        (
            "upsample",
            {},
            (MAP,),
            "needs size, scale_factor or a second input, got none of them",
            "name both inputs with from:",
        ),
        (
            "upsample",
            {"size": 12},
            (MAP, MAP),
            "takes its sizes from the second input, so size and scale_factor must be null",
            "",
        ),
        (
            "upsample",
            {},
            (MAP, Shape((6, 6, 8), -1)),
            "needs its channels on axis -3 of (channels, …), but those of the input 6×6×8 are on axis -1",
            "flatten, pool or permute first; or declare the layout with channels:",
        ),
        (
            "layer_scale",
            {},
            (TOKENS,),
            "dim=1 is axis -3 of the input 2×6×8, but its channels are on axis -1",
            "write dim: -1 if the channels come last",
        ),
        (
            "permute",
            {"dims": [1, 0, 2]},
            (Shape((8, 6)),),
            "dims=[1, 0, 2] moves the batch axis",
            "the first of dims is 0",
        ),
        (
            "tensor",
            {"shape": [4], "channels": 3},
            (),
            "dim=3 is outside the 2 axes (batch first) of the input 4",
            "",
        ),
        (
            "permute",
            {"dims": [0], "channels": "first"},
            (Shape(()),),
            "channels=first needs an axis, got a scalar",
            "",
        ),
        ("batch_norm", {}, (Shape(()),), "needs a channel axis, got a scalar", ""),
        (
            "attention",
            {"num_heads": 2},
            (TOKENS, Shape((3, 6, 8), -1), TOKENS),
            "the leading axes of q 2×6×8 and k 3×6×8 differ",
            "expand them first",
        ),
        (
            "scaled_dot_product_attention",
            {"is_causal": True},
            (TOKENS, TOKENS, TOKENS, Shape((6, 6))),
            "is_causal=true and a mask that arrives: PyTorch takes only one of them",
            "",
        ),
        (
            "group_norm",
            {"num_groups": 1},
            (Shape(()),),
            "needs channels and at least 0 axes after them, got 0 axes (scalar)",
            "",
        ),
        ("instance_norm", {}, (Shape((8,)),), "needs channels and at least 1 axis after them, got 1 axis (8)", ""),
        (
            "attention",
            {"num_heads": 2, "sliding_window": 2},
            (TOKENS,) * 3,
            "sliding_window=2 needs a causal mask",
            "set is_causal: true or lower_right",
        ),
        (
            "einsum",
            {"equation": "bij,bjk"},
            (),
            "equation='bij,bjk' has no ->",
            "write the axes of the output after it: bij,bjk->bik",
        ),
        (
            "einsum",
            {"equation": "bij->bi"},
            (),
            "equation='bij->bi' names 1 input, but einsum takes 2",
            "permute and reduce do this for one input",
        ),
        (
            "einsum",
            {"equation": "bi,bj,bk->bi"},
            (),
            "equation='bi,bj,bk->bi' names 3 inputs, but einsum takes 2",
            "use one einsum after another",
        ),
        (
            "einsum",
            {"equation": "bi,bi->"},
            (),
            "equation='bi,bi->': the output has no axes",
            "its first axis is the batch: bi,bi->b",
        ),
        (
            "einsum",
            {"equation": "bii,bi->bi"},
            (),
            "equation='bii,bi->bi' names i twice in bii",
            "einsum does not take a diagonal here",
        ),
        (
            "einsum",
            {"equation": "...w,...wk->...k"},
            (MAP, Shape((6, 5))),
            "... must stand for as many axes in 8×6×6 as in 6×5, got 1 and 3 with the batch",
            "give each a letter",
        ),
        (
            "dispatch",
            {"count": 4, "active": 2},
            (TOKENS, Shape((4, 2, 6), -3)),
            "needs its channels on axis -1 of (…, experts), but those of the input 4×2×6 are on axis -3",
            "flatten, pool or permute first; or declare the layout with channels:",
        ),
        (
            "deform_conv2d",
            {"out_channels": 4, "kernel_size": 1},
            (MAP, Shape((6, 6, 2), -1)),
            "needs its channels on axis -3 of (offsets, height, width), but those of the input 6×6×2 are on axis -1",
            "flatten, pool or permute first; or declare the layout with channels:",
        ),
        (
            "lstm",
            {"hidden_size": 4},
            (TOKENS, Shape((2, 1, 4), -1)),
            "needs 2 states, got 1",
            "pass h, then c",
        ),
        (
            "rotary",
            {"fraction": 0.4},
            (TOKENS,),
            "fraction=0.4 of 8 features per head is 3: it must be even and above 0",
            "give heads: if the channels hold several heads",
        ),
        (
            "rotary",
            {"heads": 8},
            (TOKENS,),
            "fraction=1.0 of 1 features per head is 1: it must be even and above 0",
            "",
        ),
        (
            "tensor",
            {"shape": [4], "persistent": False},
            (),
            "persistent=false leaves a buffer out of the state dict, but a parameter is always in it",
            "",
        ),
        (
            "tensor",
            {"shape": [4], "dtype": "int64"},
            (),
            "dtype=int64 is for a buffer, but a parameter is float32",
            "add buffer: true",
        ),
    ],
)
def test_in_full(word: str, arguments: dict[str, Any], inputs: tuple[Shape, ...], fact: str, hint: str) -> None:
    with pytest.raises(OpError) as caught:
        op_class(word)(**arguments).output_shape(inputs)
    assert (caught.value.fact, caught.value.hint) == (fact, hint)
