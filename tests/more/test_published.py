"""The networks of specs/more have the parameters and MACs that were published, or that their sizes add up to."""

import pytest

from calc.analysis import Analysis, analyse
from calc.spec import load

PARAMS = {
    # weights, biases, and two for each norm's unit
    "anomaly_autoencoder": 2 * (640 + 3 * 128 + 8) * 128 + (7 * 128 + 8 + 128 + 640) + 2 * (8 * 128 + 8),
    "clip_text": 123_060_480,  # transformers, CLIPTextModel of openai/clip-vit-large-patch14
    # two feed-forwards, attention, three convolutions; five layer norms and a batch norm
    "conformer_block": 2 * (8 * 144**2 + 5 * 144) + 4 * (144**2 + 144) + 3 * 144**2 + 31 * 144 + 2 * 6 * 144,
    # the convolutions with their biases, three norms, two LSTMs of two directions, two linear layers
    "crnn": 9 * (64 + 64 * 128 + 128 * 256 + 256**2 + 256 * 512 + 512**2)
    + 4 * 512**2
    + (64 + 128 + 2 * 256 + 3 * 512 + 2 * (256 + 2 * 512))
    + 2 * 4 * 256 * (512 + 256 + 2)
    + 2 * 4 * 256 * (256 + 256 + 2)
    + (512 + 1) * (256 + 37),
    # PyTorch's examples, dcgan: weights of 4×4, and the norms
    "dcgan_generator": 16 * (100 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 2 * (512 + 256 + 128 + 64),
    "ds_cnn": (40 + 1) * 64 + 4 * (9 + 1 + 64 + 1) * 64 + (64 + 1) * 12 + 2 * 9 * 64,
    "espcn": (25 + 1) * 64 + (9 * 64 + 1) * 32 + (9 * 32 + 1) * 9,
    "fsrcnn": 12_464 + (56 + 12 + 4 * 12 + 56 + 1) + (56 + 12 + 4 * 12 + 56),  # the paper's, biases, PReLU
    # mamba-130m less its table of tokens and last norm, shared by 24 blocks
    "mamba_block": (129_135_360 - 50_280 * 768 - 768) // 24,
    "nas_macro": 387_882,  # 00000000 in the tables of NAS-Bench-Macro
    "pointnet": 3_480_049,  # 3.5M in the paper
    "raft_large": 5_257_536,  # torchvision
    "raft_small": 990_162,
    "resnet20": 9 * (3 * 16 + 6 * 16**2 + 16 * 32 + 5 * 32**2 + 32 * 64 + 5 * 64**2) + 2 * 7 * 112 - 2 * 96 + 650,
    # two 1×1 convolutions, two attentions, a gated feed-forward, and four norms
    "sd15_cross_attention": 2 * (320 + 1) * 320
    + 2 * (2 * 320 + 1) * 320
    + 2 * (320 + 768) * 320
    + (320 + 1) * 2560
    + (1280 + 1) * 320
    + 4 * 2 * 320,
    "sd15_vae_decoder": 49_490_199,
    "siamese": (100 + 1) * 64 + (49 * 64 + 1) * 128 + (16 * 128 + 1) * (128 + 256) + (36 * 256 + 1) * 4096 + 4097,
    "t5_small": 60_506_624,  # transformers, T5ForConditionalGeneration of t5-small
    "unet_3d": 19_069_955 + (512 + 256 + 128) + 2 * 2336,  # the paper's, biases of the up-convolutions, norms
    # the first convolution; in each of 20 layers two dilated ones, a skip and a way on, which the last has not; the end
    "wavenet": (2 * 256 + 1) * 32 + 20 * (2 * (2 * 32 + 1) * 32 + 33 * (512 + 32)) - 33 * 32 + 513 * (512 + 256),
    "whisper_tiny": 37_184_640,  # openai/whisper, where the positions of the sound are a buffer; 39M in the paper
    "yolov3_tiny": (35_434_956 - 20) // 4 - 2 * 3184,  # darknet's file of weights, without the running statistics
    "yolov8n": 3_157_200,
}

MACS = {
    "anomaly_autoencoder": 2 * (640 + 3 * 128 + 8) * 128,
    "conformer_block": 400 * (16 * 144**2 + 4 * 144**2 + 2 * 400 * 144 + 3 * 144**2 + 31 * 144),
    "clip_text": 12 * (12 * 77 * 768**2 + 2 * 77**2 * 768),
    "ds_cnn": 2_656_768,
    "fsrcnn": 12_464 * 240 * 320,  # "12464 · S" in the paper, with S the size of the small image
    "espcn": (25 * 64 + 9 * 64 * 32 + 9 * 32 * 9) * 240 * 320,
    # two projections in and one out; those of the step, B and C; the convolution; what leaves the state
    "mamba_block": 256 * 1536 * (3 * 768 + 48 + 2 * 16 + 48 + 16) + 259 * 4 * 1536,
    "nas_macro": 7_713_280,  # 00000000 in the tables of NAS-Bench-Macro
    "resnet20": 40_551_040,
    # projections and feed-forwards, in units of 512²; attention of both kinds; the head
    "t5_small": 6 * 512 * (12 + 16) * 512**2 + 6 * 3 * 2 * 512**3 + 512 * 512 * 32_128,
    "wavenet": 16_000 * (2 * 256 * 32 + 20 * (4 * 32**2 + 32 * (512 + 32)) - 32**2 + 512 * (512 + 256)),
    # convolutions; four layers of the encoder, four of the decoder (projections, feed-forwards, attention); the head
    "whisper_tiny": 3000 * 3 * 80 * 384
    + 1500 * 3 * 384**2
    + 4 * (1500 * 12 * 384**2 + 2 * 1500**2 * 384)
    + 4 * ((448 * 14 + 1500 * 2) * 384**2 + 2 * 448 * (448 + 1500) * 384)
    + 448 * 384 * 51_865,
    "yolov3_tiny": 2_782_480_896,
}


def at_its_input(spec: str) -> Analysis:
    return analyse(load(spec))


@pytest.mark.parametrize("spec", PARAMS)
def test_parameters(spec: str) -> None:
    assert at_its_input(spec).totals.params == PARAMS[spec]


@pytest.mark.parametrize("spec", MACS)
def test_macs(spec: str) -> None:
    assert at_its_input(spec).totals.macs == MACS[spec]


@pytest.mark.parametrize("spec, total", [("ds_cnn", 24_908), ("anomaly_autoencoder", 269_992)])
def test_keras_counts_the_running_statistics_too(spec: str, total: int) -> None:
    layers = at_its_input(spec).layers
    norms = sum(layer.op == "batch_norm" for layer in layers)
    statistics = sum(layer.buffers for layer in layers) - norms  # PyTorch's also count their batches
    assert at_its_input(spec).totals.params + statistics == total


def test_pointnet_s_440m_are_its_convolutions() -> None:
    """Table 6 of the paper; 7M more are the T-nets' matrices at work, and the dense layers."""
    layers = at_its_input("pointnet").layers
    assert sum(layer.macs for layer in layers if layer.op == "conv1d") // 10**6 == 440
    assert sum(layer.macs for layer in layers if layer.op == "matmul") == 1024 * (3 * 3 + 64 * 64)


@pytest.mark.parametrize("depth, params", [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)])
def test_resnets_for_cifar_of_every_depth(depth: int, params: float) -> None:
    """Table 6 of the paper, in millions."""
    total = analyse(load("resnet20"), {"depth": depth}).totals.params
    assert round(total / 1e6, len(str(params)) - 2) == params


