"""The totals of well-known counters for MobileNetV2 at 224×224, each put together from counts done here by hand."""

import pytest

from calc.analysis import Analysis, analyse
from calc.conventions import convention, convention_names, conventions, counted
from calc.errors import OpError
from calc.spec import load
from tests.calc.graphs import Draft

MACS = 300_774_272
BATCH_NORM_INPUTS = 6_678_112
RELU6_OUTPUTS = 6_105_792
POOL_INPUTS = 1280 * 7 * 7
BATCH_NORM_PARAMETERS = 34_112
BIAS = 1000


@pytest.fixture(scope="module")
def mobilenetv2() -> Analysis:
    return analyse(load("mobilenetv2"))


@pytest.mark.parametrize(
    "name, total",
    [
        ("macs", MACS),
        ("flops2", 2 * MACS),
        ("torch", 2 * MACS),
        ("calflops", MACS),
        ("deepspeed", MACS),
        ("ptflops", MACS + BIAS),
        ("pycls", MACS + BIAS),
        ("torchinfo", MACS + BATCH_NORM_PARAMETERS + BIAS),
        ("fvcore", MACS + 2 * BATCH_NORM_INPUTS + POOL_INPUTS),
        ("ptflops-pytorch", MACS + 2 * BATCH_NORM_INPUTS + RELU6_OUTPUTS + POOL_INPUTS + BIAS),
        ("thop", MACS + 4 * BATCH_NORM_INPUTS),
    ],
)
def test_totals_of_mobilenetv2(mobilenetv2: Analysis, name: str, total: int) -> None:
    found = counted(name, mobilenetv2.workload)
    assert found.total == found.printed == total
    assert type(found.total) is int


@pytest.mark.parametrize(
    "name, printed",
    [
        ("fvcore", 314_193_216),
        ("ptflops-pytorch", 320_300_008),
        ("thop", 327_486_720),
        ("torchinfo", 300_809_384),
    ],
)
def test_totals_as_the_tools_print_them(mobilenetv2: Analysis, name: str, printed: int) -> None:
    assert counted(name, mobilenetv2.workload).printed == printed


@pytest.mark.parametrize("name", convention_names())
@pytest.mark.parametrize("spec", ["mobilenetv2", "vit_b_32", "swin_v2_t", "lraspp_mobilenet_v3_large"])
def test_parts_and_rows_add_up(name: str, spec: str) -> None:
    found = counted(name, analyse(load(spec)).workload)
    assert sum(part.total for part in found.parts) == sum(found.rows) == found.total
    assert sum(part.total for part in found.faults) == sum(found.fault_rows) == found.printed - found.total


def test_a_fault_is_kept_out_of_the_convention() -> None:
    draft = Draft(7, 12, channels="last")
    draft.add("attention", "multihead_attention", num_heads=3)
    found = counted("fvcore", analyse(draft.graph()).workload)
    products = 2 * 7 * 7 * 12
    assert found.total == 7 * 12 * (3 * 12) + products + 7 * 12 * 12
    assert found.printed == found.total - products
    assert all(part.because for part in found.faults)


def test_a_batch_multiplies_what_a_counter_multiplies() -> None:
    draft = Draft(3, 8, 8)
    draft.add("conv", "conv2d", out_channels=4, kernel_size=3)
    draft.add("norm", "batch_norm")
    graph = draft.graph()
    one, five = (analyse(graph, batch=batch) for batch in (1, 5))
    for name in convention_names():
        assert counted(name, five.workload).total == 5 * counted(name, one.workload).total


def test_a_norm_without_scale_costs_less() -> None:
    draft = Draft(4, 8, 8)
    draft.add("norm", "batch_norm", affine=False)
    assert counted("fvcore", analyse(draft.graph()).workload).total == 4 * 8 * 8
    assert counted("thop", analyse(draft.graph()).workload).total == 2 * 4 * 8 * 8
    assert counted("torchprofile", analyse(draft.graph()).workload).total == 0


@pytest.mark.parametrize("stride, seen", [(1, 0), ([1, 1], 0), (2, 1), ([1, 2], 1)])
def test_same_with_a_stride_is_traced_as_a_pad_and_a_convolution(stride: int | list[int], seen: int) -> None:
    draft = Draft(3, 9, 9)
    draft.add(
        "0",
        "conv2d",
        out_channels=4,
        kernel_size=3,
        stride=stride if isinstance(stride, int) else tuple(stride),
        padding="same",
    )
    found = counted("fvcore", analyse(draft.graph()).workload)
    assert found.printed == seen * found.total
    assert found.total == analyse(draft.graph()).totals.macs


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("name", ["fvcore", "torchprofile"])
def test_padding_as_a_word_is_traced_as_a_pad_where_it_is_not_zeros(name: str, padding: str) -> None:
    printed = {}
    for mode in ("zeros", "circular"):
        draft = Draft(3, 9, 9)
        draft.add("0", "conv2d", out_channels=4, kernel_size=3, padding=padding, padding_mode=mode)
        printed[mode] = counted(name, analyse(draft.graph()).workload).printed
    side = 9 if padding == "same" else 7
    assert printed == {"zeros": 0, "circular": 4 * side * side * 3 * 3 * 3}


