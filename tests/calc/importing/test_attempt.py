from calc.errors import OpError
from calc.importing import Draft
from calc.importing.attempt import attempt


def begun() -> tuple[Draft, int]:
    draft = Draft("net.onnx")
    return draft, draft.input("input", (3, 8, 8))


def conv(draft: Draft, x: int, kernel: int) -> int:
    return draft.add(draft.names.free("conv"), "conv2d", [x], (4, 8, 8), out_channels=4, kernel_size=kernel)


def test_layers_that_can_be_stay() -> None:
    draft, x = begun()
    found = attempt(draft, (), lambda: conv(draft, x, 1))
    assert (found.why, draft.name(found.made), draft.names.free("conv")) == ("", "conv", "conv2")


def test_nothing_is_left_of_what_raises_after_some_layers() -> None:
    draft, x = begun()
    known = {"before": 1}

    def make() -> None:
        known["within"] = conv(draft, x, 1)
        raise OpError("alpha=2 is not taken")

    found = attempt(draft, (known,), make)
    assert (found.made, found.why) == (None, "alpha=2 is not taken")
    assert known == {"before": 1}
    assert draft.names.free("conv") == "conv"
    assert draft.graph("net", [x]).layers == ()


def test_what_is_noted_is_a_failure_too() -> None:
    draft, x = begun()
    assert attempt(draft, (), lambda: conv(draft, x, 9)).why.startswith("a window of 9")
    assert draft.problems == []
    assert len(draft.graph("net", [conv(draft, x, 1)]).layers) == 1
