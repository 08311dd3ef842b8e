"""Transcripts of calls on this machine: their words are known, so that nothing has to be recognised."""

from collections.abc import Iterable

from voicebot.audio.clip import Clip
from voicebot.flow.result import CallResult, Spoken
from voicebot.transcribe.masking import Masker
from voicebot.transcribe.protocol import Segment, TranscriptStore
from voicebot.transcribe.recording import Recorder, Recordings
from voicebot.transcribe.sound import Track
from voicebot.transcribe.task import TranscribeTask

_TRACKS: dict[str, Track] = {"caller": "customer", "bot": "bot"}
_WORDS = ("speech", "audio")
_MILLISECOND_S = 0.001
"""A stream's beginning is told in whole ones: what is said at once may seem to come before it."""


class CallTranscripts:
    """`voicebot.transcribe.protocol.Relay` of the local backend: notes which calls a flow wants as text, and keeps them.

    Args:
        store: Where segments go.
        recordings: Where audio goes; None keeps none.
    """

    def __init__(self, store: TranscriptStore, recordings: Recordings | None) -> None:
        self._store = store
        self._recordings = recordings
        self._wanted: dict[str, TranscribeTask] = {}

    def start(self, task: TranscribeTask) -> None:
        """Note a call; what is said before its stream begins is not kept."""
        self._wanted[task.contact_id] = task

    def keep(self, result: CallResult) -> None:
        """Keep what was said in a call that is over, masked, if its flow asked for that."""
        task = self._wanted.pop(result.contact_id, None)
        if task is None:
            return
        begins_s = task.start_ms / 1000 - _MILLISECOND_S - result.started_at_s
        heard = [entry for entry in result.entries if entry.start_s >= begins_s and entry.kind in _WORDS and entry.text]
        for who in _TRACKS:
            for segment in _segments(result.contact_id, begins_s, [entry for entry in heard if entry.who == who]):
                self._store.put(segment)
        if self._recordings:
            recorder = Recorder(0.0)
            sides: dict[Track, Clip] = {"customer": result.recording.caller, "bot": result.recording.bot}
            for track, clip in sides.items():
                recorder.frame(track, -begins_s, clip.to_bytes("pcm_s16le"))
            self._recordings.keep(result.contact_id, task.part, recorder.wav())
            self._recordings.join(result.contact_id)


def _segments(contact_id: str, begins_s: float, entries: Iterable[Spoken]) -> Iterable[Segment]:
    """Yield one side's segments, with numbers that are said over a pause masked as well."""
    masker = Masker()
    texts: dict[str, str] = {}
    by_id: dict[str, Spoken] = {}
    for entry in entries:
        segment_id = f"{contact_id}/{entry.who}-{len(by_id)}"
        by_id[segment_id] = entry
        texts |= masker.final(segment_id, entry.text)
    texts |= masker.finish()
    for segment_id, entry in by_id.items():
        start_s, end_s = round(entry.start_s - begins_s, 3), round(entry.end_s - begins_s, 3)
        yield Segment(segment_id, contact_id, _TRACKS[entry.who], start_s, end_s, texts[segment_id], False)
