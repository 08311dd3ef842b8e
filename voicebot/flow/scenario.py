"""Scenario files: what a caller does in a call, turn by turn, and what should come of it.

::

    name: 영업시간 안내
    flow: connect_flows/inbound.json
    contact: {number: "+821012345678", attributes: {customer: 김민지}}
    world:
      queues: {상담: {capacity: 0}}
      hours: open
    turns:
      - say: 영업시간이 어떻게 되나요?
        expect: {intent: CaptureUtterance, hit: true, text_contains: 아홉 시, block: 재생, within_ms: 1500}
      - press: "1"
      - silence: 4
      - wav: question.wav
        say: 배송은 언제 오나요?     # what is said in it, when nothing can recognise it
      - hangup: true
"""

from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf, ValidationError, model_validator

from voicebot.audio.clip import Clip
from voicebot.audio.wav import read_audio
from voicebot.errors import InputError, NotFoundError
from voicebot.flow.contact import ContactStart
from voicebot.flow.dtmf import KEYS
from voicebot.flow.ports import CallerTurn, HungUp, Pressed, Said, Silent
from voicebot.flow.world import OFFICE_HOURS, WEEKDAYS, Hours, Queue, World

CALLER_NUMBER = "+821012345678"
SYSTEM_NUMBER = "+827012345678"
EVERY_ID = "*"


def _keys(value: object) -> object:
    """Accept one key without quotes: YAML reads longer numbers its own way."""
    return str(value) if type(value) is int and 0 <= value <= 9 else value


def _hours_by_id(value: object) -> object:
    if not isinstance(value, dict):
        return {EVERY_ID: _hours(value)}
    return {str(key): _hours(inner) for key, inner in value.items()}


def _hours(value: object) -> Hours:
    if value in ("open", "closed"):
        return Hours(always=value == "open")
    if not isinstance(value, dict) or not set(value) <= set(WEEKDAYS):
        raise ValueError(f"hours are open, closed, or times for {', '.join(WEEKDAYS)}")
    return Hours({day: _opening(day, times) for day, times in value.items()})


def _opening(day: str, times: object) -> tuple[time, time]:
    try:
        opens, closes = str(times).split("-")
        return time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError as exc:
        raise ValueError(f'{day} is not of the form "09:00-18:00"') from exc


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Expectation(_Part):
    """What should come of one turn; what is left out does not matter."""

    intent: str | None = None
    hit: bool | None = None
    text_contains: str | None = None
    block: str | None = None
    within_ms: Annotated[float, Field(ge=0)] | None = None


class Turn(_Part):
    """One thing the caller does: exactly one of the five, but that a WAV file may have its words beside it."""

    say: Annotated[str, Field(min_length=1)] | None = None
    press: Annotated[str, BeforeValidator(_keys)] | None = None
    silence: Annotated[float, Field(gt=0)] | None = None
    wav: str | None = None
    hangup: Literal[True] | None = None
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Turn":
        given = [name for name in ("say", "press", "silence", "wav", "hangup") if getattr(self, name) is not None]
        if len(given) != 1 and given != ["say", "wav"]:
            found = f"not {' and '.join(given)}" if given else "and this one has none"
            raise ValueError(f"a turn has one of say, press, silence, wav, hangup, {found}")
        if self.press is not None and not (self.press and KEYS.issuperset(self.press)):
            raise ValueError('press takes keys in quotes, such as "1" or "0123#"')
        return self


class ContactPart(_Part):
    """Who calls."""

    number: str = CALLER_NUMBER
    system_number: str = SYSTEM_NUMBER
    initiation: Literal["INBOUND", "API"] = "INBOUND"
    attributes: dict[str, str] = Field(default_factory=dict)


class QueuePart(_Part):
    """A queue; `capacity` is how many more contacts it takes."""

    name: str | None = None
    capacity: Annotated[int, Field(ge=0)] | None = None
    hours: str | None = None


class WorldPart(_Part):
    """The queues and hours around the call: `open` or `closed` for all hours, or hours by id."""

    queues: dict[str, QueuePart] = Field(default_factory=dict)
    hours: Annotated[dict[str, InstanceOf[Hours]], BeforeValidator(_hours_by_id)] = Field(default_factory=dict)


class Scenario(_Part):
    """A whole scenario file. Paths of WAV files are relative to it."""

    name: str
    flow: str | None = None
    contact: ContactPart = ContactPart()
    world: WorldPart = WorldPart()
    turns: tuple[Turn, ...]

    def build_world(self) -> World:
        """Return the world that the call takes place in."""
        queues = {
            key: Queue(name=queue.name or key, capacity=queue.capacity, hours=queue.hours)
            for key, queue in self.world.queues.items()
        }
        return World(queues, self.world.hours, self.world.hours.get(EVERY_ID, OFFICE_HOURS))

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
    for turn in raw["turns"] if isinstance(raw.get("turns"), list) else ():
        if isinstance(turn, dict) and isinstance(turn.get("wav"), str):
            turn["wav"] = str(path.parent / turn["wav"])
    try:
        return Scenario.model_validate({"name": path.stem, **raw})
    except ValidationError as exc:
        error = exc.errors()[0]
        message = f"{path}: {_where(error['loc'])}{error['msg'].removeprefix('Value error, ')}"
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
        self._turns = iter([_caller_turn(scenario.name, number, turn, recogniser) for number, turn in turns])

    def next(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        """Return the next turn, whatever the flow is listening for."""
        return next(self._turns, HungUp())


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
    except (OSError, ValueError) as exc:
        raise InputError(f"{path} cannot be read: {exc}", hint="give a UTF-8 text file that you may read") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{line}: not YAML", hint="check the indentation and the quotes there") from exc
    if not isinstance(raw, dict):
        raise InputError(f"{path}: a scenario has name, flow and turns", hint="see docs/flow.md for the form")
    return raw


def _where(location: tuple[int | str, ...]) -> str:
    """Return a place in the file in words; turns are counted from 1."""
    if len(location) > 1 and location[0] == "turns" and isinstance(location[1], int):
        return f"turn {location[1] + 1}: " + "".join(f"{step}: " for step in location[2:])
    return "".join(f"{step}: " for step in location)
