"""The result of an analysis: a row for each layer and their totals, at chosen bits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc import notebook
from calc.at_bits import AtBits
from calc.bitops import CONVENTIONS, BitOps, layer_bitops, sum_in_order
from calc.data_frame import data_frame
from calc.errors import OpError, Place, Problem
from calc.frozen import FrozenDict
from calc.layers import Layer, layer_row
from calc.layers_json import layers_flat, layers_json
from calc.memory import Plan, peak_bytes, planner
from calc.model.graph import Graph
from calc.model.inputs import ends_json
from calc.moved import STILL
from calc.one_line import in_one_line
from calc.options import check_options
from calc.precision import Policy, resolve
from calc.precision.activations import PRODUCER, SAME, known_activations, reading_at, reading_written, written_bits
from calc.precision.deployed import fitting_deployed
from calc.precision.held import held_formats
from calc.precision.kv import KvFormats, formats_of_kept, read_kv
from calc.precision.roles import DEPLOYED, PAPER, roles_of
from calc.precision.shared import with_holders_bits
from calc.quantities import Totals, at_least, quantities
from calc.role_formats import with_role_formats
from calc.spec.bases import Base, bases
from calc.spec.expand import expand
from calc.spec.given import InputSizes, given_params
from calc.spec.model import ModelSpec
from calc.spec.phases import LanguageCall, call_of
from calc.spec.provenance import WRITTEN, Provenance
from calc.warnings import AXES_NORMS, as_json, warnings
from calc.workload import workload

if TYPE_CHECKING:
    from calc.conventions.count import Counted
    from calc.deploy import Deployment

__all__ = ["Analysis", "Layer", "Totals", "analyse"]

SCHEMA = "calc.run/2"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Analysis(AtBits):
    """The cost of a network at chosen bits, as ``analyse`` returns it.

    It cannot be changed. Rows and totals are computed when they are first asked for.

    >>> from calc import analyse, load
    >>> analysis = analyse(load("mobilenetv2"), bits="adaptive")
    >>> analysis.totals.bitops["weight"], analysis.layers[0].name
    (1082789632, 'features.0.0')
    """

    policy: str
    activations: str
    bitops_convention: str
    count_as: str | None = None
    """A convention of ``calc.conventions`` that reports show beside the MACs."""
    bases: tuple[Base, ...] = ()
    """The specs that this spec extends or uses by name."""
    bare_norms: frozenset[Place] = frozenset()
    """The places where the spec writes a norm with a bare number."""
    original: Graph | None = None
    """The network before deployment, if ``graph`` is the deployed network; otherwise None."""
    provenance: Provenance = WRITTEN
    call: LanguageCall | None = None
    """The number of tokens in a call of a language model, and of the tokens before them."""
    planner: str = "liveness"
    """The name of the planner of activation memory, one of ``calc.memory.PLANNERS``."""
    kv: KvFormats | None = None
    """The formats of keys and values that are kept from call to call; None if the policy sets them."""

    @property
    def at_least(self) -> tuple[str, ...]:
        """The names of the ``totals`` that are lower bounds, because a layer is not known."""
        not_told = {each.name for each in quantities() if each.told_of == "state" and not self.has_state}
        return at_least([name for name in Totals._fields if name not in not_told], self.unknown)

    @cached_property
    def bitops(self) -> FrozenDict[int, BitOps]:
        """BitOps by every definition, for the nodes with MACs, by their index in the graph."""
        found: dict[int, BitOps] = {}
        alike: dict[tuple[int, int], BitOps] = {}  # blocks repeat, so equal layers are computed once
        for index, (counts, given) in enumerate(zip(self.counts, self.assigned, strict=True)):
            if given is not None:
                key = (id(counts), id(given))
                found[index] = alike[key] = alike.get(key) or layer_bitops(counts.products, given.bits, given.parts)
        return FrozenDict(found)

    @cached_property
    def counted(self) -> "Counted | None":
        """The network under the convention ``count_as``."""
        if self.count_as is None:
            return None
        from calc.conventions import counted  # reads YAML, which a run without a convention does not need

        return counted(self.count_as, self.workload)

    @cached_property
    def deployment(self) -> "Deployment | None":
        """The changes that deployment made to the layers of ``original``; None if the network is not deployed."""
        if self.original is None:
            return None
        from calc.deploy import deployment  # only a deployed network needs it

        return deployment(self.original, self.graph)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """One row for each layer in the order of execution, including those without MACs."""
        inputs, bitops = len(self.graph.inputs), self.bitops
        rows = list(zip(self.graph.nodes, self.counts, self.assigned, strict=True))[inputs:]
        return tuple(
            [
                layer_row(
                    self.graph,
                    *row,
                    bitops.get(index),
                    self.weight_bits[index],
                    self.held.get(index),
                    self.moved[index].bits,
                )
                for index, row in enumerate(rows, inputs)
            ]
        )

    @property
    def live_bytes(self) -> tuple[int, ...]:
        """The bytes of activations that are needed while each of ``layers`` runs, by the chosen planner."""
        return self.memory.needed[len(self.graph.inputs) :]

    @cached_property
    def warnings(self) -> tuple[Problem, ...]:
        """Warnings about what is allowed but probably a mistake, such as a layer whose output nothing reads."""
        graph = self.graph if self.original is None else self.original
        of_call = () if self.call is None else self.call.warnings()
        return (*self.provenance.warnings(graph.spec), *of_call, *warnings(graph, self.bare_norms))

    @property
    def arithmetic_intensity(self) -> Fraction | None:
        """The exact ratio of MACs to bytes moved; None if nothing is moved or one of the two is a lower bound."""
        found = self.totals
        if at_least(["macs", "bytes_moved"], self.unknown) or not found.bytes_moved:
            return None
        return Fraction(found.macs, found.bytes_moved)

    @cached_property
    def memory(self) -> Plan:
        """The memory of activations while the network runs, by the chosen planner, in bytes."""
        if self.planner == "liveness":
            return self.liveness
        return planner(self.planner)(self.workload.lifetimes, self.storage_bytes)

    @cached_property
    def totals(self) -> Totals:
        """The sums over ``layers``, and the peak memory."""
        sums = self.workload.sums
        bitops = self.bitops.values()
        weight_bits_total = sum(self.weight_bits)
        return Totals(
            macs=sums.macs,
            causal_macs=sums.macs - sums.masked_macs,
            effective_macs=sums.effective_macs,
            params=sums.params,
            active_params=sums.params if self.workload.active_params is None else self.workload.active_params,
            buffers=sums.buffers,
            weight_bits_total=weight_bits_total,
            weight_bytes=(weight_bits_total + 7) // 8,
            weight_bytes_fp32=4 * sums.params,
            kv_bytes=(sum([state.bits for state in self.states]) + 7) // 8,
            kv_bytes_per_token=(sum([state.bits_per_token for state in self.states]) + 7) // 8,
            bytes_moved=(sum([moved.bits for moved in self.moved if moved is not STILL]) + 7) // 8,
            peak_activation_bytes=peak_bytes(self.workload.lifetimes, self.storage_bytes),
            activation_elements=sums.output_elements,
            bitops=FrozenDict({name: sum_in_order([row[name] for row in bitops]) for name in CONVENTIONS}),
            elementwise=sums.elementwise,
        )

    def with_bits(self, bits: str | int | Policy) -> "Analysis":
        """Return the same network under another policy. The counts are not computed again.

        Raises:
            OpError: The policy is unknown.
            SpecError: The policy does not fit the network.
        """
        return _assign(self, bits)

    def __repr__(self) -> str:
        graph, convention = self.graph, self.bitops_convention
        network = (graph.model, graph.input_sizes, self.batch, self.policy)
        return f"<{in_one_line(*network, self.totals, convention, self.at_least)}>"

    def _repr_html_(self) -> str:
        return notebook.html(self)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return one flat dictionary for each layer, for a table or a data frame.

        ``bitops`` becomes one key for each definition.

        If something of a layer is not known, ``at_least`` names the keys of each row that are lower bounds.
        """
        return layers_flat(self.layers, self.live_bytes, self.totals.elementwise, self.has_experts, bool(self.unknown))

    def to_dataframe(self) -> Any:
        """Return the rows of ``to_dicts`` as a data frame of polars or, if polars is missing, of pandas.

        Raises OpError without both.
        """
        return data_frame(self.to_dicts())

    def to_json_dict(self) -> dict[str, Any]:
        """Return the dictionary that ``calc run --format json`` prints. ``schema`` names the version of its keys."""
        totals = self._json_totals()
        bounds = at_least(totals, self.unknown)
        inputs = len(self.graph.inputs)
        counted = None if self.counted is None else self.counted.rows[inputs:]
        times = None if self.bound is None else self.bound.layers[inputs:]
        return {
            "schema": SCHEMA,
            "model": self.graph.model,
            "spec": self.graph.spec,
            **self.provenance.to_json_dict(),
            **({"bases": [base.to_json_dict() for base in self.bases]} if self.bases else {}),
            **ends_json(self.graph.input_sizes, tuple(self.graph.outputs)),
            "batch": self.batch,
            **({} if self.call is None else {"call": self.call.to_json_dict()}),
            "policy": self.policy,
            "stores": {"name": self.roles.name, **self.formats_by_role},
            **({} if self.kv is None else {"kv": self.kv.text}),
            "activations": self.activations,
            "bitops_convention": self.bitops_convention,
            **({} if self.deployment is None else {"deployed": self.deployment.to_json_dict()}),
            "totals": totals | ({"at_least": list(bounds)} if bounds else {}),
            **self._json_serving(),
            **({} if self.counted is None else {"counted": self.counted.to_json_dict()}),
            **({"warnings": [as_json(problem) for problem in self.warnings]} if self.warnings else {}),
            "layers": layers_json(self.layers, self.live_bytes, counted, times, self.has_experts),
        }

    def _json_serving(self) -> dict[str, Any]:
        runtime = {"name": self.runtime, "kv_bytes": self.kv_bytes_of_runtime}
        return {
            **({} if self.runtime is None else {"runtime": runtime}),
            **({} if self.bound is None else {"device": self.bound.to_json_dict()}),
            **({} if self.energy is None else {"energy": self.energy.to_json_dict()}),
        }

    def _json_totals(self) -> dict[str, Any]:
        totals = self.totals
        is_language = self.has_state or bool(self.graph.model_type)
        alone = [found for found in quantities("json", self.has_experts, is_language) if not found.family]
        return {
            **{found.name: found.total(totals) for found in alone},
            **({"active_params": totals.active_params} if is_language and not self.has_experts else {}),
            "arithmetic_intensity": None if self.arithmetic_intensity is None else float(self.arithmetic_intensity),
            "weight_bytes_by_role": self.weight_bytes_by_role,
            "training_only_weight_bytes": self.training_only_weight_bytes,
            "effective_bits": {
                name: None if bits is None else float(bits) for name, bits in self.effective_bits._asdict().items()
            },
            "bitops": totals.bitops,
            "elementwise": totals.elementwise,
            **self._json_memory(),
        }

    def _json_memory(self) -> dict[str, Any]:
        plan = self.memory
        found = {"planner": plan.planner, "bytes": plan.bytes, "layer": self.graph.nodes[plan.layer].name}
        return {"memory": found, **({"arena_bytes": plan.bytes} if plan.planner == "arena" else {})}


