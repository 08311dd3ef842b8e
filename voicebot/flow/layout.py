"""Where the blocks of a flow stand in its picture: in columns, the way of a call from left to right.

Source:
    Sugiyama, Tagawa, Toda: Methods for visual understanding of hierarchical system structures (1981): circles cut,
    columns, order by barycentres, with one lane in each column for all branches that pass it on the way to a block.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

COLUMN = 268
GAP_X = 84
GAP_Y = 26
LANE = 12.0
_SWEEPS = 8
_STACK_HEIGHT = 900

Node = tuple[str, int]
"""A block (with -1), or the lane of a block's incoming branches in a column."""


@dataclass(frozen=True)
class Layout:
    """Places, in pixels.

    Args:
        columns: The column of each block.
        tops: The upper edge of each block, and of each lane.
        follows: For each block that stands right below another one, that block.
        height: The lowest edge.
    """

    columns: Mapping[str, int]
    tops: Mapping[Node, float]
    follows: Mapping[str, str]
    height: float

    def left(self, column: int) -> float:
        """Return the left edge of a column."""
        return column * (COLUMN + GAP_X)

    def is_forward(self, source: str, target: str) -> bool:
        """Return whether a branch leads to a later column."""
        return self.columns[target] > self.columns[source]


def lay_out(ways: Mapping[str, Sequence[tuple[str, bool]]], start: str, heights: Mapping[str, float]) -> Layout:
    """Return a place for each block.

    Args:
        ways: For each block where it leads, and whether that is an error branch.
        start: The block that comes first.
        heights: The height of each block in pixels.
    """
    stacks = _stacks(ways, start, heights)
    head = {block: stack[0] for stack in stacks.values() for block in stack}
    between = {
        name: list(
            dict.fromkeys((head[to], is_error) for block in stack for to, is_error in ways[block] if head[to] != name)
        )
        for name, stack in stacks.items()
    }
    columns = _columns(between, head[start])
    members, above = _members(between, columns)
    sizes = {name: sum(heights[block] + GAP_Y for block in stack) - GAP_Y for name, stack in stacks.items()}
    for sweep in range(_SWEEPS):
        _order(members, above, forwards=sweep % 2 == 0)
    tops = _tops(members, above, {node: sizes[node[0]] if node[1] < 0 else LANE for each in members for node in each})
    for name, stack in stacks.items():
        at = tops[name, -1]
        for block in stack:
            tops[block, -1] = at
            at += heights[block] + GAP_Y
    follows = {after: before for stack in stacks.values() for before, after in pairwise(stack)}
    height = max(tops[node] + (heights[node[0]] if node[1] < 0 else LANE) for node in tops)
    return Layout({block: columns[head[block]] for block in ways}, tops, follows, height)


def _stacks(
    ways: Mapping[str, Sequence[tuple[str, bool]]], start: str, heights: Mapping[str, float]
) -> dict[str, list[str]]:
    """Return blocks that stand below each other: each is led to by the one above it alone."""
    sources: dict[str, set[str]] = {}
    for block, targets in ways.items():
        for target, _ in targets:
            sources.setdefault(target, set()).add(block)
    below: dict[str, str] = {}
    for block, targets in ways.items():
        for target, is_error in targets:
            if not is_error and target != start and sources[target] == {block} and target != block:
                below[block] = target
                break
    heads = [block for block in ways if block not in below.values()]
    stacks: dict[str, list[str]] = {}
    waiting = [start, *heads]
    while waiting:
        block = waiting.pop(0)
        if block in stacks or any(block in stack for stack in stacks.values()):
            continue
        stack = stacks[block] = [block]
        height = heights[block]
        while stack[-1] in below:
            after = below[stack[-1]]
            height += heights[after] + GAP_Y
            if height > _STACK_HEIGHT:
                waiting.append(after)
                break
            stack.append(after)
    for block in ways:  # a circle of blocks that nothing else leads to
        if not any(block in stack for stack in stacks.values()):
            stacks[block] = [block]
    return stacks


