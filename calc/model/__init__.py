"""The network as all other parts use it: tensors, nodes, the graph, and the builder that makes them."""
