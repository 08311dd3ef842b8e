"""A call to transcribe, as one invocation hands it to the next. It stands alone: who only starts one loads no media."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class TranscribeTask:
    """A call to transcribe, and how far it has come. It travels as JSON from one invocation to the next.

    Attributes:
        contact_id: The call.
        stream_arn: Its Kinesis video stream.
        start_fragment: The first fragment of the call.
        start_ms: When its audio begins, milliseconds since the Unix epoch; 0 when nobody said.
        after_fragment: The last fragment that need not be read again; empty at first.
        origin_ms: When the first sample was; 0 until it has been seen.
        heard_s: For each side, the seconds from the origin up to which everything is kept as final segments.
        recorded_s: Seconds up to which the audio is kept.
        part: How many invocations there were before.
    """

    contact_id: str
    stream_arn: str
    start_fragment: str = ""
    start_ms: int = 0
    after_fragment: str = ""
    origin_ms: int = 0
    heard_s: Mapping[str, float] = field(default_factory=dict)
    recorded_s: float = 0.0
    part: int = 0
