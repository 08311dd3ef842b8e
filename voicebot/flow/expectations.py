"""Whether a call went as its scenario says."""

from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.flow.annotations import is_hit
from voicebot.flow.result import CallResult, Spoken
from voicebot.flow.scenario import Expectation, Scenario


@dataclass(frozen=True)
class Check:
    """One expectation and what came of it.

    Args:
        turn: The turn in the scenario, from 1.
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
    return tuple(
        check
        for number, turn in enumerate(scenario.turns, 1)
        if turn.expect
        for check in _checks(number, turn.expect, result)
    )


def _checks(number: int, expect: Expectation, result: CallResult) -> Iterator[Check]:
    entries = [entry for entry in result.entries if entry.turn == number]
    caller = next((entry for entry in entries if entry.who == "caller"), None)
    bot = [entry for entry in entries if entry.who == "bot"]
    if expect.intent is not None:
        intent = (caller and caller.intent) or "none"
        yield Check(number, "intent", expect.intent, intent, intent == expect.intent)
    if expect.hit is not None:
        hit = is_hit(caller) if caller else None
        yield Check(number, "hit", _yes_or_no(expect.hit), _yes_or_no(hit), hit == expect.hit)
    if expect.text_contains is not None:
        said = " ".join(entry.text for entry in bot)
        yield Check(number, "text_contains", expect.text_contains, said, expect.text_contains in said)
    if expect.block is not None:
        visited = [visit.identifier for visit in result.blocks if visit.turn == number]
        blocks = dict.fromkeys([*(entry.block for entry in entries), *visited])
        yield Check(number, "block", expect.block, ", ".join(blocks), expect.block in blocks)
    if expect.within_ms is not None:
        yield _within(number, expect.within_ms, caller, bot)


def _within(number: int, limit_ms: float, caller: Spoken | None, bot: list[Spoken]) -> Check:
    """Compare the time from the end of the caller's words to the first sound of the bot."""
    if not caller or not bot:
        return Check(number, "within_ms", f"{limit_ms:g}", "nothing was said", False)
    waited_ms = (bot[0].start_s - caller.end_s) * 1000
    return Check(number, "within_ms", f"{limit_ms:g}", f"{waited_ms:.0f}", waited_ms <= limit_ms)


def _yes_or_no(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "nothing was looked up"}[value]
