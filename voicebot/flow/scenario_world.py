"""The parts of a scenario file that stand around the call: who calls, queues and hours, what is mocked.

::

    contact: {number: "+821012345678", attributes: {customer: 김민지}}
    world:
      now: "2026-11-25T10:00"          # Asia/Seoul
      hours: open                      # open, closed, {mon: "09:00-18:00"}, or these by id
      queues: {agents: {capacity: 0, answer_s: 20, holds_s: [15], agents_available: 2, contacts: 3}}
      third_parties: {"+82212345678": busy}   # busy, no_answer, or {answers_after_s: 3, talks_s: 30}
      agent_after_s: 60
      patience_s: 90
    mocks:
      functions: {order-status: {answer: {status: shipped}, delay_s: 1.5}}
      lex: [{intent: OrderStatus, slots: {number: "1234"}}]
      blocks: {GetCustomerProfile: {data: {Customer: {FirstName: 민지}}}, lookup: {error: NoMatchingError}}
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, InstanceOf

from voicebot.flow.mocks import BlockMock, Failure, FunctionMock
from voicebot.flow.ports import LexStep
from voicebot.flow.world import OFFICE_HOURS, SEOUL, WEEKDAYS, Hours, Queue, ThirdParty, World

CALLER_NUMBER = "+821012345678"
SYSTEM_NUMBER = "+827012345678"
EVERY_ID = "*"

T = TypeVar("T")
Seconds = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]


def _hours_by_id(value: object) -> object:
    if not isinstance(value, dict) or (value and set(value) <= set(WEEKDAYS)):
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


def _third_party(value: object) -> object:
    if value == "busy":
        return {"busy": True}
    return {"answers_after_s": None} if value == "no_answer" else value


def _one_or_more(value: object) -> object:
    return value if isinstance(value, list) else (value,)


class Part(BaseModel):
    """A part of a scenario file: frozen, and nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ContactPart(Part):
    """Who calls."""

    number: str = CALLER_NUMBER
    system_number: str = SYSTEM_NUMBER
    initiation: Literal["INBOUND", "API"] = "INBOUND"
    attributes: dict[str, str] = Field(default_factory=dict)


class QueuePart(Part):
    """A queue; `capacity` is how many more contacts it takes."""

    name: str | None = None
    capacity: Count | None = None
    hours: str | None = None
    answer_s: Seconds | None = None
    holds_s: tuple[Seconds, ...] = ()
    agents_available: Count = 1
    agents_staffed: Count = 1
    agents_online: Count = 1
    contacts: Count = 0
    oldest_s: Count = 0

    def build(self, key: str) -> Queue:
        """Return the queue."""
        return Queue(**{**self.model_dump(), "name": self.name or key})


class ThirdPartyPart(Part):
    """Who answers at another number."""

    answers_after_s: Seconds | None = 3.0
    talks_s: Seconds = 30.0
    busy: bool = False


class WorldPart(Part):
    """What is around the call: `open` or `closed` for all hours, or hours by id."""

    now: datetime | None = None
    queues: dict[str, QueuePart] = Field(default_factory=dict)
    hours: Annotated[dict[str, InstanceOf[Hours]], BeforeValidator(_hours_by_id)] = Field(default_factory=dict)
    agent_after_s: Seconds = 60.0
    patience_s: Seconds | None = None
    third_parties: dict[str, Annotated[ThirdPartyPart, BeforeValidator(_third_party)]] = Field(default_factory=dict)
    answered_by: Literal["CallAnswered", "VoicemailBeep", "VoicemailNoBeep", "NotDetected"] = "CallAnswered"
    dialable: tuple[str, ...] = World().dialable

    def build(self) -> World:
        """Return the world."""
        return World(
            queues={key: queue.build(key) for key, queue in self.queues.items()},
            hours=self.hours,
            default_hours=self.hours.get(EVERY_ID, OFFICE_HOURS),
            agent_after_s=self.agent_after_s,
            patience_s=self.patience_s,
            third_parties={
                number: ThirdParty(party.answers_after_s, party.talks_s, party.busy)
                for number, party in self.third_parties.items()
            },
            answered_by=self.answered_by,
            dialable=self.dialable,
        )

    def starts_at_s(self) -> float | None:
        """Return when the call begins, in seconds since the Unix epoch; a time without a zone is Korean."""
        if self.now is None:
            return None
        return (self.now if self.now.tzinfo else self.now.replace(tzinfo=SEOUL)).timestamp()


class FunctionPart(Part):
    """One answer of a function."""

    answer: Any = None
    delay_s: Seconds = 0.0
    fails: Failure | None = None


class BlockPart(Part):
    """What comes of a block instead of running it."""

    result: str | None = None
    error: str | None = None
    data: dict[str, Any] = Field(default_factory=dict)


class LexPart(Part):
    """What the bot makes of one utterance."""

    intent: str | None = None
    slots: dict[str, str | None] = Field(default_factory=dict)
    attributes: dict[str, str] = Field(default_factory=dict)
    says: Annotated[tuple[str, ...], BeforeValidator(_one_or_more)] = ()
    done: bool = True
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None


class MocksPart(Part):
    """What stands for the outside: one answer for every time, or a list that is used up in turn."""

    functions: dict[str, FunctionPart | tuple[FunctionPart, ...]] = Field(default_factory=dict)
    lex: tuple[LexPart, ...] = ()
    blocks: dict[str, BlockPart | tuple[BlockPart, ...]] = Field(default_factory=dict)

    def build_functions(self) -> dict[str, FunctionMock | Sequence[FunctionMock]]:
        """Return the mocked functions."""
        return {
            name: [FunctionMock(**dict(one)) for one in part] if isinstance(part, tuple) else FunctionMock(**dict(part))
            for name, part in self.functions.items()
        }

    def build_blocks(self) -> dict[str, BlockMock | Sequence[BlockMock]]:
        """Return the mocked blocks."""
        return {
            name: [BlockMock(**dict(one)) for one in part] if isinstance(part, tuple) else BlockMock(**dict(part))
            for name, part in self.blocks.items()
        }

    def build_steps(self) -> list[LexStep]:
        """Return the bot's steps."""
        return [
            LexStep(
                part.says,
                part.done,
                part.intent,
                part.slots,
                part.attributes,
                part.confidence,
                "Fulfilled" if part.done else "InProgress",
            )
            for part in self.lex
        ]
