"""The two sides of a call out of a fragment, demuxed by PyAV and never decoded: what Connect declares is not what it sends.

Connect names AAC as the codec and sends linear 16-bit samples (tag MimeType ``audio/L16;rate=8000;channels=1;``).
"""

import io
from dataclasses import dataclass

import av
from av.audio.stream import AudioStream
from av.error import FFmpegError

from voicebot.errors import InputError
from voicebot.transcribe.fragments import Fragment
from voicebot.transcribe.sound import BYTES_PER_S, Track

NAMES: dict[str, Track] = {
    "AUDIO_FROM_CUSTOMER": "customer",
    "AUDIO_TO_CUSTOMER": "bot",
    "Track_audio/L16": "customer",
}
"""Track names as Connect gives them; the last is the older one, with a single track."""

_OPTIONS = {"fflags": "noparse", "analyzeduration": "0", "probesize": "32"}
_RAW = frozenset({"pcm_s16le", "aac"})


@dataclass(frozen=True)
class Frame:
    """A few milliseconds of one side.

    Attributes:
        track: Which side.
        start_ms: When they begin, milliseconds; in a live stream since the Unix epoch.
        pcm: 16-bit little-endian samples, mono, 8000 Hz.
    """

    track: Track
    start_ms: int
    pcm: bytes

    @property
    def end_ms(self) -> float:
        """When they end."""
        return self.start_ms + len(self.pcm) * 1000 / BYTES_PER_S


def frames_of(fragment: Fragment) -> list[Frame]:
    """Return the audio of a fragment, in the order in which it was sent.

    Raises:
        InputError: It is not media, or not the raw audio of a call.
    """
    try:
        with av.open(io.BytesIO(fragment.matroska), "r", format="matroska", options=_OPTIONS) as container:
            tracks = {stream.index: _track(stream) for stream in container.streams.audio}
            return [
                Frame(track, int(packet.pts), bytes(packet))
                for packet in container.demux()
                if packet.pts is not None and packet.size and (track := tracks.get(packet.stream_index))
            ]
    except FFmpegError as exc:
        raise InputError(f"a fragment of the media stream cannot be read ({type(exc).__name__})") from exc


def _track(stream: AudioStream) -> Track | None:
    track = NAMES.get(stream.metadata.get("title", ""))
    if track and stream.codec_context.name not in _RAW:
        raise InputError(
            f"the media stream's audio is {stream.codec_context.name}, not the raw samples of a call",
            hint="convert it to WAV, the customer left and the bot right",
        )
    return track
