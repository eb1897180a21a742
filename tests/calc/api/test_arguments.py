"""Arguments of a wrong type: a sentence that names the argument, from each function that takes it."""

from typing import Any

import pytest

import calc
from calc.api.arguments import policy_texts, text_items, whole_number
from calc.errors import OpError, SpecError


class Index(int):
    """An integer that is none of Python's own, as numpy's are."""


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"vary": None}, "vary=None: must be text, or a list of texts"),
        ({"vary": {"width": [0.5]}}, "vary={'width': [0.5]}: must be text"),
        ({"vary": [3]}, r"vary=[3]: must be text"),
        ({"bits": None}, "bits=None: must be policies as --bits takes them"),
        ({"bits": [8, None]}, "bits=[8, None]: must be policies"),
        ({"bits": 8.0}, "bits=8.0: must be policies"),
        ({"bits": True}, "bits=True: must be policies"),
        ({"params": "width=1"}, "params='width=1': must be a mapping"),
        ({"params": {3: 4}}, "params={3: 4}: must be a mapping"),
        ({"params": {"resolution": object}}, "the param resolution is <class 'object'>: must be a number"),
        ({"params": {"resolution": float("nan")}}, "'nan' is not a finite number"),
        ({"params": {"resolutoin": 3}}, "MobileNetV2 has no param resolutoin"),
        ({"params": {"width": 3}}, "--vary: width is varied twice, or given too"),
        ({"input": "3x64x64"}, "input='3x64x64': must be sizes of one sample"),
        ({"input": 64}, "input=64: must be sizes of one sample"),
        ({"input": {"image": (3, 64, 64)}}, "MobileNetV2 has no input image; it has input"),
        ({"batch": "1"}, "batch='1': must be a positive integer"),
        ({"activations": None}, "activations=None: must be same, producer or a number of bits"),
        ({"deployed": "yes"}, "deployed='yes': must be True or False"),
        ({"where": 3}, "where=3: must be text"),
        ({"of": None}, "of=None: must be text, or a list of texts"),
        ({"of": [3]}, "of=[3]: must be text"),
        ({"front": 3}, "front=3: must be text"),
        ({"front": [1, 2]}, "front=[1, 2]: must be text"),
        ({"best": "x", "by": "macs"}, "best='x': must be a number of points, at least 1"),
        ({"best": 2.5, "by": "macs"}, "best=2.5: must be a number of points"),
        ({"best": True, "by": "macs"}, "best=True: must be a number of points"),
        ({"best": 2, "by": ["macs"]}, "by=['macs']: must be text"),
        ({"sample": "x"}, "sample='x': must be a number of networks, at least 1"),
        ({"sample": 2, "seed": None}, "seed=None: must be an integer from 0 on"),
        ({"sample": 2, "seed": -1}, "seed=-1: must be an integer from 0 on"),
        ({"seed": 1}, "--seed goes with --sample"),
        ({"jobs": None}, "jobs=None: must be a number of processes"),
        ({"jobs": 1.5}, "jobs=1.5: must be a number of processes"),
        ({"scheduler": 3}, "scheduler=3: must be text"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("vary", ["width=0.5,1.0", "width=0.1..2.0:0.0001"])
def test_a_sweep_says_which_argument_is_wrong(vary: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises((OpError, SpecError)) as caught:
        calc.sweep("mobilenetv2", **{"vary": vary, **arguments})
    assert said in str(caught.value)


def test_integers_that_are_not_pythons_own_are_taken() -> None:
    number = Index(2)
    found = calc.sweep(
        "mobilenetv2", "width=0.5,1.0", Index(8), params={"resolution": Index(64)}, batch=number, of="macs"
    )
    expected = list(calc.sweep("mobilenetv2", "width=0.5,1.0", 8, params={"resolution": 64}, batch=2, of="macs"))
    assert list(found) == expected
    assert type(expected[0]["resolution"]) is int


def test_numbers_of_numpy_are_params() -> None:
    numpy = pytest.importorskip("numpy", reason="needs the extra search")
    given = {"width": numpy.float64(0.5), "resolution": numpy.int64(64)}
    expected = calc.analyse(calc.load("mobilenetv2"), {"width": 0.5, "resolution": 64})
    assert calc.analyse(calc.load("mobilenetv2"), given).totals == expected.totals
    (point,) = calc.sweep("mobilenetv2", "width=0.5", params={"resolution": numpy.int64(64)}, of="macs")
    assert point["macs"] == expected.totals.macs


@pytest.mark.parametrize(
    "call",
    [
        lambda bits: calc.compare("alexnet", bits=bits),
        lambda bits: calc.explain("alexnet", "1G", bits=bits),
        lambda bits: calc.allocate("alexnet", "weight_bytes=32MB", bits=bits),
    ],
)
def test_policies_of_a_wrong_type_are_refused_everywhere(call: Any) -> None:
    with pytest.raises(OpError, match="bits=None: must be policies as --bits takes them"):
        call(None)


def test_one_or_several() -> None:
    assert policy_texts(8) == policy_texts("8") == policy_texts([8]) == ["8"]
    assert text_items("of", "macs", "") == text_items("of", ("macs",), "") == ["macs"]
    assert whole_number("seed", 0, least=0) == 0
