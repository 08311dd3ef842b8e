"""What runs a call through a contact flow on this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from voicebot.flow.contact import ContactStart
from voicebot.flow.ports import Caller, Observer
from voicebot.flow.result import CallResult
from voicebot.flow.scenario import Scenario
from voicebot.flow.world import World


class FlowRunner(Protocol):
    """What runs flows: `voicebot.client.Voicebot`, to the layers below it."""

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
        """Return what came of a call through a flow on this machine."""
        ...
