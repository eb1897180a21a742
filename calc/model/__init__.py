"""The network as all other parts see it: tensors, nodes, the graph, and the one builder that makes them."""
