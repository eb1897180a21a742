"""The networks of specs/more in plain torch, written from their papers: what the specs are compared with."""
