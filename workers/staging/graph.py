"""Cycles and depth in one group of phases. Pure: names and edges in, paths out; no recursion, as plans may be long."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

Edges = Mapping[str, Collection[str]]

# Members of a tangle that each get a path of their own; in a larger one all share the first.
_OWN_PATHS = 50
# Members shown of a path; a longer one would not be read.
_SHOWN = 12


def cycles(edges: Edges) -> dict[str, tuple[str, ...]]:
    """Return for each node that lies on a cycle a path from it back to itself, as short as can be."""
    paths: dict[str, tuple[str, ...]] = {}
    for tangle in _tangles(edges):
        members = set(tangle)
        inside = {node: [to for to in edges.get(node, ()) if to in members] for node in tangle}
        first = _way_back(tangle[0], inside)
        for node in tangle:
            paths[node] = _way_back(node, inside) if len(tangle) <= _OWN_PATHS else first
    return paths


def too_deep(parents: Mapping[str, str], levels: int) -> dict[str, int]:
    """Return the nodes that stand below level ``levels`` with their level; roots stand on level 1.

    What hangs on a cycle has no level and is left out.
    """
    level: dict[str, int] = {}
    for start in parents:
        trail: list[str] = []
        node: str | None = start
        seen: set[str] = set()
        while node is not None and node not in level and node not in seen:
            seen.add(node)
            trail.append(node)
            node = parents.get(node)
        if node is not None and node in seen:
            level.update(dict.fromkeys(trail, 0))
            continue
        base = 0 if node is None else level[node]
        on_cycle = node is not None and base == 0
        for depth, passed in enumerate(reversed(trail), base + 1):
            level[passed] = 0 if on_cycle else depth
    return {node: depth for node, depth in level.items() if depth > levels}


def written(path: Sequence[str]) -> str:
    """Return a path as `FRM -> DRY -> FRM`; a long one without its middle."""
    if len(path) > _SHOWN:
        path = (*path[: _SHOWN - 2], "...", path[-1])
    return " -> ".join(path)


def _way_back(start: str, edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Return the shortest way from a node over others back to itself, breadth first."""
    before: dict[str, str] = {}
    front = [start]
    while start not in before:
        following = []
        for node in front:
            for to in edges[node]:
                if to not in before:
                    before[to] = node
                    following.append(to)
        front = following
    path = [start]
    while (node := before[path[-1]]) != start:
        path.append(node)
    return (start, *reversed(path[1:]), start)


def _tangles(edges: Edges) -> list[list[str]]:
    """Return the sets of nodes that can all reach each other (Tarjan), but for single nodes without a loop."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    stacked: set[str] = set()
    found: list[list[str]] = []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        stacked.add(root)
        while work:
            node, following = work[-1]
            for to in following:
                if to not in index:
                    index[to] = low[to] = len(index)
                    stack.append(to)
                    stacked.add(to)
                    work.append((to, iter(edges.get(to, ()))))
                    break
                if to in stacked:
                    low[node] = min(low[node], index[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    tangle = _unstack(node, stack, stacked)
                    if len(tangle) > 1 or node in edges.get(node, ()):
                        found.append(tangle)
    return found


def _unstack(node: str, stack: list[str], stacked: set[str]) -> list[str]:
    tangle = [stack.pop()]
    while tangle[-1] != node:
        tangle.append(stack.pop())
    stacked.difference_update(tangle)
    return tangle
