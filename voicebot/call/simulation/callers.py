"""Who calls in a simulated call: a scenario, WAV files, or a person at a terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import uuid4

from voicebot.errors import ConfigError, InputError
from voicebot.flow.contact import ContactStart
from voicebot.flow.ports import Caller, CallerTurn, HungUp, Pressed, Said, Silent
from voicebot.flow.scenario import Recogniser, Scenario, ScenarioCaller, Turn, load_scenario
from voicebot.flow.world import World
from voicebot.resources import find


@dataclass(frozen=True)
class SimulatedCall:
    """A simulated call before it begins."""

    caller: Caller
    start: ContactStart
    world: World
    scenario: Scenario | None


def call_plan(scenario: Path | None, wav: Sequence[Path], ask: Callable[[], str | None]) -> SimulatedCall:
    """Return who calls.

    Args:
        scenario: A scenario file.
        wav: What the caller says, in order.
        ask: Asks the person at the terminal for one turn; None when there is nobody any more.

    Raises:
        InputError: Both a scenario and WAV files are given, or one of them cannot be used.
        ConfigError: Speech recognition is needed and not installed.
    """
    if scenario and wav:
        raise InputError("a call has a scenario or WAV files, not both", hint="name the WAV files in the scenario")
    contact_id = str(uuid4())
    script = load_scenario(find(scenario)) if scenario else None
    if script is None and wav:
        script = Scenario(name="wav", turns=tuple(Turn(wav=str(path)) for path in wav))
    if script is None:
        empty = Scenario(name="terminal", turns=())
        return SimulatedCall(TerminalCaller(ask), empty.build_start(contact_id), empty.build_world(), None)
    return SimulatedCall(
        script_caller(script), script.build_start(contact_id), script.build_world(), script if scenario else None
    )


def script_caller(script: Scenario) -> ScenarioCaller:
    """Return a caller who does what a scenario says.

    Raises:
        InputError: One of its WAV files cannot be used.
        ConfigError: Speech recognition is needed and not installed.
    """
    needs_ears = any(turn.wav and turn.say is None for turn in script.turns)
    return ScenarioCaller(script, load_recogniser() if needs_ears else None)


def load_recogniser() -> Recogniser:
    """Return the speech recogniser.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        from voicebot.call.simulation.vosk import VoskRecogniser

        return VoskRecogniser()
    except ModuleNotFoundError as exc:
        raise ConfigError(
            f"recognising speech needs the package {exc.name}", hint="pip install 'voicebot[stt]', or type the words"
        ) from exc


class TerminalCaller:
    """A person who types: words to say, ``#`` and digits to press, an empty line to stay silent, Ctrl-D to hang up.

    Args:
        ask: Asks for one line; None is the end.
    """

    def __init__(self, ask: Callable[[], str | None]) -> None:
        self._ask = ask

    def next(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        """Return what the person types."""
        line = self._ask()
        if line is None:
            return HungUp()
        line = line.strip()
        if not line:
            return Silent(60.0)
        keys = line[1:] if line.startswith("#") else line
        if (prompted_for == "digits" or line.startswith("#")) and keys and set(keys) <= set("0123456789*#"):
            return Pressed(keys)
        return Said(line)
