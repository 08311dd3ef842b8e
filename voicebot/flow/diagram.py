"""A flow as a picture: SVG for eyes and web pages, Mermaid for documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from voicebot.flow.coverage import BlockCoverage, Coverage, branches_of
from voicebot.flow.layout import COLUMN, Layout, Node, lay_out
from voicebot.flow.model import Action, Flow

_HEAD = 44
_LINE = 17
_ROW = 20
_PAD = 10
_MARGIN = 28
_LANE_ABOVE = 9
_TEXT_WIDTH = 34
_LABEL_WIDTH = 32

_STYLE = """
.flow { --paper:#fbfbf9; --ink:#23262b; --soft:#6b7280; --line:#9aa3af; --card:#ffffff; --edge:#d5d9de; --error:#c2410c;
  --hit:#15803d; --hit-card:#f0faf3; --miss:#b91c1c; --miss-card:#f4f4f3; }
.flow .paper { fill:var(--paper); }
.flow .card { fill:var(--card); stroke:var(--edge); stroke-width:1; }
.flow text { font-family:system-ui,"Noto Sans KR","Apple SD Gothic Neo",sans-serif; font-size:12px; fill:var(--ink); }
.flow .action { fill:var(--soft); font-size:11px; }
.flow .name { font-weight:600; font-size:13px; }
.flow .label { font-size:11px; fill:var(--soft); }
.flow .error .label { fill:var(--error); }
.flow .way { fill:none; stroke:var(--line); stroke-width:1.4; }
.flow .way.error { stroke:var(--error); stroke-dasharray:4 3; opacity:.55; }
.flow .port { fill:var(--card); stroke:var(--line); stroke-width:1.4; }
.flow .error .port { stroke:var(--error); }
.flow .start .card { stroke:var(--ink); stroke-width:1.6; }
.flow .ends .card { fill:#f1f2f4; }
.flow .covered.visited .card { stroke:var(--hit); fill:var(--hit-card); stroke-width:1.6; }
.flow .covered.missed .card { fill:var(--miss-card); stroke-dasharray:5 4; }
.flow .covered.missed .name, .flow .covered.missed .action, .flow .covered.missed .words { opacity:.55; }
.flow .taken .label { fill:var(--hit); font-weight:600; }
.flow .taken .port { fill:var(--hit); stroke:var(--hit); }
.flow .way.taken { stroke:var(--hit); stroke-width:2; stroke-dasharray:none; opacity:1; }
.flow .never .label { fill:var(--miss); }
.flow .never .port { stroke:var(--miss); }
.flow .way.never { opacity:.35; }
.flow .count { font-size:11px; fill:var(--hit); font-weight:600; }
"""

_SHORT = {
    "CheckHoursOfOperation": "Check hours",
    "CheckMetricData": "Check queue",
    "Compare": "Check attribute",
    "ConnectParticipantWithLexBot": "Lex bot",
    "CreateCallbackContact": "Call back",
    "DequeueContactAndTransferToQueue": "Transfer to another queue",
    "DisconnectParticipant": "Disconnect",
    "DistributeByPercentage": "Distribute by percentage",
    "EndFlowExecution": "End flow",
    "EndFlowModuleExecution": "Return from module",
    "GetMetricData": "Get queue metrics",
    "GetParticipantInput": "Keypad input",
    "InvokeFlowModule": "Module",
    "InvokeLambdaFunction": "Lambda function",
    "Loop": "Loop",
    "MessageParticipant": "Play prompt",
    "MessageParticipantIteratively": "Loop prompts",
    "TransferContactToQueue": "Transfer to queue",
    "TransferParticipantToThirdParty": "Transfer to phone number",
    "TransferToFlow": "Transfer to flow",
    "UpdateContactAttributes": "Set attributes",
    "UpdateContactCallbackNumber": "Set callback number",
    "UpdateContactData": "Set contact data",
    "UpdateContactEventHooks": "Set event flow",
    "UpdateContactMediaStreamingBehavior": "Media streaming",
    "UpdateContactRecordingBehavior": "Set recording",
    "UpdateContactTargetQueue": "Set queue",
    "UpdateContactTextToSpeechVoice": "Set voice",
    "UpdateFlowAttributes": "Set flow attributes",
    "UpdateFlowLoggingBehavior": "Set logging",
}
"""How the console names the block of an action, in short."""


@dataclass(frozen=True)
class _Card:
    """One block as it is drawn."""

    action: Action
    words: tuple[str, ...]
    branches: tuple[tuple[str, str], ...]

    @property
    def height(self) -> float:
        return _HEAD + len(self.words) * _LINE + len(self.branches) * _ROW + _PAD

    def port(self, label: str) -> float:
        """Return how far below the upper edge a branch leaves."""
        number = [name for name, _ in self.branches].index(label)
        return _HEAD + len(self.words) * _LINE + number * _ROW + _ROW / 2


def render_svg(flow: Flow, coverage: Coverage | None = None) -> str:
    """Return a flow as SVG, drawn as the console draws it: each block with its branches, the call from left to right.

    Blocks are groups with `data-block`, branches have `data-block` and `data-branch`: a page can find and light them.

    Args:
        flow: The flow.
        coverage: What calls went through: painted on the blocks and branches.
    """
    cards = {identifier: _card(action) for identifier, action in flow.actions.items()}
    ways = {
        identifier: [(to, _is_error(card.action, label)) for label, to in card.branches]
        for identifier, card in cards.items()
    }
    layout = lay_out(ways, flow.start_action, {identifier: card.height for identifier, card in cards.items()})
    covered = {block.identifier: block for block in coverage.blocks()} if coverage else {}
    lanes = _lanes_above(flow, layout)
    top = _MARGIN + 22 + len(lanes) * _LANE_ABOVE
    width = layout.left(max(layout.columns.values())) + COLUMN + 2 * _MARGIN
    height = layout.height + top + _MARGIN
    lines = [_way(layout, cards, covered, lanes, identifier) for identifier in cards]
    blocks = [_block(flow, layout, card, covered.get(card.action.identifier)) for card in cards.values()]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="{escape(flow.name)}">',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
            f'<text class="name" x="{_MARGIN}" y="{_MARGIN}">{escape(_title(flow, coverage))}</text>',
            f'<g transform="translate({_MARGIN},{top:.0f})">',
            *(line for each in lines for line in each),
            *(line for each in blocks for line in each),
            "</g>",
            "</svg>",
            "",
        ]
    )


def render_mermaid(flow: Flow, coverage: Coverage | None = None) -> str:
    """Return a flow as a Mermaid flowchart.

    Source:
        https://mermaid.js.org/syntax/flowchart.html
    """
    names = {identifier: f"b{number}" for number, identifier in enumerate(flow.actions)}
    covered = {block.identifier: block for block in coverage.blocks()} if coverage else {}
    lines = ["flowchart LR"]
    for identifier, action in flow.actions.items():
        left, right = ("([", "])") if not _branches(action) else ("[", "]")
        lines.append(f'  {names[identifier]}{left}"{_quoted(identifier)}<br/>{_short(action)}"{right}')
    for identifier, action in flow.actions.items():
        for label, target in _branches(action):
            arrow = "-.->" if _is_error(action, label) else "-->"
            lines.append(f'  {names[identifier]} {arrow}|"{_quoted(_label(label))}"| {names[target]}')
    if covered:
        lines.append("  classDef visited fill:#f0faf3,stroke:#15803d")
        lines.append("  classDef missed fill:#f4f4f3,stroke:#b91c1c,stroke-dasharray:5 4")
        for identifier, block in covered.items():
            lines.append(f"  class {names[identifier]} {'visited' if block.visits else 'missed'}")
    return "\n".join([*lines, ""])


def _card(action: Action) -> _Card:
    return _Card(action, tuple(_wrap(_words(action), _TEXT_WIDTH, 2)), tuple(_branches(action)))


def _branches(action: Action) -> list[tuple[str, str]]:
    """Return the branches that a contact can take, with where they lead."""
    targets = dict(reversed(list(action.transitions.branches())))
    return [(label, targets[label]) for label in branches_of(action)]


def _words(action: Action) -> str:
    """Return what is worth reading in a block: what it says, compares, calls or sets."""
    given = action.parameters.model_dump(by_alias=True, exclude_none=True)
    for name in ("Text", "SSML", "ComparisonValue", "PromptId", "LanguageCode", "TextToSpeechVoice", "MetricType"):
        if given.get(name):
            return str(given[name])
    for name in ("LambdaFunctionARN", "QueueId", "ContactFlowId", "FlowModuleId", "HoursOfOperationId"):
        if given.get(name):
            return str(given[name]).rpartition("/")[2].rpartition("function:")[2]
    if isinstance(given.get("Media"), dict):
        return str(given["Media"]["Uri"])
    if isinstance(given.get("Messages"), (list, tuple)):
        return " / ".join(str(next(iter(message.values()))) for message in given["Messages"])
    for name in ("Attributes", "FlowAttributes"):
        if isinstance(given.get(name), dict):
            return ", ".join(given[name])
    return f"{given['LoopCount']} times" if "LoopCount" in given else ""


def _block(flow: Flow, layout: Layout, card: _Card, covered: BlockCoverage | None) -> list[str]:
    action = card.action
    x, y = layout.left(layout.columns[action.identifier]), layout.tops[action.identifier, -1]
    classes = ["block", *(["start"] if action.identifier == flow.start_action else [])]
    classes += [] if card.branches else ["ends"]
    classes += ["covered", "visited" if covered.visits else "missed"] if covered else []
    lines = [
        f'<g class="{" ".join(classes)}" data-block="{escape(action.identifier)}" transform="translate({x:.0f},{y:.1f})">',
        f"<title>{escape(action.identifier)}: {escape(action.type)}</title>",
        f'<rect class="card" width="{COLUMN}" height="{card.height:.0f}" rx="8"/>',
        f'<text class="action" x="12" y="18">{escape(_short(action))}</text>',
        f'<text class="name" x="12" y="35">{escape(_cut(action.identifier, _LABEL_WIDTH))}</text>',
    ]
    if covered and covered.visits:
        lines.append(f'<text class="count" x="{COLUMN - 12}" y="18" text-anchor="end">{covered.visits}×</text>')
    for number, words in enumerate(card.words):
        lines.append(f'<text class="words" x="12" y="{_HEAD + 9 + number * _LINE}">{escape(words)}</text>')
    for label, _ in card.branches:
        lines += _row(card, label, covered)
    return [*lines, "</g>"]


def _row(card: _Card, label: str, covered: BlockCoverage | None) -> list[str]:
    at = card.port(label)
    count = covered.branches[label] if covered else 0
    classes = _branch_classes(card.action, label, covered)
    shown = _cut(_label(label), _LABEL_WIDTH) + (f" · {count}" if count else "")
    return [
        f'<g class="branch {classes}" data-block="{escape(card.action.identifier)}" data-branch="{escape(label)}">',
        f'<text class="label" x="{COLUMN - 12}" y="{at + 4:.0f}" text-anchor="end">{escape(shown)}</text>',
        f'<circle class="port" cx="{COLUMN}" cy="{at:.0f}" r="3.5"/></g>',
    ]


def _branch_classes(action: Action, label: str, covered: BlockCoverage | None) -> str:
    classes = ["error"] if _is_error(action, label) else []
    if covered:
        classes.append("taken" if covered.branches[label] else "never")
    return " ".join(classes)


def _way(
    layout: Layout,
    cards: Mapping[str, _Card],
    covered: Mapping[str, BlockCoverage],
    lanes: Sequence[str],
    source: str,
) -> list[str]:
    """Return the lines that leave a block, those in use last, so that they lie on top."""
    card = cards[source]
    column = layout.columns[source]
    x, top = layout.left(column) + COLUMN, layout.tops[source, -1]
    lines = []
    for label, target in card.branches:
        at = top + card.port(label)
        if layout.follows.get(target) == source:
            path = _down_path(layout, x, at, top + card.height, target)
        elif layout.is_forward(source, target):
            path = _forward_path(layout, x, at, column, target)
        else:
            path = _back_path(layout, x, at, target, lanes.index(target))
        classes = _branch_classes(card.action, label, covered.get(source))
        lines.append(
            f'<path class="way {classes}" data-block="{escape(source)}" data-branch="{escape(label)}" d="{path}"/>'
        )
    return sorted(lines, key=lambda line: "taken" in line)


def _down_path(layout: Layout, x: float, y: float, bottom: float, target: str) -> str:
    """Return a line out of a block, under it, and into the one that stands below."""
    into, corner = layout.tops[target, -1], 6
    middle, out, centre = (bottom + into) / 2, x + 12, x - COLUMN / 2
    return (
        f"M{x:.0f},{y:.1f} H{out - corner:.0f} q{corner},0 {corner},{corner} V{middle - corner:.1f} "
        f"q0,{corner} -{corner},{corner} H{centre + corner:.0f} q-{corner},0 -{corner},{corner} V{into:.1f}"
    )


def _forward_path(layout: Layout, x: float, y: float, column: int, target: str) -> str:
    path = [f"M{x:.0f},{y:.1f}"]
    for step in range(column + 1, layout.columns[target] + 1):
        is_there = step == layout.columns[target]
        node: Node = (target, -1) if is_there else (target, step)
        left = layout.left(step)
        height = layout.tops[node] + (22 if is_there else 6)
        bend = (left - x) / 2
        path.append(f"C{x + bend:.0f},{y:.1f} {left - bend:.0f},{height:.1f} {left:.0f},{height:.1f}")
        x, y = left, height
        if not is_there:
            x += COLUMN
            path.append(f"H{x:.0f}")
    return " ".join(path)


def _back_path(layout: Layout, x: float, y: float, target: str, lane: int) -> str:
    """Return a line over the top of the picture and down into a block of an earlier column."""
    left, into = layout.left(layout.columns[target]), layout.tops[target, -1] + 22
    above = -14 - lane * _LANE_ABOVE
    out, back = x + 14 + lane * 3 % 42, left - 14 - lane * 3 % 42
    corner = 6
    return (
        f"M{x:.0f},{y:.1f} H{out - corner:.0f} q{corner},0 {corner},-{corner} V{above + corner:.0f} "
        f"q0,-{corner} -{corner},-{corner} H{back + corner:.0f} q-{corner},0 -{corner},{corner} "
        f"V{into - corner:.1f} q0,{corner} {corner},{corner} H{left:.0f}"
    )


def _lanes_above(flow: Flow, layout: Layout) -> list[str]:
    """Return the blocks that branches lead back to, the nearest lane first."""
    found: dict[str, int] = {}
    for source, action in flow.actions.items():
        for _, target in _branches(action):
            if not layout.is_forward(source, target) and layout.follows.get(target) != source:
                found[target] = max(found.get(target, 0), layout.columns[source] - layout.columns[target])
    return sorted(found, key=lambda target: found[target])


def _title(flow: Flow, coverage: Coverage | None) -> str:
    if coverage is None:
        return flow.name
    found = coverage.document()
    return (
        f"{flow.name}: {found['blocks_covered']} of {found['blocks']} blocks, "
        f"{found['branches_covered']} of {found['branches']} branches in {coverage.calls} calls"
    )


def _is_error(action: Action, label: str) -> bool:
    return action.transitions.error_branch(label) is not None


def _short(action: Action) -> str:
    return _SHORT.get(action.type, action.type)


def _label(label: str) -> str:
    return {"NextAction": "next", "NoMatchingCondition": "no match", "NoMatchingError": "error"}.get(label, label)


def _width(text: str) -> int:
    """Return how wide a text is in Latin letters; Korean letters count double."""
    return sum(2 if ord(letter) > 0x10FF else 1 for letter in text)


def _cut(text: str, limit: int) -> str:
    if _width(text) <= limit:
        return text
    kept = ""
    for letter in text:
        if _width(kept + letter) > limit - 1:
            break
        kept += letter
    return kept.rstrip() + "…"


def _wrap(text: str, limit: int, lines: int) -> list[str]:
    """Return a text in at most so many lines, cut where it does not fit."""
    found: list[str] = []
    rest = " ".join(text.split())
    while rest and len(found) < lines:
        if len(found) == lines - 1 or _width(rest) <= limit:
            found.append(_cut(rest, limit))
            break
        line = ""
        for word in rest.split(" "):
            if _width(f"{line} {word}".strip()) > limit:
                break
            line = f"{line} {word}".strip()
        line = line or _cut(rest, limit).removesuffix("…")
        found.append(line)
        rest = rest[len(line) :].strip()
    return found


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")
