"""Rules about the flow as a whole: what can be reached, and what can end."""

from collections.abc import Iterable, Iterator, Mapping

from voicebot.flow.actions.facts import HOLD, QUEUE, UNMATCHED, WHISPER
from voicebot.flow.findings import Finding
from voicebot.flow.lint.sheet import Block, Sheet

_INTERRUPTED = QUEUE | HOLD | WHISPER
"""Types of flow that end by themselves when an agent takes the call."""


def graph_findings(sheet: Sheet) -> Iterator[Finding]:
    """Yield what is wrong with how blocks lead to each other."""
    if sheet.start not in sheet.blocks:
        return
    reachable = sheet.reachable()
    yield from _unreachable(sheet, reachable)
    circles = list(_endless(sheet, reachable))
    yield from circles
    yield from _retries(sheet, reachable)
    if not circles:
        yield from _endings(sheet, reachable)


def _unreachable(sheet: Sheet, reachable: list[Block]) -> Iterator[Finding]:
    known = {block.identifier for block in reachable}
    for block in sheet.blocks.values():
        if block.identifier not in known:
            message = "nothing leads to this block"
            yield block.finding("unreachable-block", message, "lead a branch to it, or delete it", severity="warning")


def _endless(sheet: Sheet, reachable: list[Block]) -> Iterator[Finding]:
    """Find circles in which nothing can ever come out another way."""
    fixed = {block.identifier: block for block in reachable if not (block.facts and block.facts.changes)}
    graph = {identifier: [to for to in sheet.targets(block) if to in fixed] for identifier, block in fixed.items()}
    for circle in _circles(graph):
        passes_time = any(fixed[identifier].type == "MessageParticipant" for identifier in circle)
        if passes_time and sheet.flow_type in _INTERRUPTED:
            continue
        first = next(identifier for identifier in fixed if identifier in circle)
        way = " -> ".join(identifier for identifier in fixed if identifier in circle)
        message = f"the circle {way} never asks the caller, a function or a counter, and cannot end"
        yield fixed[first].finding("endless-loop", message, "put a Loop or a question to the caller into it")


def _retries(sheet: Sheet, reachable: list[Block]) -> Iterator[Finding]:
    for block in reachable:
        if not (block.facts and block.facts.changes):
            continue
        own = [each.error_type for each in block.transitions.errors if each.next_action == block.identifier]
        failing = [error for error in own if error not in (UNMATCHED, "InputTimeLimitExceeded")]
        if failing:
            message = f"{failing[0]} leads back to the block itself: what is broken stays broken"
            yield block.finding("retry-forever", message, "count with a Loop, or go on elsewhere", severity="warning")


def _endings(sheet: Sheet, reachable: list[Block]) -> Iterator[Finding]:
    """Find the first block from which no ending can be reached."""
    leads: dict[str, list[str]] = {}
    for block in reachable:
        for target in sheet.targets(block):
            leads.setdefault(target, []).append(block.identifier)
    waiting = [block.identifier for block in reachable if _can_end(block)]
    ended: set[str] = set()
    while waiting:
        identifier = waiting.pop()
        if identifier not in ended:
            ended.add(identifier)
            waiting += leads.get(identifier, [])
    for block in reachable:
        if block.identifier not in ended and any(True for _ in block.transitions.branches()):
            message = "from here the flow never comes to an end"
            fix = "lead some branch to DisconnectParticipant or a transfer"
            yield block.finding("no-ending", message, fix, severity="warning")
            return


def _can_end(block: Block) -> bool:
    return block.facts is None or block.facts.ends or block.facts.may_end


def _circles(graph: Mapping[str, Iterable[str]]) -> Iterator[set[str]]:
    """Yield the strongly connected parts of a graph that contain a circle (Tarjan 1972), without recursion."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part = set(stack[stack.index(node) :])
                    del stack[stack.index(node) :]
                    on_stack -= part
                    if len(part) > 1 or node in graph[node]:
                        yield part
