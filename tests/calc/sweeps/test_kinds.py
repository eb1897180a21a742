"""Elements by kind that a sweep is asked for: which networks have them, and that others are refused."""

from typing import Any

import pytest

from calc.api.sweep import sweep_job
from calc.errors import OpError
from calc.spec import loads
from calc.sweeps.aims import aim_of

SPEC = """
name: small
params: {act: relu, is_active: false, times: 0, ops: [tanh, tanh]}
input: [8]
layers:
  - linear: 8
  - {$act: , when: is_active}
  - {silu: , repeat: times}
  - {$kind: , for: {kind: ops}}
"""
WORDS = ("tanh", "softplus", "selu", "mish", "elu", "celu")
BOTH = ["act=relu,gelu", "is_active=false,true"]


def job_of(vary: list[str], of: str, **options: Any) -> Any:
    return sweep_job("small", loads(SPEC), vary, ["8"], {}, of=[of], **options)


@pytest.mark.parametrize(
    "vary, kind",
    [
        ([], "tanh"),
        (BOTH, "gelu"),  # which is there only where both are as they are not at first
        (["times=0..3"], "silu"),
        (["ops[*]=tanh,softplus,selu"], "selu"),
        (["ops=[tanh],[mish]"], "mish"),
        ([f"ops[*]={','.join(WORDS)}", f"act={','.join(WORDS)}", "is_active=false,true"], "elu"),  # 432 are looked at
        ([f"ops[*]={','.join(WORDS)}", f"act=relu,{','.join(WORDS)}", "is_active=false,true"], "celu"),
    ],
)
def test_a_kind_that_some_network_has(vary: list[str], kind: str) -> None:
    job, _ = job_of(vary, f"elementwise.{kind}")
    assert [each.key for each in job.told] == [f"elementwise_{kind}"]


@pytest.mark.parametrize("vary", [[], BOTH, ["times=0..3"], ["ops[*]=tanh,selu"]])
def test_a_kind_that_none_has_is_refused(vary: list[str]) -> None:
    with pytest.raises(OpError, match=r"--of elementwise\.foo: there are no elements of this kind"):
        job_of(vary, "elementwise.foo")
    with pytest.raises(OpError, match=r"--where elementwise\.hardtanh: there are no elements"):
        job_of(vary, "macs", where="elementwise.hardtanh < 3")
    pytest.importorskip("numpy", reason="needs the extra search")
    job, model = job_of(vary, "macs")
    with pytest.raises(OpError, match=r"--front elementwise\.foo: there are no elements"):
        aim_of(job, model, ["macs", "+elementwise.foo"], None, None)
    with pytest.raises(OpError) as caught:
        aim_of(job, model, [], 3, "elementwise.tan")
    assert "--by elementwise.tan: there are no elements" in caught.value.fact
    assert caught.value.hint == "did you mean tanh?"
