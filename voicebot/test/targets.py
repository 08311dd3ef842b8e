"""What scenarios are played against on this machine, or at Lex: the flow, the chat engine, the bot."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from voicebot.cache.lookup import Lookup
from voicebot.chat.protocol import ChatEngine, Exchange, Session
from voicebot.chat.protocol import Turn as ChatTurn
from voicebot.errors import InputError
from voicebot.flow.coverage import Coverage
from voicebot.flow.expectations import Check, check_scenario, yes_or_no
from voicebot.flow.model import Flow
from voicebot.flow.result import CallResult
from voicebot.flow.scenario import Expectation, Scenario
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean
from voicebot.test.suite import Played

_LEX_INTENTS: Mapping[str, str] = {"agent": "AgentRequest", "opt_out": "OptOut", "goodbye": "Goodbye"}
_CAPTURED = "CaptureUtterance"


class _Interpretation(Protocol):
    @property
    def intent(self) -> str: ...


class FlowTarget:
    """The contact flow, run on this machine.

    Args:
        run: Runs a scenario's call through a flow.
        load: Reads a flow as it is run.
        flow: The flow for scenarios that name none, or for all when it is given.
    """

    name = "flow"

    def __init__(
        self, run: Callable[[Path, Scenario], CallResult], load: Callable[[Path, Scenario], Flow], flow: Path | None
    ) -> None:
        self._run = run
        self._load = load
        self._flow = flow
        self._coverage: dict[Path, Coverage] = {}

    def play(self, scenario: Scenario) -> Played:
        """Return what came of a call through the flow."""
        path = self.path(scenario)
        result = self.run(scenario)
        if path not in self._coverage:
            self._coverage[path] = Coverage(self.load(scenario))
        self._coverage[path].add(result)
        return Played(check_scenario(scenario, result), result.duration_s)

    def run(self, scenario: Scenario) -> CallResult:
        """Return the call."""
        return self._run(self.path(scenario), scenario)

    def load(self, scenario: Scenario) -> Flow:
        """Return a scenario's flow as it is run."""
        return self._load(self.path(scenario), scenario)

    def path(self, scenario: Scenario) -> Path:
        """Return the flow of a scenario.

        Raises:
            InputError: Neither the scenario nor the command line names one.
        """
        if self._flow is None and scenario.flow is None:
            raise InputError(f"scenario {scenario.name!r} names no flow", hint="write flow: in it, or give --flow")
        return self._flow or Path(scenario.flow or "")

    def coverage(self) -> Sequence[Coverage]:
        """Return what was covered of each flow so far."""
        return tuple(self._coverage.values())


class TextTarget:
    """The chat engine and the approved answers, without a call around them.

    Args:
        engine: Answers.
        lookup: Finds approved answers.
    """

    name = "text"

    def __init__(self, engine: ChatEngine, lookup: Lookup) -> None:
        self._engine = engine
        self._lookup = lookup

    def play(self, scenario: Scenario) -> Played:
        """Return what came of the turns that are words."""
        session = Session(f"test-{uuid4().hex}")
        checks: list[Check] = []
        left_out: list[str] = []
        begun_s = time.perf_counter()
        for number, turn in enumerate(scenario.turns, 1):
            if turn.say is None:
                left_out.append(f"turn {number}")
                continue
            expect = turn.expect or Expectation()
            checks += self._turn(number, turn.say, expect, session)
            left_out += _not_told(number, expect, ("block", "path", "digits", "barge_in"))
        return Played(tuple(checks), time.perf_counter() - begun_s, tuple(left_out))

    def coverage(self) -> Sequence[Coverage]:
        """Return nothing: no flow runs."""
        return ()

    def _turn(self, number: int, said: str, expect: Expectation, session: Session) -> Iterator[Check]:
        text = mask(clean(said))
        begun_s = time.perf_counter()
        pieces = list(self._engine.reply(ChatTurn(text), session))
        waited_ms = (time.perf_counter() - begun_s) * 1000
        understood = next((piece.understanding for piece in pieces if piece.understanding), None)
        hand_over = next((piece.hand_over for piece in reversed(pieces) if piece.hand_over), "")
        found = None if understood and understood.is_contextual else self._lookup.find(text)
        answer = found.answer if found and not hand_over else None
        reply = answer.text if answer else "".join(piece.text for piece in pieces)
        session.history.append(Exchange(text, reply))
        if expect.intent is not None:
            named = {understood.intent if understood else "", _LEX_INTENTS.get(hand_over, _CAPTURED)} - {""}
            yield Check(number, "intent", expect.intent, " or ".join(sorted(named)), expect.intent in named)
        if expect.hit is not None:
            yield Check(
                number, "hit", yes_or_no(expect.hit), yes_or_no(answer is not None), expect.hit == (answer is not None)
            )
        for wanted in expect.text_contains:
            yield Check(number, "text_contains", wanted, reply, wanted in reply)
        for unwanted in expect.absent:
            yield Check(number, "absent", unwanted, reply, unwanted not in reply)
        if expect.within_ms is not None:
            yield Check(number, "within_ms", f"{expect.within_ms:g}", f"{waited_ms:.0f}", waited_ms <= expect.within_ms)


class LexTarget:
    """The Lex bot's ear: what it takes each utterance for.

    Args:
        hear: Returns the intents of an utterance, best first.
    """

    name = "lex"

    def __init__(self, hear: Callable[[str], Sequence[_Interpretation]]) -> None:
        self._hear = hear

    def play(self, scenario: Scenario) -> Played:
        """Return whether each utterance is the intent that it should be."""
        checks: list[Check] = []
        left_out: list[str] = []
        begun_s = time.perf_counter()
        for number, turn in enumerate(scenario.turns, 1):
            expect = turn.expect or Expectation()
            left_out += _not_told(
                number, expect, ("hit", "text_contains", "absent", "block", "path", "digits", "barge_in", "within_ms")
            )
            if turn.say is None or expect.intent is None:
                continue
            best = next((each.intent for each in self._hear(turn.say)), "none")
            checks.append(Check(number, "intent", expect.intent, best, best == expect.intent))
        return Played(tuple(checks), time.perf_counter() - begun_s, tuple(left_out))

    def coverage(self) -> Sequence[Coverage]:
        """Return nothing: no flow runs."""
        return ()


def _not_told(number: int, expect: Expectation, names: Iterable[str]) -> list[str]:
    return [f"turn {number}: {name}" for name in names if getattr(expect, name) not in (None, ())]
