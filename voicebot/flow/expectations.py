"""Whether a call went as its scenario says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from voicebot.flow.annotations import is_hit
from voicebot.flow.result import CallResult, DisconnectReason, Spoken
from voicebot.flow.scenario import CallExpectation, Expectation, Notice, Scenario

WHOLE_CALL = 0
_AT_ONCE_S = 0.15
"""A caller who begins so soon after the bot's last sound has not waited for its end."""

_ENDINGS: Mapping[DisconnectReason, str] = {
    "CUSTOMER_DISCONNECT": "caller",
    "CONTACT_FLOW_DISCONNECT": "flow",
    "THIRD_PARTY_DISCONNECT": "third_party",
}


@dataclass(frozen=True)
class Check:
    """One expectation and what came of it.

    Args:
        turn: The turn in the scenario, from 1; 0 for the whole call.
        what: The expectation's name.
        expected: What the scenario says.
        actual: What was found.
        is_met: Whether that is enough.
    """

    turn: int
    what: str
    expected: str
    actual: str
    is_met: bool


def check_scenario(scenario: Scenario, result: CallResult) -> tuple[Check, ...]:
    """Return every expectation of a scenario with what came of it."""
    turns = [
        check
        for number, turn in enumerate(scenario.turns, 1)
        if turn.expect
        for check in _checks(number, turn.expect, result)
    ]
    return (*turns, *(_call_checks(scenario.expect, result) if scenario.expect else ()))


def is_path(wanted: Sequence[str], visited: Iterable[str]) -> bool:
    """Return whether the wanted blocks were visited in this order, with any others between them."""
    rest = iter(visited)
    return all(block in rest for block in wanted)


def _checks(number: int, expect: Expectation, result: CallResult) -> Iterator[Check]:
    entries = [entry for entry in result.entries if entry.turn == number]
    caller = next((entry for entry in entries if entry.who == "caller"), None)
    bot = [entry for entry in entries if entry.who == "bot"]
    if expect.intent is not None:
        intent = (caller and caller.intent) or "none"
        yield Check(number, "intent", expect.intent, intent, intent == expect.intent)
    if expect.hit is not None:
        hit = is_hit(caller) if caller else None
        yield Check(number, "hit", yes_or_no(expect.hit), yes_or_no(hit), hit == expect.hit)
    said = " ".join(entry.text for entry in bot)
    yield from _text_checks(number, expect.text_contains, expect.absent, said)
    visited = [visit.identifier for visit in result.blocks if visit.turn == number]
    blocks = dict.fromkeys([*(entry.block for entry in entries), *visited])
    for block in expect.block:
        yield Check(number, "block", block, ", ".join(blocks), block in blocks)
    if expect.path:
        yield _path(number, expect.path, [*([caller.block] if caller else []), *visited])
    if expect.digits is not None:
        digits = caller.text if caller and caller.kind == "digits" else "none"
        yield Check(number, "digits", expect.digits, digits, digits == expect.digits)
    if expect.barge_in is not None:
        before = [entry for entry in result.entries if entry.who == "bot" and entry.turn == number - 1]
        is_cut = bool(caller and before and caller.start_s - before[-1].end_s < _AT_ONCE_S)
        yield Check(number, "barge_in", str(expect.barge_in), str(is_cut), is_cut == expect.barge_in)
    if expect.within_ms is not None:
        yield _within(number, expect.within_ms, caller, bot)


def _call_checks(expect: CallExpectation, result: CallResult) -> Iterator[Check]:
    visited = [visit.identifier for visit in result.blocks]
    said = " ".join(entry.text for entry in result.entries if entry.who == "bot")
    if expect.ends is not None:
        yield Check(WHOLE_CALL, "ends", expect.ends, ending_of(result), ending_of(result) == expect.ends)
    if expect.queue is not None:
        yield Check(WHOLE_CALL, "queue", expect.queue, result.queue or "none", result.queue == expect.queue)
    yield from _text_checks(WHOLE_CALL, expect.text_contains, expect.absent, said)
    if expect.path:
        yield _path(WHOLE_CALL, expect.path, visited)
    for block in expect.never:
        found = "visited" if block in visited else "not visited"
        yield Check(WHOLE_CALL, "never", block, found, block not in visited)
    for name, value in expect.attributes.items():
        found = result.attributes.get(name, "none")
        yield Check(WHOLE_CALL, f"attributes.{name}", value, found, found == value)
    if expect.callbacks is not None:
        count = len(result.callbacks)
        yield Check(WHOLE_CALL, "callbacks", str(expect.callbacks), str(count), count == expect.callbacks)
    if expect.notice:
        yield from _notice(expect.notice, result)
    if expect.within_s is not None:
        is_met = result.duration_s <= expect.within_s
        yield Check(WHOLE_CALL, "within_s", f"{expect.within_s:g}", f"{result.duration_s:.1f}", is_met)


def ending_of(result: CallResult) -> str:
    """Return how a call ended: in a queue, with an agent, or by the caller, the flow or a third party hanging up."""
    if result.disconnect_reason is None:
        return "queue" if result.agent_after_s is None else "agent"
    return _ENDINGS[result.disconnect_reason]


def _text_checks(number: int, wanted: Sequence[str], unwanted: Sequence[str], said: str) -> Iterator[Check]:
    for text in wanted:
        yield Check(number, "text_contains", text, said, text in said)
    for text in unwanted:
        yield Check(number, "absent", text, said, text not in said)


def _path(number: int, wanted: Sequence[str], visited: Sequence[str]) -> Check:
    return Check(number, "path", " -> ".join(wanted), " -> ".join(visited), is_path(wanted, visited))


def _notice(notice: Notice, result: CallResult) -> Iterator[Check]:
    """Check that words are heard to their end early in the call, as the law asks of who records or is a machine."""
    for text in notice.text:
        heard = next((entry.end_s for entry in result.entries if entry.who == "bot" and text in entry.text), None)
        found = "never" if heard is None else f"{heard:.1f} s"
        is_met = heard is not None and heard <= notice.within_s
        yield Check(WHOLE_CALL, f"notice {text}", f"{notice.within_s:g} s", found, is_met)


def _within(number: int, limit_ms: float, caller: Spoken | None, bot: list[Spoken]) -> Check:
    """Compare the time from the end of the caller's words to the first sound of the bot."""
    if not caller or not bot:
        return Check(number, "within_ms", f"{limit_ms:g}", "nothing was said", False)
    waited_ms = (bot[0].start_s - caller.end_s) * 1000
    return Check(number, "within_ms", f"{limit_ms:g}", f"{waited_ms:.0f}", waited_ms <= limit_ms)


def yes_or_no(value: bool | None) -> str:
    """Return whether an answer was found as reports say it."""
    return {True: "yes", False: "no", None: "nothing was looked up"}[value]
