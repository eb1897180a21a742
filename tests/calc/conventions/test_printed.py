"""What counters print of single layers, as each of them printed it, written as the arithmetic that it is."""

from typing import Any

import pytest

from calc.analysis import analyse
from calc.conventions import counted
from tests.calc.graphs import Draft


def _printed(name: str, draft: Draft) -> int:
    return counted(name, analyse(draft.graph()).workload).printed


def _alone(name: str, sizes: tuple[int, ...], word: str, **fields: Any) -> int:
    draft = Draft(*sizes)
    draft.add("0", word, **fields)
    return _printed(name, draft)


@pytest.mark.parametrize("mode, times", [("bilinear", 4), ("nearest", 0), ("bicubic", 16)])
def test_torchprofile_counts_samples_by_their_mode(mode: str, times: int) -> None:
    draft = Draft(3, 4, 7)
    draft.add("grid", "tensor", [], shape=(4, 6, 2))
    draft.add("0", "grid_sample", [0, 1], mode=mode)
    assert _printed("torchprofile", draft) == times * 3 * 4 * 6


@pytest.mark.parametrize(
    "name, printed",
    [
        ("torchprofile", 3 * 8),  # an average, a product with the sign, one with the elements of the kernel
        ("calflops-flops", 24 + 2 * 8),
        ("deepspeed-flops", 24 + 2 * 8),
        ("ptflops-pytorch", 24 + 2 * 8),
        ("thop", 0),
        ("fvcore", 0),
    ],
)
def test_a_pool_of_powers_is_an_average_and_two_products(name: str, printed: int) -> None:
    assert _alone(name, (1, 8, 3), "lp_pool2d", norm_type=2, kernel_size=(1, 2)) == printed


def test_torchprofile_counts_two_products_and_an_average_of_a_response_norm() -> None:
    assert _alone("torchprofile", (3, 3, 3, 4), "local_response_norm", size=4) == 3 * (3 * 3 * 3 * 4)


def test_torchprofile_counts_the_scale_of_scores() -> None:
    draft = Draft(4, 6, channels="last")
    draft.add("0", "attention", [0, 0, 0], num_heads=2)
    assert _printed("torchprofile", draft) == 2 * 4 * 4 * 6 + 2 * 4 * 4


def test_torchinfo_counts_the_table_of_a_bag_as_if_it_were_multiplied() -> None:
    draft = Draft(3, 8, dtype="int64", channels="last")
    draft.add("0", "embedding_bag", num_embeddings=19, embedding_dim=4)
    assert _printed("torchinfo", draft) == 19 * 4


def test_ptflops_counts_the_bias_of_an_output_projection_that_has_none() -> None:
    draft = Draft(3, 1, channels="last")
    draft.add("0", "multihead_attention", num_heads=1, bias=False)
    scaling, projections, products, softmax, bias = 3, 4 * 3, 2 * 3 * 3, 3 * 3, 3
    assert _printed("ptflops-pytorch", draft) == scaling + projections + products + softmax + bias == 45


@pytest.mark.parametrize(
    "name, printed",
    [
        *[(name, 0) for name in ("fvcore", "thop", "ptflops", "torch", "calflops", "deepspeed-flops", "torchprofile")],
        ("torchinfo", 3 * 1 * 6 * 2 + 3 * 2),
    ],
)
def test_a_deformable_convolution_is_one_op_that_few_counters_know(name: str, printed: int) -> None:
    draft = Draft(1, 8, 3)
    draft.add("offset", "tensor", [], shape=(12, 2, 1))
    draft.add("0", "deform_conv2d", [0, 1], out_channels=3, kernel_size=(3, 2), stride=2, dilation=(2, 1))
    assert _printed(name, draft) == printed


@pytest.mark.parametrize("name, printed", [("ptflops-pytorch", 2 * 4), ("thop", 0)])
def test_an_upsampling_to_the_size_of_another_map_is_a_function(name: str, printed: int) -> None:
    draft = Draft(2, 5)
    draft.add("like", "tensor", [], shape=(1, 4))
    draft.add("0", "upsample", [0, 1], mode="linear")
    assert _printed(name, draft) == printed


def test_thop_sees_no_linear_layer_whose_weight_arrives() -> None:
    draft = Draft(4, 3, channels="last")
    draft.add("weight", "tensor", [], shape=(5, 3))
    draft.add("0", "linear", [0, 1], out_features=5, bias=False)
    assert _printed("thop", draft) == 0
