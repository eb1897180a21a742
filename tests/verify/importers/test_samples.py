"""The ids on which an imported network runs are rows of its table, some of them padding, or small numbers."""

from calc.spec import expand, loads
from verify.importers.samples import BATCH, samples

TABLE = "embedding: {num_embeddings: 9, embedding_dim: 4}"


def ids_of(layers: str) -> list[list[int]]:
    text = f"name: net\ninput: {{shape: [8], dtype: int64}}\nlayers:\n{layers}"
    (found,) = samples(expand(loads(text)))
    ids: list[list[int]] = found.tolist()
    assert len(ids) == BATCH
    assert {each for sample in ids for each in sample} <= {*range(9)}
    return ids


def test_every_row_of_the_table_may_be_looked_up() -> None:
    assert len({each for sample in ids_of(f"  e: {{{TABLE}}}\n") for each in sample}) > 2


def test_a_sample_ends_in_what_the_network_compares_ids_with() -> None:
    layers = f"  e: {{{TABLE}}}\n  m: {{compare: {{operator: ne, value: 5}}, from: input}}\n"
    assert ids_of(layers)[-1][-8 // 4 :] == [5, 5]


def test_where_ids_are_worked_out_those_that_arrive_are_small_and_no_sample_is_another() -> None:
    first, last = ids_of(f"  s: {{add: 7}}\n  e: {{{TABLE}}}\n")
    assert {*first} | {*last} == {0, 1}
    assert [1 - each for each in first] == last


def test_ids_that_are_compared_with_numbers_are_some_of_as_many() -> None:
    layers = "  n: {tensor: {shape: [9], buffer: true}}\n  x: {unsqueeze: 2, from: input}\n"
    found = ids_of(f"{layers}  o: {{compare: eq, from: [x, n]}}\n")
    assert len({each for sample in found for each in sample}) > 2
