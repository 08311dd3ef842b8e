"""A call on this machine that a page watches, and a caller who sits at the page."""

import queue
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from voicebot.audio.clip import Clip
from voicebot.audio.wav import read_audio, wav_bytes
from voicebot.errors import ConflictError, InputError
from voicebot.flow.annotations import is_hit, stages_ms
from voicebot.flow.ports import CallerTurn, HungUp, Pressed, Said, Silent
from voicebot.flow.result import BlockVisit, CallResult, Spoken, Who
from voicebot.flow.scenario import Recogniser
from voicebot.web.runs import Run

IDLE_S = 180.0
"""A caller who has left the page does not keep a line busy."""

RECORDING = "recording.wav"


class RunObserver:
    """`voicebot.flow.ports.Observer` that tells a run, and keeps the bot's clips so that a page can play them."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._clips = 0

    def spoken(self, entry: Spoken) -> None:
        """Tell what was said."""
        self._run.tell("spoken", row(entry))

    def block(self, visit: BlockVisit) -> None:
        """Tell which block has run."""
        self._run.tell("block", asdict(visit))

    def heard(self, who: Who, clip: Clip) -> None:
        """Keep what the bot says."""
        if who == "bot":
            self._clips += 1
            name = f"{self._clips}.wav"
            self._run.files[name] = wav_bytes(clip)
            self._run.tell("audio", {"file": name, "duration_s": round(clip.duration_s, 3)})


class PageCaller:
    """`voicebot.flow.ports.Caller` who types or speaks on a page.

    Args:
        run: Hears that the flow listens.
        recogniser: Gives what turns recordings into words, or None.
    """

    def __init__(self, run: Run, recogniser: Callable[[], Recogniser | None] = lambda: None) -> None:
        self._run = run
        self._recogniser = recogniser
        self._turns: queue.Queue[CallerTurn] = queue.Queue()
        self._is_gone = threading.Event()

    def next(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        """Return what the caller does now that the flow listens."""
        if self._is_gone.is_set():
            return HungUp()
        self._run.tell("listening", {"for": prompted_for})
        try:
            return self._turns.get(timeout=IDLE_S)
        except queue.Empty:
            return HungUp()

    def say(self, text: str) -> None:
        """Say words that were typed; # and digits are keys, nothing is silence."""
        text = text.strip()
        keys = text[1:] if text.startswith("#") and len(text) > 1 else ""
        if keys and set(keys) <= set("0123456789*#"):
            self._put(Pressed(keys))
        else:
            self._put(Said(text) if text else Silent(60.0))

    def speak(self, recording: bytes) -> str:
        """Say a recording, and return the words that were understood in it.

        Raises:
            InputError: Nobody here can understand recordings, or there are no words in this one.
        """
        recogniser = self._recogniser()
        if recogniser is None:
            raise InputError(
                "recordings cannot be understood here", hint="pip install 'voicebot[stt]', or type the words"
            )
        clip = read_audio(recording)
        words = recogniser.transcribe(clip)
        if not words:
            raise InputError("no words were understood in the recording", hint="speak again, closer to the microphone")
        self._put(Said(words, clip))
        return words

    def hang_up(self) -> None:
        """End the call."""
        self._is_gone.set()
        self._turns.put(HungUp())

    def _put(self, turn: CallerTurn) -> None:
        if self._run.state != "running":
            raise ConflictError("the call is over", hint="start another")
        self._turns.put(turn)


def call_summary(run: Run, result: CallResult) -> dict[str, Any]:
    """Keep a call's recording with its run, and return how it ended and what was said."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / RECORDING
        result.recording.save(path)
        run.files[RECORDING] = path.read_bytes()
    return {
        "duration_s": round(result.duration_s, 3),
        "disconnect_reason": result.disconnect_reason,
        "queue": result.queue,
        "transcript": [row(entry) for entry in result.entries],
        "recording": RECORDING,
    }


def row(entry: Spoken) -> dict[str, Any]:
    """Return one utterance as a JSON object."""
    return {
        "who": entry.who,
        "kind": entry.kind,
        "text": entry.text,
        "start_s": round(entry.start_s, 3),
        "end_s": round(entry.end_s, 3),
        "turn": entry.turn,
        "block": entry.block,
        "intent": entry.annotations.get("voicebot_intent") or entry.intent,
        "confidence": entry.confidence,
        "hit": is_hit(entry),
        "stages_ms": stages_ms(entry),
    }
