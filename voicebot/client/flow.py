"""Contact flows: run on this machine, published, tested."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from voicebot.client.lex import Lex
from voicebot.client.transcripts import Transcripts
from voicebot.clock import Clock, VirtualClock
from voicebot.errors import ConfigError

if TYPE_CHECKING:
    from voicebot.flow.connect import ConnectFlows
    from voicebot.flow.contact import ContactStart
    from voicebot.flow.ports import Caller, Observer
    from voicebot.flow.result import CallResult
    from voicebot.flow.scenario import Scenario
    from voicebot.flow.world import World
    from voicebot.test.assembly import Over
    from voicebot.test.suite import ScenarioTarget


class Flow(Lex, Transcripts):
    """Contact flows."""

    def at(self, clock: Clock) -> Self:
        """Return the same on another clock; what knows no time and costs much to load is shared."""
        other = type(self)(self.settings, self._handlers, clock)
        for name in ("aws", "model", "facts", "responses", "questions", "pronunciations"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def run_flow(
        self,
        path: Path,
        caller: Caller,
        start: ContactStart,
        world: World,
        observer: Observer,
        said: Mapping[str, str] | None = None,
        script: Scenario | None = None,
    ) -> CallResult:
        """Run a call through a contact flow on this machine, with the same handlers, bot and answers as deployed.

        Args:
            path: The flow's JSON.
            caller: Whoever speaks.
            start: The contact.
            world: Queues and hours.
            observer: Sees each block and each utterance as it happens.
            said: What is said in clips of the caller's own, by URL.
            script: A scenario: its mocks stand for the outside.
        """
        from voicebot.call.simulation.outside import LocalLex, LocalMedia, LocalVoice, flow_values
        from voicebot.flow.load import load_flow
        from voicebot.flow.ports import Ports
        from voicebot.flow.stage import build_runner

        values = flow_values(self.settings, script)
        flow = load_flow(self.resolve(path), values)
        clock = VirtualClock((script and script.world.starts_at_s()) or self.clock.now())
        within = self.at(clock)
        within.prewarm()
        ports = Ports(
            functions=within.functions,
            lex=LocalLex(self.bot, within.functions, self.classify),
            voice=LocalVoice(self.prompts("local"), self.caller_prompts),
            media=LocalMedia(within.blobs, within.jobs, within.shelf, said or {}),
            caller=caller,
            observer=observer,
        )
        result = build_runner(ports, clock, world, script, values).run(flow, start)
        within.call_transcripts.keep(result)
        return result

    def connect_flows(self) -> ConnectFlows:
        """Return the flows of the Connect instance.

        Raises:
            ConfigError: No instance is configured.
        """
        instance = self.settings.aws.connect_instance_id
        if instance is None:
            hint = "set aws.connect_instance_id, or CONNECT_INSTANCE_ID"
            raise ConfigError("there is no Connect instance in the settings", hint=hint)
        service = self.connect_aws.service("connect")
        from voicebot.flow.connect import ConnectFlows, Pace

        return ConnectFlows(service, instance, Pace(self.clock))

    def flow_values(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what the placeholders of published flows stand for; what is given wins over the settings."""
        from voicebot.flow.values import published_values

        return published_values(self.settings, given or {})

    def test_target(self, over: Over, flow: Path | None = None, flow_id: str | None = None) -> ScenarioTarget:
        """Return what test scenarios are played against: text, flow, lex or connect."""
        from voicebot.test.assembly import build_target

        return build_target(self, over, flow, flow_id)
