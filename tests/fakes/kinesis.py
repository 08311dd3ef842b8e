"""Calls as Amazon Connect streams them: fragments muxed by PyAV, with the tags that Kinesis Video adds."""

import io
from collections.abc import Iterator, Sequence

import av
import numpy as np
from numpy.typing import NDArray

from voicebot.transcribe.ebml import SIMPLE_TAG, TAG, TAG_NAME, TAG_STRING, TAGS
from voicebot.transcribe.sound import RATE_HZ

CONTACT, OTHER_CONTACT = "11111111-aaaa-4bbb-8ccc-000000000001", "11111111-aaaa-4bbb-8ccc-000000000002"
START_MS = 1_726_677_688_724
FRAME = 512
FIRST_NUMBER = 91343852333181531502161607852955530730504675150
SECOND = 16 * FRAME
"""Samples of a fragment: 16 frames of 64 ms, 1.024 s."""


class _Sink(io.RawIOBase):
    """A file that cannot be sought in, as a network is."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += bytes(data)  # type: ignore[call-overload]
        return len(bytes(data))  # type: ignore[call-overload]


def document(sides: dict[str, NDArray[np.int16]], start_ms: int, codec: str = "A_AAC") -> bytes:
    """Return a Matroska document of unknown size with a track a side; Connect calls its raw samples AAC."""
    sink = _Sink()
    with av.open(sink, "w", format="matroska", options={"live": "1"}) as container:
        streams = {}
        for name in sides:
            streams[name] = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
            streams[name].metadata["title"] = name
        longest = max(len(samples) for samples in sides.values())
        for at in range(0, longest, FRAME):
            for name, samples in sides.items():
                part = samples[at : at + FRAME]
                if not len(part):
                    continue
                frame = av.AudioFrame.from_ndarray(part.reshape(1, -1), format="s16", layout="mono")
                frame.sample_rate = RATE_HZ
                frame.pts = start_ms * RATE_HZ // 1000 + at
                container.mux(streams[name].encode(frame))
        for stream in streams.values():
            container.mux(stream.encode(None))
    raw = b"A_PCM/INT/LIT"
    return bytes(sink.data).replace(raw, codec.encode().ljust(len(raw), b"\0"))


def fragment(
    sides: dict[str, NDArray[np.int16]],
    number: int,
    start_ms: int,
    contact_id: str | None = CONTACT,
    codec: str = "A_AAC",
) -> bytes:
    """Return a fragment of GetMedia: the document, with tags before and behind its cluster."""
    media = document(sides, start_ms, codec)
    at = media.index(b"\x1f\x43\xb6\x75")
    before = tags(
        {"AWS_KINESISVIDEO_FRAGMENT_NUMBER": str(number), "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP": str(start_ms / 1000)}
    )
    own = (
        {"ContactId": contact_id, "InstanceId": "i", "MimeType": "audio/L16;rate=8000;channels=1;"}
        if contact_id
        else {}
    )
    behind = b"".join(tags({name: value}) for name, value in own.items())
    last = tags({"AWS_KINESISVIDEO_MILLIS_BEHIND_NOW": "0", "AWS_KINESISVIDEO_CONTINUATION_TOKEN": str(number)})
    return media[:at] + before + media[at:] + behind + last


def fragments(
    customer: NDArray[np.int16],
    bot: NDArray[np.int16],
    *,
    first: int = FIRST_NUMBER,
    start_ms: int = START_MS,
    contact_id: str | None = CONTACT,
) -> list[tuple[int, bytes]]:
    """Return (number, bytes) of a call's fragments, each a little more than a second."""
    made = []
    for index, at in enumerate(range(0, max(len(customer), len(bot)), SECOND)):
        sides = {"AUDIO_FROM_CUSTOMER": customer[at : at + SECOND], "AUDIO_TO_CUSTOMER": bot[at : at + SECOND]}
        filled = {name: samples for name, samples in sides.items() if len(samples)}
        made.append((first + index, fragment(filled, first + index, start_ms + at * 1000 // RATE_HZ, contact_id)))
    return made


def tags(values: dict[str, str]) -> bytes:
    """Return a Tags element."""
    simple = b"".join(
        _element(SIMPLE_TAG, _element(TAG_NAME, name.encode()) + _element(TAG_STRING, value.encode()))
        for name, value in values.items()
    )
    return _element(TAGS, _element(TAG, simple))


def _element(id_: int, body: bytes) -> bytes:
    id_bytes = id_.to_bytes((id_.bit_length() + 7) // 8, "big")
    return id_bytes + (0x01 << 56 | len(body)).to_bytes(8, "big") + body


class Trickle(io.RawIOBase):
    """A network that gives a few bytes at a time, and cannot be sought in."""

    def __init__(self, parts: Sequence[bytes] | Iterator[bytes], size: int = 1000) -> None:
        self._parts = iter(parts)
        self._rest = b""
        self._size = size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._parts, b"")
        part = self._rest[: min(len(buffer), self._size)]
        self._rest = self._rest[len(part) :]
        buffer[: len(part)] = part
        return len(part)
