"""A scenario's stage: the outside with the scenario's mocks, its flows and prompts in place."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voicebot.clock import VirtualClock
from voicebot.flow.load import load_flow
from voicebot.flow.mocks import Blocks, MockedFunctions, MockedLex, MockedMedia
from voicebot.flow.model import Flow
from voicebot.flow.ports import Ports
from voicebot.flow.run import FlowRunner
from voicebot.flow.scenario import Scenario
from voicebot.flow.world import World, last_part
from voicebot.resources import find

_PROMPT = "prompt:"


def build_runner(
    ports: Ports, clock: VirtualClock, world: World, script: Scenario | None, values: Mapping[str, str]
) -> FlowRunner:
    """Return what runs a flow as a scenario says.

    Args:
        ports: The outside, where the scenario does not stand for it.
        clock: The call's time.
        world: Queues and hours.
        script: The scenario; None when a person calls.
        values: What placeholders in the scenario's own flows stand for.

    Raises:
        NotFoundError: One of the scenario's flows does not exist.
        FlowError: One of them cannot be used.
    """
    if script is None:
        return FlowRunner(ports, clock, world=world)
    mocks = script.mocks
    files = {_PROMPT + name: _file(value) for name, value in script.prompts.items()}
    media = MockedMedia(files, ports.media, ports.voice)
    functions = MockedFunctions(mocks.build_functions(), ports.functions, clock)
    staged = replace(ports, media=media, functions=functions, lex=MockedLex(mocks.build_steps(), ports.lex))
    return FlowRunner(
        staged,
        clock,
        world=world,
        flows=_flows(script, values),
        prompts={name: _PROMPT + name for name in script.prompts},
        seed=script.seed,
        blocks=Blocks(mocks.build_blocks()),
    )


def _file(value: str) -> Path | str:
    return Path(value) if value.casefold().endswith(".wav") else value


def _flows(script: Scenario, values: Mapping[str, str]) -> dict[str, Flow]:
    """Return the scenario's other flows by their ids, and by the last part of these where they are ARNs."""
    loaded = {key: load_flow(find(Path(path)), values) for key, path in script.flows.items()}
    return loaded | {last_part(key): flow for key, flow in loaded.items()}
