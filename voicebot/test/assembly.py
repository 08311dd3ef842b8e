"""Puts the targets of `voicebot test` together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import uuid4

from voicebot.cache.lookup import Lookup
from voicebot.call.simulation.callers import script_caller
from voicebot.call.simulation.outside import LOCALE, flow_values
from voicebot.chat.protocol import ChatEngine
from voicebot.clock import Clock
from voicebot.flow.load import load_flow
from voicebot.flow.model import Flow
from voicebot.flow.ports import NoObserver, Observer
from voicebot.flow.result import CallResult
from voicebot.flow.runner import FlowRunner
from voicebot.flow.scenario import Scenario
from voicebot.lex.recogniser import Heard
from voicebot.settings.tree import Settings
from voicebot.test.suite import ScenarioTarget
from voicebot.test.targets import FlowTarget, LexTarget, TextTarget

if TYPE_CHECKING:
    from voicebot.flow.connect import ConnectFlows

Over = Literal["text", "flow", "lex", "connect"]
_BOT = Path("lex_bots/chajipsa/bot.yaml")


class Services(FlowRunner, Protocol):
    """What targets need of `voicebot.client.Voicebot`."""

    settings: Settings
    clock: Clock

    @property
    def lookup(self) -> Lookup:
        """Approved answers."""
        ...

    def chat_engine(self, name: str | None = None) -> ChatEngine:
        """Return a chat engine."""
        ...

    def recognise(self, utterance: str, path: Path, locale: str) -> Sequence[Heard]:
        """Return the intents of an utterance."""
        ...

    def resolve(self, path: Path) -> Path:
        """Return a file, or the one of that name that comes with voicebot."""
        ...

    def connect_flows(self) -> ConnectFlows:
        """Return the flows of the Connect instance."""
        ...


def build_target(
    voicebot: Services, over: Over, flow: Path | None = None, flow_id: str | None = None, bot: Path = _BOT
) -> ScenarioTarget:
    """Return what scenarios are played against.

    Args:
        voicebot: The services.
        over: Which target.
        flow: The flow instead of the one that a scenario names.
        flow_id: For `connect`: the flow's id in the instance, when it has not the file's name there.
        bot: For `lex`: the bot's definition.
    """
    if over == "text":
        return TextTarget(voicebot.chat_engine("chajipsa"), voicebot.lookup)
    if over == "lex":
        return LexTarget(lambda utterance: voicebot.recognise(utterance, bot, LOCALE))
    local = flow_target(voicebot, flow)
    return _connect_target(voicebot, local, flow_id) if over == "connect" else local


def flow_target(voicebot: Services, flow: Path | None = None, observer: Observer | None = None) -> FlowTarget:
    """Return the flow on this machine as a target."""

    def run(path: Path, scenario: Scenario) -> CallResult:
        caller, start = script_caller(scenario), scenario.build_start(str(uuid4()))
        watcher = observer or NoObserver()
        return voicebot.run_flow(path, caller, start, scenario.build_world(), watcher, script=scenario)

    def load(path: Path, scenario: Scenario) -> Flow:
        return load_flow(voicebot.resolve(path), flow_values(voicebot.settings, scenario))

    return FlowTarget(run, load, flow)


def _connect_target(voicebot: Services, local: FlowTarget, flow_id: str | None) -> ScenarioTarget:
    flows = voicebot.connect_flows()
    from voicebot.test.connect import ConnectTarget

    return ConnectTarget(flows, local, flow_id, voicebot.clock)
