"""What came of a call: what was said when, which blocks ran, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from voicebot.flow.line import CallRecording

Who = Literal["bot", "caller"]
Kind = Literal["speech", "audio", "digits", "silence"]
DisconnectReason = Literal["CUSTOMER_DISCONNECT", "CONTACT_FLOW_DISCONNECT", "THIRD_PARTY_DISCONNECT"]


@dataclass(frozen=True)
class Spoken:
    """One utterance; its times are where the recording has sound.

    Args:
        who: The side of the line.
        kind: Speech made from text, an audio file, keys, or the point in time at which silence was understood
            (which has no length and no text).
        text: The words; for an audio file those that its store knows.
        start_s: Seconds from the start of the call.
        end_s: Seconds from the start of the call.
        turn: How many times the caller had been listened to by then; 0 is before the first.
        block: The block that spoke or listened.
        intent: For the caller: the bot's reading of it.
        confidence: How sure that reading is, 0 to 1.
        annotations: The session attributes `voicebot_*` after it, and the `Stage*` values that functions
            returned up to the next utterance of the caller.
    """

    who: Who
    kind: Kind
    text: str
    start_s: float
    end_s: float
    turn: int
    block: str
    intent: str | None = None
    confidence: float | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BlockVisit:
    """One run of one block.

    Args:
        flow: The flow's name.
        identifier: The block's identifier.
        type: Its action.
        turn: How many times the caller had been listened to when it began.
        start_s: Seconds from the start of the call.
        end_s: Seconds from the start of the call.
        result: What its conditions were compared with.
        branch: The way it took: "NextAction", an error type, or a condition; None at the end of the flow.
        next_block: Where that led.
        work_ms: How long functions and the bot really worked.
        error: What failed, if something did.
    """

    flow: str
    identifier: str
    type: str
    turn: int
    start_s: float
    end_s: float
    result: str | None
    branch: str | None
    next_block: str | None
    work_ms: float
    error: str | None


@dataclass(frozen=True)
class Callback:
    """A call back that was promised."""

    queue: str
    number: str
    delay_s: int
    attempts: int


@dataclass(frozen=True)
class CallResult:
    """A whole call.

    Args:
        contact_id: The contact.
        started_at_s: When it began, in seconds since the Unix epoch.
        duration_s: How long it took.
        disconnect_reason: Who ended it, in Connect's words; None when the caller waits in a queue.
        queue: The id of the queue or agent that the caller was transferred to.
        attributes: The contact's attributes at the end.
        entries: What was said.
        blocks: The blocks that ran.
        recording: The audio.
        agent_after_s: When an agent took the call, in seconds from its start; None when none did.
        callbacks: Calls back that were promised.
    """

    contact_id: str
    started_at_s: float
    duration_s: float
    disconnect_reason: DisconnectReason | None
    queue: str | None
    attributes: Mapping[str, str]
    entries: tuple[Spoken, ...]
    blocks: tuple[BlockVisit, ...]
    recording: CallRecording
    agent_after_s: float | None = None
    callbacks: tuple[Callback, ...] = ()
