"""What a network is to everything else: tensors, nodes, the graph, and the one builder that makes them."""
