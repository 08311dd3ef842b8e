"""Supertonic, a neural voice that runs on this machine without a GPU.

Its weights come from a folder that somebody put there. They are never downloaded: the publisher has closed, and the
package replaces the whole folder, voices of one's own included, when it downloads into one.

Source:
    supertonic 1.3.1 (pipeline.py, loader.py, config.py).
"""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import supertonic

from voicebot.audio.clip import FULL_SCALE, Clip, to_int16
from voicebot.errors import ConfigError, EngineError, VoiceNotFoundError
from voicebot.tts.pieces import pieces
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from voicebot.settings.tts import SupertonicTtsSettings

NAME = "supertonic"
LANGUAGE = "ko"
OWN_HZ = 44100
SPEEDS = (0.7, 2.0)
OWN_SPEED = 1.05
PADDING_MAX_S = 0.1
SENTENCE_MAX_CHARS = 120
FILES = (
    "onnx/tts.json",
    "onnx/unicode_indexer.json",
    "onnx/duration_predictor.onnx",
    "onnx/text_encoder.onnx",
    "onnx/vector_estimator.onnx",
    "onnx/vocoder.onnx",
)
VOICES_FOLDER = "voice_styles"
_GENDERS = {"F": "female", "M": "male"}

logging.getLogger("supertonic").setLevel(logging.WARNING)


class SupertonicTts:
    """Speaks through Supertonic, a sentence at a time.

    Args:
        settings: Model, folder of the weights, voice, steps, threads.
    """

    def __init__(self, settings: "SupertonicTtsSettings") -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def info(self) -> EngineInfo:
        """Return what Supertonic can do."""
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=(OWN_HZ,),
            encodings=("pcm_s16le",),
            languages=("ko", "en", "ja"),
            takes_reference=False,
            max_chars=100_000,
            price_per_1k_chars_usd=0.0,
            version=f"{self._settings.model} {self._settings.steps}",
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the voices in the folder.

        Raises:
            ConfigError: The folder or its files are missing.
        """
        names = sorted(path.stem for path in (self._folder() / VOICES_FOLDER).glob("*.json"))
        return [VoiceInfo(name, name, LANGUAGE, _GENDERS.get(name[:1])) for name in names]

    def health(self) -> Health:
        """Return whether the weights are there; loading them takes seconds and is not tried."""
        return health_of(lambda: f"{self._settings.model} in {self._folder()}")

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request, each sentence as it is made.

        Raises:
            ConfigError: The weights are missing or cannot be loaded.
            NotFoundError: There is no such voice.
            EngineError: A character cannot be said.
        """
        voice = request.voice or self._settings.voice
        if voice not in {known.id for known in self.voices()}:
            raise VoiceNotFoundError(NAME, voice)
        model = self._model()
        style = model.get_voice_style(voice)
        speed = min(max(OWN_SPEED * request.speed, SPEEDS[0]), SPEEDS[1])
        for sentence in pieces(request.text, SENTENCE_MAX_CHARS, SENTENCE_MAX_CHARS):
            yield self._say(model, " ".join(sentence.split()), style, speed)

    def _say(self, model: Any, sentence: str, style: Any, speed: float) -> AudioChunk:
        try:
            with self._lock:  # one session, which uses every core
                samples, duration_s = model.synthesize(
                    sentence,
                    voice_style=style,
                    total_steps=self._settings.steps,
                    speed=speed,
                    max_chunk_length=2 * SENTENCE_MAX_CHARS,  # a sentence is one chunk
                    lang=LANGUAGE,
                )
        except ValueError:
            raise EngineError(
                "the text has characters that it cannot say",
                engine=NAME,
                retryable=False,
                hint="leave out signs and emoji",
            ) from None  # the cause shows the characters
        rate_hz = int(model.sample_rate)
        audio = np.asarray(samples, dtype=np.float64).reshape(-1)
        end = round(float(np.asarray(duration_s).reshape(-1)[0]) * rate_hz)
        if 0 < end < len(audio) <= end + PADDING_MAX_S * rate_hz:
            audio = audio[:end]  # what the vocoder added to fill its last frame
        clip = Clip(to_int16(audio * (FULL_SCALE - 1)), rate_hz)
        return AudioChunk(clip.to_bytes("pcm_s16le"), "pcm_s16le", rate_hz)

    def _model(self) -> Any:
        """Return the loaded model; the first call loads it."""
        folder = self._folder()
        with self._lock:
            if self._made is None:
                threads = self._settings.threads
                try:
                    self._made = supertonic.TTS(
                        self._settings.model,
                        model_dir=folder,
                        auto_download=False,
                        intra_op_num_threads=threads,
                        inter_op_num_threads=1 if threads else None,
                    )
                except Exception as exc:  # onnxruntime has errors of its own, one a kind of damage
                    raise ConfigError(
                        f"{NAME}: the weights in {folder} cannot be loaded ({type(exc).__name__})",
                        hint=f"check tts.{NAME}.model and copy the weights again",
                    ) from exc
            return self._made

    def _folder(self) -> Path:
        """Return the folder of the weights, with all files in it."""
        folder = self._settings.model_dir
        if folder is None:
            raise ConfigError(
                f"{NAME}: there are no weights",
                hint=f"set tts.{NAME}.model_dir to a folder with onnx/ and voice_styles/",
            )
        folder = folder.expanduser()
        missing = [name for name in FILES if not (folder / name).is_file()]
        if not any((folder / VOICES_FOLDER).glob("*.json")):
            missing.append(f"{VOICES_FOLDER}/*.json")
        if missing:
            raise ConfigError(
                f"{NAME}: {folder} has no {', '.join(missing)}",
                hint="copy the weights there; they are not downloaded",
            )
        return folder
