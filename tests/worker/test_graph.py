from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from workers.staging.graph import cycles, too_deep, written

# A busy machine is no fault of the code.
unhurried = settings(deadline=None)

NODES = "ABCDEFG"
edges = st.dictionaries(st.sampled_from(NODES), st.lists(st.sampled_from(NODES), max_size=3, unique=True))


def reachable(start: str, graph: dict[str, list[str]]) -> set[str]:
    """Return the slow and obvious answer: what can be reached over one edge or more."""
    seen: set[str] = set()
    front = list(graph.get(start, []))
    while front:
        node = front.pop()
        if node not in seen:
            seen.add(node)
            front += graph.get(node, [])
    return seen


@unhurried
@given(edges)
def test_exactly_the_nodes_that_can_reach_themselves_are_found_with_a_true_path(graph: dict[str, list[str]]) -> None:
    found = cycles(graph)
    assert set(found) == {node for node in graph if node in reachable(node, graph)}
    for node, path in found.items():
        assert path[0] == path[-1] == node
        assert all(to in graph[at] for at, to in pairwise(path))


def test_a_very_long_chain_neither_recurses_nor_hangs() -> None:
    chain = {str(number): [str(number + 1)] for number in range(20_000)}
    assert cycles(chain) == {}
    chain["20000"] = ["0"]
    assert len(cycles(chain)) == 20_001


@unhurried
@given(st.dictionaries(st.sampled_from(NODES), st.sampled_from(NODES)), st.integers(1, 4))
def test_the_level_of_a_node_is_the_number_of_nodes_up_to_its_root(parents: dict[str, str], levels: int) -> None:
    expected = {}
    for node in parents:
        trail = [node]
        while (parent := parents.get(trail[-1])) is not None and parent not in trail:
            trail.append(parent)
        if parent is None and len(trail) > levels:
            expected[node] = len(trail)
    assert too_deep(parents, levels) == expected


def test_a_long_path_is_told_without_its_middle() -> None:
    assert written(["A", "B", "A"]) == "A -> B -> A"
    long = written([str(number) for number in range(100)])
    assert long.startswith("0 -> 1 -> ")
    assert long.endswith(" -> ... -> 99")