def analyse(
    model: Graph | ModelSpec,
    params: Mapping[str, Any] | None = None,
    input: InputSizes | None = None,  # noqa: A002  # the word of the language
    *,
    bits: str | int | Policy = "fp32",
    batch: int = 1,
    activations: str | int = "same",
    bitops: str = "weight",
    count_as: str | None = None,
    max_layers: int | None = None,
    deployed: bool = False,
    memory: str = "liveness",
    kv: str | None = None,
    runtime: str | None = None,
    device: str | None = None,
    energy: str | None = None,
) -> Analysis:
    """Count what a network costs.

    Args:
        model: A spec that ``load`` returned, or an expanded graph.
        params: Values for params of the spec, such as ``{"width": 0.5}``.
        input: The size of one sample without the batch, such as ``(3, 160, 160)``; for several inputs, a mapping by
            name.
        bits: A policy as ``calc run --bits`` takes it: ``8``, ``"w4a8"``, ``"int4g128"``, ``"adaptive"``, a file of
            rules.
        batch: The number of samples that all counts are for.
        activations: The bits of a layer's inputs: ``same`` as the layer, ``producer`` (as they were written), or a
            number.
        bitops: The definition of BitOps that reports show first: ``weight``, ``product`` or ``uniq``.
        count_as: A counter, such as ``fvcore``, whose total reports show beside the MACs.
        max_layers: The largest number of layers; by default 10,000, or as many as the file lists.
        deployed: Count the deployed network, with norms folded and activations fused (``calc.deploy``).
        memory: The planner of memory: ``liveness``, ``arena`` or ``in-place``.
        kv: The format of the KV cache, such as ``q8_0`` or ``k=q8_0,v=q4_0``; by default that of the policy.
        runtime: ``vllm``, ``llama.cpp`` or ``transformers``, whose padding of the cache reports show.
        device: A packaged device or a YAML file, for a lower bound of the time in seconds.
        energy: A YAML file with picojoules per MAC and per byte, for the energy.

    Returns:
        An Analysis: ``totals`` and ``layers`` with exact counts in MACs, elements, bits and bytes. The formulas are
        those of the ops (``calc ops``) and of ``docs/quantities.md``, which names their sources.

    Raises:
        SpecError: The network cannot be expanded; the text has every problem with its line.
        OpError: An option is wrong.

    >>> from calc import analyse, load
    >>> analyse(load("mobilenetv2"), {"width": 0.5}, (3, 160, 160), bits=8).totals.macs
    50184000
    """
    check_options(batch, activations, bitops, count_as, memory)
    if isinstance(model, (str, Path)):
        raise OpError(f"{str(model)[:60]!r} is text, not a spec", "analyse(load(...))")
    kept = None if kv is None else read_kv(kv)
    if isinstance(model, Graph) and (params or input):
        raise OpError("params and input were given with a Graph, which has its own", "give the spec instead")
    call = call_of(model, given_params(params)) if isinstance(model, ModelSpec) else None
    graph = model if isinstance(model, Graph) else expand(model, params, input, max_layers)
    if deployed:
        from calc.deploy import deploy  # only a deployed network needs it
    network = workload(deploy(graph) if deployed else graph, batch)
    if kept is not None and not network.has_state:
        raise OpError(f"--kv {kv}: no layer of {graph.model} keeps keys or values", "the op cache does")
    full: frozenset[str] = frozenset()
    if runtime is not None:
        from calc.serving.full_windows import full_windows
        from calc.serving.runtimes import runtime_of  # only a run with a runtime needs it

        runtime = runtime_of(runtime, graph).name
        full = full_windows(graph)
        if not network.has_state:
            raise OpError(f"--runtime {runtime}: no layer of {graph.model} keeps keys or values, which it would pad")
    served = {}
    if device is not None or energy is not None:
        from calc.serving.read import served_by  # only a run with a device or a table of energy needs it

        served = served_by(device, energy)
    reads, original = known_activations(str(activations)), graph if deployed else None
    unassigned = Analysis(
        workload=network, policy="", activations=reads, bitops_convention=bitops, assigned=(), count_as=count_as,
        original=original, planner=memory, kv=kept, runtime=runtime, full_windows=full, **served,
    )  # fmt: skip
    if not isinstance(model, Graph):
        unassigned = replace(unassigned, bases=bases(model), bare_norms=model.bare(AXES_NORMS))
        unassigned = replace(unassigned, provenance=model.provenance, call=call)
    return _assign(unassigned, bits)


