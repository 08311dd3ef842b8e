"""Scripted ports for flows: functions, a bot, a voice, audio files, a caller, somebody who watches."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from voicebot.audio.clip import Clip
from voicebot.clock import VirtualClock
from voicebot.errors import NotFoundError
from voicebot.flow.contact import ContactStart
from voicebot.flow.load import load_flow
from voicebot.flow.mocks import Blocks
from voicebot.flow.model import Flow
from voicebot.flow.ports import (
    CallerTurn,
    HungUp,
    LexStep,
    Mode,
    Ports,
)
from voicebot.flow.result import BlockVisit, CallResult, Spoken
from voicebot.flow.run import FlowRunner
from voicebot.flow.world import World

FLOWS = Path(__file__).parents[1] / "flow" / "flows"


def tone(
    seconds: float, *, before_s: float = 0.0, after_s: float = 0.0, rate_hz: int = 8000, level: int = 8000
) -> Clip:
    """A sound with silence around it."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    silence = [np.zeros(round(each * rate_hz)) for each in (before_s, after_s)]
    samples = np.concatenate([silence[0], level * np.sin(2 * np.pi * 440 * at), silence[1]])
    return Clip(samples.astype(np.int16), rate_hz)


@dataclass
class FakeFunctions:
    """Answers by ARN: a value, an exception to raise, a function of the event, or a list of these to use in turn."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    clock: VirtualClock | None = None
    takes_s: float = 0.0
    events: list[dict[str, Any]] = field(default_factory=list)
    timeouts_s: list[float] = field(default_factory=list)
    started: list[str] = field(default_factory=list)

    def invoke(self, function_arn: str, event: dict[str, object], timeout_s: float) -> object:
        self.events.append(event)
        self.timeouts_s.append(timeout_s)
        if self.clock:
            self.clock.sleep(self.takes_s)
        return self._answer(function_arn, event)

    def invoke_async(self, function_arn: str, event: dict[str, object]) -> None:
        self.events.append(event)
        self._answer(function_arn, event)
        self.started.append(function_arn)

    def _answer(self, function_arn: str, event: dict[str, object]) -> object:
        if function_arn not in self.answers:
            raise NotFoundError(f"there is no function {function_arn}")
        answer = self.answers[function_arn]
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer(event) if callable(answer) else answer


@dataclass
class FakeLex:
    """A bot that goes through steps, whatever it hears; it is also its one conversation."""

    steps: list[LexStep | Exception] = field(default_factory=list)
    opened: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    heard: list[tuple[str | None, Mode]] = field(default_factory=list)

    def open(self, alias_arn: str, session_id: str, session_attributes: Mapping[str, str]) -> "FakeLex":
        self.opened.append((alias_arn, session_id, dict(session_attributes)))
        return self

    def hear(self, utterance: str | None, mode: Mode) -> LexStep:
        self.heard.append((utterance, mode))
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


@dataclass
class FakeVoice:
    """Every text is a tone of so many seconds, with silence around the bot's."""

    seconds: float = 1.0
    before_s: float = 0.0
    after_s: float = 0.0
    rate_hz: int = 8000
    failure: Exception | None = None
    said: list[tuple[str, bool, str, str]] = field(default_factory=list)

    def say(self, text: str, ssml: bool, voice_id: str, language: str) -> Clip:
        if self.failure:
            raise self.failure
        self.said.append((text, ssml, voice_id, language))
        return tone(self.seconds, before_s=self.before_s, after_s=self.after_s, rate_hz=self.rate_hz)

    def caller(self, text: str) -> Clip:
        return tone(self.seconds, before_s=0.2, after_s=0.4, rate_hz=self.rate_hz)


@dataclass
class FakeMedia:
    """Audio files by address, with their words."""

    files: Mapping[str, tuple[Clip, str]] = field(default_factory=dict)

    def fetch(self, uri: str) -> Clip:
        if uri not in self.files:
            raise NotFoundError(f"there is no audio at {uri}")
        return self.files[uri][0]

    def words(self, uri: str) -> str:
        return self.files[uri][1]


@dataclass
class FakeCaller:
    """A caller with a list of turns, who then hangs up."""

    turns: Sequence[CallerTurn] = ()
    asked: list[str] = field(default_factory=list)

    def next(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        self.asked.append(prompted_for)
        return self.turns[len(self.asked) - 1] if len(self.asked) <= len(self.turns) else HungUp()


@dataclass
class FakeObserver:
    """Somebody who remembers what was shown."""

    entries: list[Spoken] = field(default_factory=list)
    visits: list[BlockVisit] = field(default_factory=list)
    begun: list[tuple[str, str]] = field(default_factory=list)

    def spoken(self, entry: Spoken) -> None:
        self.entries.append(entry)

    def entered(self, flow: str, block: str) -> None:
        self.begun.append((flow, block))

    def block(self, visit: BlockVisit) -> None:
        self.visits.append(visit)


@dataclass
class Bench:
    """A runner with fakes on every side; each can be replaced before `run`."""

    functions: FakeFunctions = field(default_factory=FakeFunctions)
    lex: FakeLex = field(default_factory=FakeLex)
    voice: FakeVoice = field(default_factory=FakeVoice)
    media: FakeMedia = field(default_factory=FakeMedia)
    caller: FakeCaller = field(default_factory=FakeCaller)
    observer: FakeObserver = field(default_factory=FakeObserver)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(timer=lambda: 0.0))
    world: World | None = None
    flows: Mapping[str, Flow] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    blocks: Blocks | None = None

    def run(self, flow: Flow, start: ContactStart | None = None) -> CallResult:
        ports = Ports(self.functions, self.lex, self.voice, self.media, self.caller, self.observer)
        runner = FlowRunner(
            ports,
            self.clock,
            world=self.world,
            flows=self.flows,
            prompts=self.prompts,
            seed=self.seed,
            blocks=self.blocks,
        )
        return runner.run(flow, start or ContactStart("contact-1", "+821011112222", "+827012345678"))


def block(
    identifier: str,
    type_: str,
    parameters: Mapping[str, object] | None = None,
    next_: str | None = None,
    errors: Mapping[str, str] | None = None,
    conditions: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """A block as the flow language writes it; conditions map "Operator operand" to a block."""
    transitions: dict[str, object] = {}
    if next_:
        transitions["NextAction"] = next_
    if errors:
        transitions["Errors"] = [{"ErrorType": kind, "NextAction": to} for kind, to in errors.items()]
    if conditions:
        transitions["Conditions"] = [
            {"NextAction": to, "Condition": dict(zip(("Operator", "Operands"), _split(text), strict=True))}
            for text, to in conditions.items()
        ]
    return {"Identifier": identifier, "Type": type_, "Parameters": dict(parameters or {}), "Transitions": transitions}


def _split(text: str) -> tuple[str, list[str]]:
    operator, _, operand = text.partition(" ")
    return operator, [operand]


def ending(*identifiers: str) -> list[dict[str, object]]:
    """Blocks that hang up."""
    return [block(identifier, "DisconnectParticipant") for identifier in identifiers]


def document(*blocks: dict[str, object]) -> dict[str, Any]:
    """A flow document that starts with the first block."""
    return {"Version": "2019-10-30", "StartAction": blocks[0]["Identifier"], "Metadata": {}, "Actions": list(blocks)}


def flow_of(*blocks: dict[str, object]) -> Flow:
    """A flow that starts with the first block."""
    return load_flow(json.dumps(document(*blocks)))


def branches(result: CallResult) -> list[tuple[str, str | None]]:
    """Which blocks ran, and the way each took."""
    return [(visit.identifier, visit.branch) for visit in result.blocks]
