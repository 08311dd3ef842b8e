import xml.etree.ElementTree as ElementTree

import pytest

from tests.fakes.flow import FLOWS, Bench, FakeCaller, block, ending, flow_of
from tests.flow.lint.corpus import ALIAS, HOURS
from voicebot.flow.coverage import Coverage, branches_of
from voicebot.flow.diagram import render_mermaid, render_svg
from voicebot.flow.layout import COLUMN, lay_out
from voicebot.flow.load import build_flow, read_document
from voicebot.flow.model import Flow
from voicebot.flow.ports import Pressed
from voicebot.resources import bundled

pytestmark = pytest.mark.unit

SVG = "{http://www.w3.org/2000/svg}"
MENU = flow_of(
    block(
        "메뉴",
        "GetParticipantInput",
        {"Text": "1번 또는 2번", "InputTimeLimitSeconds": "5"},
        "끊기",
        {"NoMatchingCondition": "다시", "InputTimeLimitExceeded": "다시", "NoMatchingError": "끊기"},
        {"Equals 1": "하나", "Equals 2": "둘"},
    ),
    block("하나", "MessageParticipant", {"Text": "하나"}, "끊기", {"NoMatchingError": "끊기"}),
    block("둘", "MessageParticipant", {"Text": "둘"}, "끊기", {"NoMatchingError": "끊기"}),
    block("다시", "MessageParticipant", {"Text": "다시"}, "메뉴", {"NoMatchingError": "끊기"}),
    *ending("끊기"),
)


@pytest.fixture
def coverage() -> Coverage:
    """Two calls: one presses 1, one presses nothing that counts and then 1."""
    found = Coverage(MENU)
    for keys in ("1", "91"):
        found.add(Bench(caller=FakeCaller([Pressed(key) for key in keys])).run(MENU))
    return found


def test_blocks_and_branches_that_were_never_taken_are_named(coverage: Coverage) -> None:
    assert coverage.document() == {
        "flow": "flow",
        "calls": 2,
        "blocks": 5,
        "blocks_covered": 4,
        "branches": 11,
        "branches_covered": 4,
        "missed_blocks": ["둘"],
        "missed_branches": [
            {"block": "메뉴", "branch": "Equals 2"},
            {"block": "메뉴", "branch": "InputTimeLimitExceeded"},
            {"block": "메뉴", "branch": "NoMatchingError"},
            {"block": "하나", "branch": "NoMatchingError"},
            {"block": "다시", "branch": "NoMatchingError"},
        ],
    }
    assert coverage.rate() == pytest.approx(4 / 11)
    assert next(each for each in coverage.blocks() if each.identifier == "메뉴").visits == 3


def branches(*blocks: dict[str, object]) -> list[str]:
    return branches_of(flow_of(*blocks, *ending("a", "b")).actions[str(blocks[0]["Identifier"])])


def test_a_branch_that_no_call_can_take_does_not_count() -> None:
    both = {"Equals True": "a", "Equals False": "b"}
    hours = block("x", "CheckHoursOfOperation", {"HoursOfOperationId": HOURS}, "a", {"NoMatchingError": "b"}, both)
    assert branches(hours) == ["Equals True", "Equals False", "NoMatchingError"]
    compare = block(
        "x", "Compare", {"ComparisonValue": "$.Attributes.a"}, "a", {"NoMatchingCondition": "b"}, {"Equals 1": "a"}
    )
    assert branches(compare) == ["Equals 1", "NoMatchingCondition"]
    bot = block("x", "ConnectParticipantWithLexBot", {"Text": "네", "LexV2Bot": {"AliasArn": ALIAS}}, "a",
                {"InputTimeLimitExceeded": "a", "NoMatchingError": "b"})  # fmt: skip
    assert branches(bot) == ["NextAction", "NoMatchingError"]
    transfer = block("x", "TransferContactToQueue", {}, "a", {"QueueAtCapacity": "a", "NoMatchingError": "b"})
    assert branches(transfer) == ["QueueAtCapacity", "NoMatchingError"]


def inbound() -> Flow:
    text = read_document(bundled("connect_flows/inbound.json"))
    return build_flow(text.name, text.parse())


def test_the_picture_has_every_block_and_every_branch_once() -> None:
    flow = inbound()
    root = ElementTree.fromstring(render_svg(flow))
    blocks = [each.get("data-block") for each in root.iter(f"{SVG}g") if "block" in str(each.get("class")).split()]
    ways = [(each.get("data-block"), each.get("data-branch")) for each in root.iter(f"{SVG}path")]
    assert sorted(blocks) == sorted(flow.actions)
    assert sorted(ways) == sorted(
        (name, label) for name, action in flow.actions.items() for label in branches_of(action)
    )
    assert "무엇을" not in render_svg(flow)
    assert any("안녕하세요" in str(each.text) for each in root.iter(f"{SVG}text"))


def test_no_two_blocks_of_the_picture_overlap() -> None:
    flow = inbound()
    heights = {name: 100.0 + 20 * len(branches_of(action)) for name, action in flow.actions.items()}
    ways = {
        name: [(to, action.transitions.error_branch(label) is not None) for label, to in action.transitions.branches()]
        for name, action in flow.actions.items()
    }
    layout = lay_out(ways, flow.start_action, heights)
    places = [(layout.left(layout.columns[name]), layout.tops[name, -1], heights[name]) for name in flow.actions]
    for number, (x, y, height) in enumerate(places):
        for other_x, other_y, other_height in places[number + 1 :]:
            apart = abs(x - other_x) >= COLUMN or y + height <= other_y or other_y + other_height <= y
            assert apart


def test_coverage_is_painted_on_the_picture(coverage: Coverage) -> None:
    root = ElementTree.fromstring(render_svg(MENU, coverage))
    classes = {str(each.get("data-block")): str(each.get("class")) for each in root.iter(f"{SVG}g") if each.get("data-block")
               and not each.get("data-branch")}  # fmt: skip
    assert "visited" in classes["메뉴"]
    assert "missed" in classes["둘"]
    taken = {each.get("data-branch") for each in root.iter(f"{SVG}path") if "taken" in str(each.get("class"))}
    assert taken == {"Equals 1", "NoMatchingCondition", "NextAction"}
    assert "4 of 5 blocks, 4 of 11 branches in 2 calls" in render_svg(MENU, coverage)


def test_a_name_that_is_markup_stays_text() -> None:
    flow = flow_of(block('<b>"&', "MessageParticipant", {"Text": "<speak>&"}, "a"), *ending("a"))
    ElementTree.fromstring(render_svg(flow))
    assert "#quot;" in render_mermaid(flow)


@pytest.mark.parametrize("path", sorted((FLOWS / "exports").glob("*.json")), ids=lambda path: path.stem)
def test_what_the_console_exports_can_be_drawn(path: object) -> None:
    text = read_document(path)  # type: ignore[arg-type]
    ElementTree.fromstring(render_svg(build_flow(text.name, text.parse())))


def test_mermaid_has_every_branch_and_what_was_covered(coverage: Coverage) -> None:
    lines = render_mermaid(MENU, coverage).splitlines()
    assert lines[0] == "flowchart LR"
    assert '  b0 -->|"Equals 1"| b1' in lines
    assert '  b0 -.->|"no match"| b3' in lines
    assert "  class b2 missed" in lines
    assert sum("-->" in line or "-.->" in line for line in lines) == 11