def _assign(analysis: Analysis, bits: str | int | Policy) -> Analysis:
    """Return ``analysis`` at other bits. Raises OpError or SpecError if the policy is unknown or does not fit."""
    if isinstance(bits, bool) or not (isinstance(bits, (str, int)) or hasattr(bits, "assign")):
        raise OpError(f"bits={bits!r:.60}: must be a policy as --bits takes it", "such as 8, 'w4a8' or 'adaptive'")
    policy = resolve(str(bits)) if isinstance(bits, (str, int)) else bits
    graph, counts = analysis.graph, analysis.counts
    if analysis.original is not None:
        policy = fitting_deployed(policy, analysis.graph, analysis.counts, analysis.original, analysis.batch)
    roles = roles_of(policy) or (PAPER if analysis.original is None else DEPLOYED)
    assigned = policy.assign(graph, counts)
    assigned = with_holders_bits(graph, with_role_formats(assigned, analysis.workload, roles))
    held = held_formats(policy, graph, counts, assigned)
    roles = roles.beside(assigned)
    if analysis.kv is not None:
        roles = roles._replace(state=analysis.kv.keys)
        held = FrozenDict(formats_of_kept(analysis.kv, graph, counts) | held)  # a layer's own format wins
    written = None
    if analysis.activations == PRODUCER:
        written = written_bits(graph, assigned, held, roles)
        assigned = reading_written(graph, assigned, written)
    elif analysis.activations != SAME:
        assigned = reading_at(assigned, int(analysis.activations))
    found = replace(analysis, policy=policy.name, assigned=assigned, held=held, roles=roles, written=written)
    _ = found.weight_bits, found.states  # computed here so that a tensor that a format cannot store is refused
    return found