def _columns(ways: Mapping[str, Sequence[tuple[str, bool]]], start: str) -> dict[str, int]:
    """Return the column of each: one more than the furthest that leads to it, circles left out.

    Error branches count only for those that nothing else leads to, so that they do not stretch the picture.
    """
    order, back = _depth_first(ways, start)
    columns = dict.fromkeys(order, 0)
    ahead = [
        (source, to, error) for source, targets in ways.items() for to, error in targets if (source, to) not in back
    ]
    led_to = {target for _, target, is_error in ahead if not is_error}
    following: dict[str, list[str]] = {}
    for source, target, is_error in ahead:
        if not is_error or target not in led_to:
            following.setdefault(source, []).append(target)
    for source in _topological(order, following):
        for target in following.get(source, ()):
            columns[target] = max(columns[target], columns[source] + 1)
    return columns


def _depth_first(ways: Mapping[str, Sequence[tuple[str, bool]]], start: str) -> tuple[list[str], set[tuple[str, str]]]:
    """Return the blocks as a walk meets them, and the branches that lead back into the walk's own way."""
    seen: dict[str, None] = {}
    on_way: set[str] = set()
    back: set[tuple[str, str]] = set()
    for root in (start, *ways):
        if root in seen:
            continue
        work = [(root, iter(ways[root]))]
        seen[root] = None
        on_way.add(root)
        while work:
            source, targets = work[-1]
            for target, _ in targets:
                if target in on_way:
                    back.add((source, target))
                elif target not in seen:
                    seen[target] = None
                    on_way.add(target)
                    work.append((target, iter(ways[target])))
                    break
            else:
                work.pop()
                on_way.discard(source)
    return list(seen), back


def _topological(order: Sequence[str], following: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the blocks so that each stands before those that it leads to."""
    left = dict.fromkeys(order, 0)
    for targets in following.values():
        for target in targets:
            left[target] += 1
    ready = [block for block in order if left[block] == 0]
    done: list[str] = []
    while ready:
        block = ready.pop(0)
        done.append(block)
        for target in following.get(block, ()):
            left[target] -= 1
            if left[target] == 0:
                ready.append(target)
    return done


def _members(
    ways: Mapping[str, Sequence[tuple[str, bool]]], columns: Mapping[str, int]
) -> tuple[list[list[Node]], dict[Node, list[Node]]]:
    """Return what stands in each column, and for each node those of the column before that lead to it."""
    members: list[list[Node]] = [[] for _ in range(max(columns.values()) + 1)]
    above: dict[Node, list[Node]] = {}
    for block, column in columns.items():
        members[column].append((block, -1))
    for source, targets in ways.items():
        for target in dict.fromkeys(to for to, _ in targets):
            if columns[target] <= columns[source]:
                continue
            before: Node = (source, -1)
            for column in range(columns[source] + 1, columns[target]):
                lane = (target, column)
                if lane not in above:
                    above[lane] = []
                    members[column].append(lane)
                above[lane].append(before)
                before = lane
            above.setdefault((target, -1), []).append(before)
    return members, above


def _order(members: list[list[Node]], above: Mapping[Node, Sequence[Node]], *, forwards: bool) -> None:
    """Sort each column by where its neighbours stand in the column before, or after."""
    below: dict[Node, list[Node]] = {}
    for node, sources in above.items():
        for source in sources:
            below.setdefault(source, []).append(node)
    neighbours = above if forwards else below
    for column in members if forwards else reversed(members):
        places = {node: place for each in members for place, node in enumerate(each)}

        def barycentre(node: Node, places: Mapping[Node, int] = places) -> float:
            near = [places[each] for each in neighbours.get(node, ())]
            return sum(near) / len(near) if near else float(places[node])

        column.sort(key=barycentre)


def _tops(
    members: Sequence[Sequence[Node]], above: Mapping[Node, Sequence[Node]], sizes: Mapping[Node, float]
) -> dict[Node, float]:
    """Return the upper edges: each node as near as its column lets it be to those that lead to it."""
    tops: dict[Node, float] = {}
    for column in members:
        lowest = 0.0
        for node in column:
            near = [tops[source] for source in above.get(node, ()) if source in tops]
            wanted = min(near) if near else lowest
            tops[node] = max(lowest, wanted) if lowest else max(0.0, wanted)
            lowest = tops[node] + sizes[node] + (GAP_Y if node[1] < 0 else LANE)
    return tops
