"""Scenario files: what a caller does in a call, turn by turn, and what should come of it.

::

    name: 영업시간 안내
    flow: connect_flows/inbound.json
    flows: {survey: survey.json}       # other flows and modules, by the id that blocks name them with
    prompts: {p-1: welcome.wav}        # library prompts: WAV files, or the words in them
    turns:
      - say: 영업시간이 어떻게 되나요?
        expect: {intent: CaptureUtterance, hit: true, text_contains: 아홉 시, path: [next-batch, play], within_ms: 1500}
      - say: 잠깐만요
        after_s: 0.8                   # into the prompt
        expect: {barge_in: true}
      - press: "1"
      - silence: 4
      - wav: question.wav
        say: 배송은 언제 오나요?     # what is said in it, when nothing can recognise it
      - hangup: true
    expect: {ends: flow, never: trouble, notice: {text: 인공지능, within_s: 10}}

What stands around the call is in `voicebot.flow.scenario_world`. Paths of files are relative to the scenario.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from voicebot.audio.clip import Clip
from voicebot.audio.wav import read_audio
from voicebot.disk import explain
from voicebot.errors import InputError, NotFoundError
from voicebot.flow.contact import ContactStart
from voicebot.flow.dtmf import KEYS
from voicebot.flow.ports import CallerTurn, HungUp, Pressed, Said, Silent
from voicebot.flow.scenario_world import ContactPart, MocksPart, Part, WorldPart
from voicebot.flow.world import World
from voicebot.settings.invalid import said


def _keys(value: object) -> object:
    """Accept one key without quotes: YAML reads longer numbers its own way."""
    return str(value) if type(value) is int and 0 <= value <= 9 else value


def _texts(value: object) -> object:
    """Accept one text where several may stand."""
    return (value,) if isinstance(value, str) else value


Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_texts)]


class Expectation(Part):
    """What should come of one turn; what is left out does not matter."""

    intent: str | None = None
    hit: bool | None = None
    text_contains: Texts = ()
    absent: Texts = ()
    block: Texts = ()
    path: Texts = ()
    digits: Annotated[str, BeforeValidator(_keys)] | None = None
    barge_in: bool | None = None
    within_ms: Annotated[float, Field(ge=0)] | None = None


class Turn(Part):
    """One thing the caller does: exactly one of the five, but that a WAV file may have its words beside it."""

    say: Annotated[str, Field(min_length=1)] | None = None
    press: Annotated[str, BeforeValidator(_keys)] | None = None
    silence: Annotated[float, Field(gt=0)] | None = None
    wav: str | None = None
    hangup: Literal[True] | None = None
    after_s: Annotated[float, Field(ge=0)] | None = None
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Turn":
        given = [name for name in ("say", "press", "silence", "wav", "hangup") if getattr(self, name) is not None]
        if len(given) != 1 and given != ["say", "wav"]:
            found = f"not {' and '.join(given)}" if given else "and this one has none"
            raise ValueError(f"a turn has one of say, press, silence, wav, hangup, {found}")
        if self.press is not None and not (self.press and KEYS.issuperset(self.press)):
            raise ValueError('press takes keys in quotes, such as "1" or "0123#"')
        if self.after_s is not None and (self.silence is not None or self.hangup):
            raise ValueError("after_s is for say, wav and press: the caller begins so far into the prompt")
        return self


class Notice(Part):
    """Words that must be heard early in the call."""

    text: Texts
    within_s: Annotated[float, Field(ge=0)]


class CallExpectation(Part):
    """What should come of the whole call; what is left out does not matter."""

    ends: Literal["queue", "agent", "caller", "flow", "third_party"] | None = None
    queue: str | None = None
    path: Texts = ()
    never: Texts = ()
    text_contains: Texts = ()
    absent: Texts = ()
    attributes: dict[str, str] = Field(default_factory=dict)
    callbacks: Annotated[int, Field(ge=0)] | None = None
    notice: Notice | None = None
    within_s: Annotated[float, Field(ge=0)] | None = None


class Scenario(Part):
    """A whole scenario file. Paths of WAV files are relative to it."""

    name: str
    flow: str | None = None
    flows: dict[str, str] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    values: dict[str, str] = Field(default_factory=dict)
    seed: int = 0
    contact: ContactPart = ContactPart()
    world: WorldPart = WorldPart()
    mocks: MocksPart = MocksPart()
    turns: tuple[Turn, ...]
    expect: CallExpectation | None = None

    def build_world(self) -> World:
        """Return the world that the call takes place in."""
        return self.world.build()

    def build_start(self, contact_id: str) -> ContactStart:
        """Return the contact at its beginning."""
        contact = self.contact
        return ContactStart(
            contact_id=contact_id,
            customer_number=contact.number,
            system_number=contact.system_number,
            attributes=contact.attributes,
            initiation=contact.initiation,
        )


def load_scenario(path: Path | str) -> Scenario:
    """Return the scenario in a file.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is not a scenario; says where.
    """
    path = Path(path)
    raw = _read(path)
    _place_files(raw, path.parent)
    try:
        return Scenario.model_validate({"name": path.stem, **raw})
    except ValidationError as exc:
        error = exc.errors()[0]
        message = f"{path}: {_where(error['loc'])}{said(error)}"
        raise InputError(message, hint="see docs/flow.md for the form of a scenario") from exc


class Recogniser(Protocol):
    """Turns speech into text."""

    def transcribe(self, clip: Clip) -> str:
        """Return the words in a clip."""
        ...


class ScenarioCaller:
    """A caller who does what a scenario says and then hangs up.

    Args:
        scenario: The turns.
        recogniser: For WAV files without their words.

    Raises:
        InputError: A WAV file cannot be read, or nothing can tell its words; names the turn.
    """

    def __init__(self, scenario: Scenario, recogniser: Recogniser | None = None) -> None:
        turns = enumerate(scenario.turns, 1)
        self._turns = [_caller_turn(scenario.name, number, turn, recogniser) for number, turn in turns]
        self._after_s = [turn.after_s for turn in scenario.turns]
        self._done = 0

    def next(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        """Return the next turn, whatever the flow is listening for."""
        self._done += 1
        return self._turns[self._done - 1] if self._done <= len(self._turns) else HungUp()

    def interrupts_s(self, prompted_for: Literal["speech", "digits"]) -> float | None:
        """Return how far into the prompt the next turn begins; words do not cut one that waits for keys."""
        if self._done >= len(self._turns):
            return None
        is_heard = prompted_for == "speech" or isinstance(self._turns[self._done], Pressed)
        return self._after_s[self._done] if is_heard else None


def _caller_turn(name: str, number: int, turn: Turn, recogniser: Recogniser | None) -> CallerTurn:
    if turn.wav is not None:
        return _spoken(f"{name}: turn {number}", turn.wav, turn.say, recogniser)
    if turn.say is not None:
        return Said(turn.say)
    if turn.press is not None:
        return Pressed(turn.press)
    return HungUp() if turn.silence is None else Silent(turn.silence)


def _spoken(where: str, wav: str, words: str | None, recogniser: Recogniser | None) -> Said:
    try:
        clip = read_audio(wav)
    except InputError as exc:
        raise InputError(f"{where}: {exc.message}", hint=exc.hint) from exc
    if words is not None:
        return Said(words, clip)
    if recogniser is None:
        hint = "write its words beside it (say: ...), or pip install 'voicebot[stt]'"
        raise InputError(f"{where}: nothing here can tell what is said in {wav}", hint=hint)
    return Said(recogniser.transcribe(clip), clip)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise NotFoundError(f"there is no scenario {path}", hint="give the path of a YAML file") from exc
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: is not UTF-8 text (byte {exc.start})", hint="save it as UTF-8") from exc
    except OSError as exc:
        raise explain(path, exc) from exc
    except ValueError as exc:  # what YAML takes for a date, and is none
        raise InputError(f"{path} cannot be read: {exc}", hint="put what is no date into quotes") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{line}: not YAML", hint="check the indentation and the quotes there") from exc
    if not isinstance(raw, dict):
        raise InputError(f"{path}: a scenario has name, flow and turns", hint="see docs/flow.md for the form")
    return raw


def _place_files(raw: dict[str, Any], folder: Path) -> None:
    """Make the paths of files that stand beside the scenario whole."""
    for turn in raw["turns"] if isinstance(raw.get("turns"), list) else ():
        if isinstance(turn, dict) and isinstance(turn.get("wav"), str):
            turn["wav"] = str(folder / turn["wav"])
    for part in ("flows", "prompts"):
        named = raw.get(part)
        if isinstance(named, dict):
            found = {key: value for key, value in named.items() if isinstance(value, str)}
            named |= {key: str(folder / value) for key, value in found.items() if (folder / value).is_file()}
    if isinstance(raw.get("flow"), str) and (folder / raw["flow"]).is_file():
        raw["flow"] = str(folder / raw["flow"])


def _where(location: tuple[int | str, ...]) -> str:
    """Return a place in the file in words; turns are counted from 1."""
    if len(location) > 1 and location[0] == "turns" and isinstance(location[1], int):
        return f"turn {location[1] + 1}: " + "".join(f"{step}: " for step in location[2:])
    return "".join(f"{step}: " for step in location)
