"""The network as all other parts see it: tensors, nodes, the graph, and the builder that makes them."""
