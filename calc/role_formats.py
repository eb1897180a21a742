"""The formats of some roles of layers with MACs: heads, routers, and all layers that are not experts."""

from calc.errors import OpError
from calc.precision.base import Assignment
from calc.precision.roles import Roles, with_format
from calc.workload import Workload


def with_role_formats(assigned: Assignment, network: Workload, roles: Roles) -> Assignment:
    """Return ``assigned`` with the formats that ``roles`` has for these layers.

    Raises OpError if a role is about experts and ``network`` has none.
    """
    has_experts = network.active_params is not None if roles.router or roles.dense else False
    if roles.dense is not None:
        if not has_experts:
            raise OpError(
                f":{roles.name} is about experts; {network.graph.model} has none", ":llm narrows all matrices"
            )
        assigned = with_format(assigned, network.dense, roles.dense, "dense")
    if roles.router is not None and has_experts:
        assigned = with_format(assigned, network.routers, roles.router, "router")
    return assigned if roles.head is None else with_format(assigned, network.heads, roles.head, "head")
