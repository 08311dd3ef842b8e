"""A call as rows of a transcript and as one JSON document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from voicebot.flow.annotations import is_hit, stages_ms
from voicebot.flow.expectations import Check
from voicebot.flow.result import CallResult, Kind, Who
from voicebot.flow.world import SEOUL


@dataclass(frozen=True)
class TranscriptRow:
    """One line of a transcript.

    Args:
        start_s: Seconds from the start of the call.
        end_s: Seconds from the start of the call.
        who: The side of the line.
        kind: Speech, audio file, keys, or silence.
        text: The words.
        turn: How many times the caller had been listened to by then.
        block: The block that spoke or listened.
        intent: The bot's reading of the caller.
        confidence: How sure that is.
        hit: Whether an approved answer was found; None when nothing was looked up.
        stages_ms: What took how long on the way to the answer.
    """

    start_s: float
    end_s: float
    who: Who
    kind: Kind
    text: str
    turn: int
    block: str
    intent: str | None
    confidence: float | None
    hit: bool | None
    stages_ms: Mapping[str, float]


def transcript_rows(result: CallResult) -> list[TranscriptRow]:
    """Return what was said, in order."""
    return [
        TranscriptRow(
            start_s=round(entry.start_s, 3),
            end_s=round(entry.end_s, 3),
            who=entry.who,
            kind=entry.kind,
            text=entry.text,
            turn=entry.turn,
            block=entry.block,
            intent=entry.intent,
            confidence=entry.confidence,
            hit=is_hit(entry),
            stages_ms=stages_ms(entry),
        )
        for entry in result.entries
    ]


def call_document(result: CallResult, checks: Sequence[Check] = ()) -> dict[str, object]:
    """Return a call as a JSON object: how it ended, the transcript, every block, and a scenario's checks."""
    return {
        "contact_id": result.contact_id,
        "started_at": datetime.fromtimestamp(result.started_at_s, SEOUL).isoformat(timespec="milliseconds"),
        "duration_s": round(result.duration_s, 3),
        "disconnect_reason": result.disconnect_reason,
        "queue": result.queue,
        "attributes": dict(result.attributes),
        "transcript": [asdict(row) for row in transcript_rows(result)],
        "blocks": [asdict(visit) for visit in result.blocks],
        "checks": [asdict(check) for check in checks],
    }
