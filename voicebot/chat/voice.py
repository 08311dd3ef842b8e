"""A reply aloud while it is still being written, sentence by sentence."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from voicebot.audio.wav import wav_bytes, write_audio
from voicebot.chat.protocol import ReplyDelta
from voicebot.errors import ConfigError
from voicebot.korean.normalize import has_speech
from voicebot.korean.sentences import SentenceBuffer
from voicebot.tts.protocol import AudioChunk, SpeechRequest, collect
from voicebot.tts.speaker import Speaker

Sink = Callable[[Sequence[AudioChunk]], object]
"""Takes the audio of one sentence after the other."""

_PLAYERS = (
    ("aplay", "-q", "-"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", "-i", "-"),
    ("play", "-q", "-t", "wav", "-"),
)
"""Programs that play a WAV file from standard input."""


class ReplyVoice:
    """Speaks replies; each sentence is synthesised as soon as it is complete.

    Args:
        speaker: The voice.
        sink: Where the audio goes.
    """

    def __init__(self, speaker: Speaker, sink: Sink) -> None:
        self._speaker = speaker
        self._sink = sink
        self._buffer = SentenceBuffer()
        self._speed = 1.0

    def hear(self, delta: ReplyDelta) -> None:
        """Speak the sentences that `delta` completes."""
        self._speed = delta.speed
        self._speak(self._buffer.feed(delta.text))

    def finish(self) -> None:
        """Speak what is left at the end of a reply."""
        self._speak(self._buffer.flush())

    def _speak(self, sentences: list[str]) -> None:
        for sentence in filter(has_speech, sentences):
            self._sink(list(self._speaker.stream(SpeechRequest(sentence, speed=self._speed))))


class AudioFile:
    """`Sink` that keeps all audio so far in one file, which is whole at any moment.

    Args:
        path: Its extension names the kind of audio file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chunks: list[AudioChunk] = []

    def __call__(self, chunks: Sequence[AudioChunk]) -> None:
        """Add the audio of one more sentence."""
        self._chunks += chunks
        write_audio(self._path, collect(self._chunks))


class Player:
    """`Sink` that plays on this machine.

    Raises:
        ConfigError: Nothing here can play audio.
    """

    def __init__(self) -> None:
        command = next((command for command in _PLAYERS if shutil.which(command[0])), None)
        if command is None:
            raise ConfigError(
                "nothing on this machine can play audio",
                hint="save the reply with --output FILE, or install alsa-utils or ffmpeg",
            )
        self._command = command

    def __call__(self, chunks: Sequence[AudioChunk]) -> None:
        """Play the audio of one sentence to its end."""
        done = subprocess.run(self._command, input=wav_bytes(collect(chunks)), capture_output=True, check=False)
        if done.returncode:
            raise ConfigError(f"{self._command[0]} could not play the reply", hint="save it with --output FILE")