@pytest.mark.parametrize("sizes, seen", [((5,), 0), ((5, 5), 2 * 10 * 10), ((5, 5, 5), 0)])
def test_fvcore_has_a_handler_for_nearest_upsampling_of_maps_alone(sizes: tuple[int, ...], seen: int) -> None:
    draft = Draft(2, *sizes)
    draft.add("0", "upsample", scale_factor=2.0)
    assert counted("fvcore", analyse(draft.graph()).workload).printed == seen


@pytest.mark.parametrize("affine, times", [(True, 5), (False, 4)])
@pytest.mark.parametrize("name", ["fvcore", "calflops-flops", "deepspeed-flops"])
def test_a_batch_norm_without_running_statistics_takes_those_of_the_batch(name: str, affine: bool, times: int) -> None:
    draft = Draft(3, 4, 5, 2, channels="last")
    draft.add("0", "batch_norm", affine=affine, track_running_stats=False)
    assert counted(name, analyse(draft.graph()).workload).printed == times * 3 * 4 * 5 * 2


@pytest.mark.parametrize(
    "name", ["fvcore", "thop", "ptflops", "ptflops-pytorch", "torch", "calflops", "calflops-flops"]
)
def test_keys_and_values_that_are_tensors_change_nothing(name: str) -> None:
    draft = Draft(4, 6, channels="last")
    for tensor in ("k", "v"):
        draft.add(tensor, "tensor", [], shape=(5, 6))
    draft.add("0", "scaled_dot_product_attention", [0, 1, 2])
    found = counted(name, analyse(draft.graph()).workload)
    assert found.total > found.printed == 0


@pytest.mark.parametrize("dim, vectors", [(1, 5), (2, 3), (-1, 3)])
def test_thop_counts_a_softmax_by_its_vectors(dim: int, vectors: int) -> None:
    draft = Draft(3, 5, channels="last")
    draft.add("0", "softmax", dim=dim)
    # thop itself prints 3 · 15 - 5 = 40 and 3 · 15 - 3 = 42: one sum has an addition less than it has terms
    assert counted("thop", analyse(draft.graph()).workload).printed == 3 * 3 * 5 - vectors


def test_calflops_drops_the_scale_it_computes() -> None:
    draft = Draft(2, 5, 5)
    draft.add("0", "upsample", scale_factor=2.0)
    draft.add("1", "upsample", size=(7, 7))
    found = counted("calflops-flops", analyse(draft.graph()).workload)
    assert found.total == 2 * 10 * 10 + 2 * 7 * 7
    assert found.printed == 2 * 5 * 5 + 7 * 7


def test_functions_of_the_reference_are_not_seen_by_hooks(mobilenetv2: Analysis) -> None:
    draft = Draft(1280, 7, 7)
    draft.add("pool", "adaptive_avg_pool2d", output_size=1)
    assert counted("thop", analyse(draft.graph()).workload).total == POOL_INPUTS + 1280
    assert not any("pool" in part.name for part in counted("thop", mobilenetv2.workload).parts)


def test_vela_counts_pools_and_softmax_too() -> None:
    # what Vela 5.2.0 prints for MLPerf Tiny's keyword spotting: 64 maps of 25×5 are pooled, 12 classes
    found = counted("vela", analyse(load("ds_cnn")).workload)
    assert found.total == 2_656_768 + 64 * 25 * 5 + 2 * 12 == 2_664_792
    draft = Draft(64, 56, 56)
    draft.add("pool", "max_pool2d", kernel_size=3, stride=2, padding=1)
    assert counted("vela", analyse(draft.graph()).workload).total == 64 * 28 * 28 * 9


def test_activations_are_those_of_the_regnet_papers() -> None:
    # conv outputs, max pool outputs, classifier: pycls's own committed figure for ResNet-50
    assert counted("acts", analyse(load("resnet50")).workload).total == 11_315_688


def test_every_tool_has_a_version_and_every_convention_a_source() -> None:
    for one in conventions():
        assert one.source, one.name
        assert one.version or one.name in ("macs", "flops2"), one.name


def test_an_unknown_convention_names_the_nearest() -> None:
    with pytest.raises(OpError) as error:
        convention("fvcor")
    assert "fvcore" in error.value.hint


def test_an_analysis_shows_the_convention_it_counts_as() -> None:
    found = analyse(load("mobilenetv2"), count_as="fvcore")
    assert found.counted is not None
    assert found.counted.total == 314_193_216
    assert found.with_bits("8").counted is not None
    assert analyse(load("mobilenetv2")).counted is None
