"""Calls that are over, out of a file: a Matroska file of Kinesis Video, or a WAV file with the customer left and the bot right."""

import wave
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from voicebot.audio.clip import Clip
from voicebot.audio.measure import active_ranges
from voicebot.audio.resample import resample
from voicebot.audio.wav import read_audio
from voicebot.clock import SystemClock
from voicebot.disk import explained
from voicebot.errors import EngineError, InputError
from voicebot.transcribe.feed import Feed
from voicebot.transcribe.fragments import read_fragments
from voicebot.transcribe.masking import Masker
from voicebot.transcribe.protocol import Segment, StreamRecogniser
from voicebot.transcribe.recording import Recorder
from voicebot.transcribe.sound import BYTES_PER_S, RATE_HZ, Track

PAUSE_S = 0.6
"""A silence that ends a segment where nothing but the sound says where one ends."""
EDGE_S = 0.15
"""What is kept of the silence around a segment."""
FINISH_S = 600.0

_TRACKS: tuple[Track, ...] = ("customer", "bot")
_MATROSKA = (".mkv", ".webm")
_FRAME = BYTES_PER_S // 10


class ClipRecogniser(Protocol):
    """Turns a piece of audio into text; `voicebot.flow.scenario.Recogniser`."""

    def transcribe(self, clip: Clip) -> str:
        """Return the words in a clip."""
        ...


@dataclass(frozen=True)
class Sides:
    """A call's audio, a clip a side; a side that is not in the file is not here."""

    clips: Mapping[Track, Clip]


def read_sides(path: Path) -> Sides:
    """Return the audio of a file.

    Raises:
        InputError: It is not audio, or not of a call.
        NotFoundError: There is no such file.
    """
    if path.suffix.lower() in _MATROSKA:
        return _matroska(path)
    try:
        with explained(path), wave.open(str(path), "rb") as file:
            if file.getnchannels() == 2 and file.getsampwidth() == 2:
                both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
                rate_hz = file.getframerate()
                return Sides({track: Clip(both[:, place].copy(), rate_hz) for place, track in enumerate(_TRACKS)})
    except (wave.Error, EOFError):
        return Sides({"customer": read_audio(path)})
    return Sides({"customer": read_audio(path)})


def transcribe_clips(sides: Sides, recogniser: ClipRecogniser, call: str) -> list[Segment]:
    """Return a call's masked segments, by a recogniser that takes a piece at a time; silences say where pieces end.

    Args:
        sides: The call.
        recogniser: Turns a piece into text.
        call: What the call is named in its segments.
    """
    found: list[Segment] = []
    for track, clip in sides.clips.items():
        masker, times = Masker(), {}
        texts: dict[str, str] = {}
        for number, (start_s, end_s) in enumerate(active_ranges(clip, min_gap_s=PAUSE_S, min_length_s=0.1)):
            first = max(0, round((start_s - EDGE_S) * clip.sample_rate_hz))
            last = round((end_s + EDGE_S) * clip.sample_rate_hz)
            text = recogniser.transcribe(Clip(clip.samples[first:last], clip.sample_rate_hz)).strip()
            if text:
                segment_id = f"{call}/{track}-{number}"
                times[segment_id] = (round(start_s, 3), round(end_s, 3))
                texts |= masker.final(segment_id, text)
        texts |= masker.finish()
        found += [Segment(id_, call, track, *times[id_], text, False) for id_, text in texts.items()]
    return sorted(found, key=lambda segment: (segment.start_s, segment.track))


def transcribe_streams(sides: Sides, engine: StreamRecogniser, call: str) -> list[Segment]:
    """Return a call's masked segments, by a recogniser of live audio; a stream a side, one after the other.

    Raises:
        EngineError: The recogniser refuses, breaks off, or does not end in time.
    """
    found: list[Segment] = []
    for track, clip in sides.clips.items():
        feed, masker = Feed(engine.open, SystemClock()), Masker()
        pcm = resample(clip, RATE_HZ).to_bytes("pcm_s16le")
        for at in range(0, len(pcm), _FRAME):
            feed.frame(at / BYTES_PER_S, pcm[at : at + _FRAME])
        if not feed.finish(FINISH_S + len(pcm) / BYTES_PER_S):
            raise EngineError("did not end in time", engine="transcribe", retryable=True)
        times: dict[str, tuple[float, float]] = {}
        texts: dict[str, str] = {}
        for result in feed.take():
            if not result.is_partial:
                segment_id = f"{call}/{result.id}"
                times[segment_id] = (result.start_s, result.end_s)
                texts |= masker.final(segment_id, result.text)
        texts |= masker.finish()
        found += [Segment(id_, call, track, *times[id_], text, False) for id_, text in texts.items()]
    return sorted(found, key=lambda segment: (segment.start_s, segment.track))


def _matroska(path: Path) -> Sides:
    from voicebot.transcribe.tracks import frames_of  # PyAV, which a WAV file does without

    recorder, origin_ms, seen = Recorder(0.0), -1, set()
    with explained(path), path.open("rb") as file:
        for fragment in read_fragments(file):
            for frame in frames_of(fragment):
                origin_ms = frame.start_ms if origin_ms < 0 else origin_ms
                seen.add(frame.track)
                recorder.frame(frame.track, max(frame.start_ms - origin_ms, 0) / 1000, frame.pcm)
    if not seen:
        raise InputError(
            f"{path}: has no track of a call", hint="tracks are called AUDIO_FROM_CUSTOMER and AUDIO_TO_CUSTOMER"
        )
    return Sides(
        {track: Clip.from_bytes(recorder.side(track), "pcm_s16le", RATE_HZ) for track in _TRACKS if track in seen}
    )