@pytest.mark.parametrize(
    "depth, width, widest, params",
    [(0.33, 0.5, 1024, 11_166_560), (0.67, 0.75, 768, 25_902_640), (1, 1, 512, 43_691_520), (1, 1.25, 512, 68_229_648)],
)
def test_yolov8_of_every_scale(depth: float, width: float, widest: int, params: int) -> None:
    """Ultralytics' own counts of s, m, l and x."""
    scale = {"depth": depth, "width": width, "widest": widest}
    assert analyse(load("yolov8n"), scale).totals.params == params


@pytest.mark.parametrize("spec, giga", [("raft_large", 211.007), ("raft_small", 47.655)])
def test_rafts_of_torchvision(spec: str, giga: float) -> None:
    """torchvision publishes the MACs of 12 updates for two images of 512×512."""
    assert round(at_its_input(spec).totals.macs / 1e9, 3) == giga


def test_another_update_of_raft_costs_as_much_as_the_last() -> None:
    one, two, five = (analyse(load("raft_small"), {"updates": n}).totals.macs for n in (1, 2, 5))
    assert five - two == 3 * (two - one)


def test_yolov8n_s_8_7_gflops() -> None:
    assert round(2 * at_its_input("yolov8n").totals.macs / 1e9, 1) == 8.7


def test_attention_to_the_text_has_its_share_a_sample() -> None:
    """Queries of 64·64 pixels, keys and values of 77 tokens, and the products of the two: each sample's own."""
    for batch in (1, 4):
        layers = analyse(load("sd15_cross_attention"), batch=batch).layers
        parts = ("to_q", "to_k", "to_v", "attention")
        names = [f"transformer_blocks.0.attn2.{part}" for part in parts]
        pixels, tokens = 64 * 64, 77
        each = [pixels * 320**2, tokens * 768 * 320, tokens * 768 * 320, 2 * pixels * tokens * 320]
        assert [layer.macs for layer in layers if layer.name in names] == [batch * macs for macs in each]
        assert sum(each) == 659_128_320


def test_unet_maps_are_those_of_the_figure() -> None:
    shapes = {layer.name: layer.output_shape for layer in at_its_input("unet").layers}
    assert [shapes[f"down{level}.convs.relu2"][1] for level in range(1, 6)] == [568, 280, 136, 64, 28]
    assert [shapes[f"up{level}.convs.relu2"][1] for level in range(4, 0, -1)] == [52, 100, 196, 388]
    assert shapes["head"] == (2, 388, 388)


def test_unet_3d_maps_are_those_of_the_paper() -> None:
    assert at_its_input("unet_3d").graph.nodes[-1].output.shape.sizes == (3, 28, 44, 44)


@pytest.mark.parametrize("spec, sizes", [("unet", {}), ("unet_3d", {"size": [16, 24, 32]})])
def test_with_padding_the_map_has_the_size_of_the_image(spec: str, sizes: dict[str, object]) -> None:
    graph = analyse(load(spec), {"padding": 1, "width": 4, **sizes}).graph
    assert graph.nodes[-1].output.shape.sizes[1:] == graph.input_sizes["input"][1:]
