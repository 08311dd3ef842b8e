"""The embedded engine: espeak-ng, from the shared library that the espeakng-loader package ships.

Robotic, and always there: no account, no network, a few milliseconds a sentence. Feed it the spoken form (see
`voicebot.tts.wrappers.spoken`), because it reads Korean counters and telephone numbers wrongly by itself.
"""

from __future__ import annotations

import ctypes
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import espeakng_loader

from voicebot.errors import ConfigError, EngineError, VoiceNotFoundError
from voicebot.tts.pieces import pieces
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from voicebot.settings.tts import LocalTtsSettings

NAME = "local"
LANGUAGE = "ko"

# espeak-ng drops the rest of a clause whose jamo fill 800 bytes, 9 of them for a syllable (espeak-ng#1860), and of a
# word of more than about 50 syllables.
SENTENCE_MAX_CHARS = 80
WORD_MAX_CHARS = 40

SENTENCES_AHEAD = 2


class LocalTts:
    """Speaks through espeak-ng, at its own rate (22050 Hz, 16-bit).

    Args:
        settings: Voice, words per minute and pitch.
    """

    def __init__(self, settings: LocalTtsSettings) -> None:
        self._settings = settings

    @property
    def info(self) -> EngineInfo:
        """Return what espeak-ng can do."""
        library = _library()
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=(library.sample_rate_hz,),
            encodings=("pcm_s16le",),
            languages=(LANGUAGE,),
            takes_reference=False,
            max_chars=100_000,
            price_per_1k_chars_usd=0.0,
            version=f"espeak-ng {library.version}",
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the Korean voice and its variants ("ko+f2", "ko+m3", ...)."""
        return list(_library().voices.values())

    def health(self) -> Health:
        """Return whether the library and its data can be loaded."""
        return health_of(lambda: f"espeak-ng {_library().version}")

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request, a tenth of a second at first and more at a time later, while the rest is made.

        Raises:
            NotFoundError: There is no such voice.
            ConfigError: The library cannot be loaded.
            EngineError: espeak-ng reports an error.
        """
        library = _library()
        voice = request.voice or self._settings.voice
        if voice not in library.voices:
            raise VoiceNotFoundError(NAME, voice)
        words_per_minute = round(self._settings.words_per_minute * request.speed)
        pitch = round(self._settings.pitch + (request.pitch or 0.0) * _PITCH_STEPS_PER_SEMITONE)

        def say(sentence: str, on_audio: Callable[[bytes], bool]) -> None:
            library.say(sentence, voice, words_per_minute, pitch, on_audio)

        return _spoken_ahead(sentences(request.text), say, library.sample_rate_hz)


def sentences(text: str) -> Iterator[str]:
    """Return a text in pieces that espeak-ng says to the end; it stops at NUL, so that becomes a space."""
    short_words = re.sub(rf"(\S{{{WORD_MAX_CHARS}}})(?=\S)", r"\1 ", text.replace("\0", " "))
    return pieces(short_words, SENTENCE_MAX_CHARS, SENTENCE_MAX_CHARS)


def _spoken_ahead(
    texts: Iterator[str], say: Callable[[str, Callable[[bytes], bool]], None], sample_rate_hz: int
) -> Iterator[AudioChunk]:
    """Yield the audio of texts that a worker thread says, at most `SENTENCES_AHEAD` of them before their turn.

    Each change of threads costs as much as half a second of speech, so chunks come together: one at first, then twice
    as many each time. No more is held back than the listener already has.

    The worker waits between pieces only, when it does not hold the library, so one slow listener cannot stop another.
    """
    made: queue.SimpleQueue[bytes | BaseException | None] = queue.SimpleQueue()
    places = threading.Semaphore(SENTENCES_AHEAD)
    is_abandoned = threading.Event()

    held: list[bytes] = []
    together = 1

    def keep(data: bytes) -> bool:
        nonlocal together
        held.append(data)
        if len(held) >= together:
            pass_on()
            together = min(2 * together, _MOST_TOGETHER)
        return not is_abandoned.is_set()

    def pass_on() -> None:
        if held:
            made.put(b"".join(held))
            held.clear()

    def work() -> None:
        try:
            for text in texts:
                places.acquire()
                if is_abandoned.is_set():
                    return
                say(text, keep)
                pass_on()
                made.put(_PIECE_END)
            made.put(None)
        except BaseException as exc:  # it is raised again on the listener's side
            pass_on()
            made.put(exc)

    threading.Thread(target=work, name="espeak-ng", daemon=True).start()
    try:
        while (item := made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            if item == _PIECE_END:
                places.release()
            else:
                yield AudioChunk(item, "pcm_s16le", sample_rate_hz)
    finally:
        is_abandoned.set()
        places.release()


_PIECE_END = b""
_MOST_TOGETHER = 40
"""Chunks of a tenth of a second that are passed on as one."""

# espeak-ng's speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_DATA_PATH_MAX_BYTES = 159
_CHARS_UTF8 = 1
_END_PAUSE = 0x1000
_RATE, _PITCH = 1, 3
_RATE_LIMITS = (80, 900)
_PITCH_LIMITS = (0, 99)
_PITCH_STEPS_PER_SEMITONE = 50 / 12  # 50 is the voice's own pitch, 0 an octave below
_BUFFER_FULL = 1
_CHUNK_MS = 100
_GENDERS = {1: "male", 2: "female"}

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)


class _Voice(ctypes.Structure):
    """espeak_VOICE."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


class _Library:
    """espeak-ng, which has one state for the whole process; `say` is for one thread at a time and sees to it."""

    def __init__(self) -> None:
        try:
            data_path = espeakng_loader.get_data_path()
            self._espeak = ctypes.CDLL(espeakng_loader.get_library_path())
        except (OSError, RuntimeError) as exc:
            raise ConfigError(f"espeak-ng cannot be loaded: {exc}", hint=_REINSTALL) from exc
        self.sample_rate_hz: int = self._espeak.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, _CHUNK_MS, _short(data_path), _INITIALIZE_DONT_EXIT
        )
        if self.sample_rate_hz <= 0:
            raise ConfigError(f"espeak-ng cannot use its data in {data_path}", hint=_REINSTALL)
        self._espeak.espeak_Info.restype = ctypes.c_char_p
        self.version: str = self._espeak.espeak_Info(None).decode()
        self.voices = self._list_voices()
        self._lock = threading.Lock()
        self._on_audio: Callable[[bytes], bool] = lambda _: False
        self._callback = _Callback(self._take)  # espeak-ng keeps the address, so this must live as long
        self._espeak.espeak_SetSynthCallback(self._callback)

    def say(self, text: str, voice: str, words_per_minute: int, pitch: int, on_audio: Callable[[bytes], bool]) -> None:
        """Say a text; `on_audio` gets 16-bit audio and answers whether to go on, and must not block."""
        data = text.encode("utf-8", "replace") + b"\0"
        flags = _CHARS_UTF8 | (_END_PAUSE if text.endswith((".", "?", "!", "…")) else 0)
        with self._lock:
            self._on_audio = on_audio
            _check(self._espeak.espeak_SetVoiceByName(voice.encode()))
            _check(self._espeak.espeak_SetParameter(_RATE, _limited(words_per_minute, _RATE_LIMITS), 0))
            _check(self._espeak.espeak_SetParameter(_PITCH, _limited(pitch, _PITCH_LIMITS), 0))
            _check(self._espeak.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, 1, 0, flags, None, None))

    def _take(self, samples: int | None, count: int, _events: int | None) -> int:
        """Pass audio on; espeak-ng calls this during espeak_Synth, and stops when it returns 1."""
        if not samples or count <= 0:
            return 0
        return 0 if self._on_audio(ctypes.string_at(samples, count * 2)) else 1

    def _list_voices(self) -> dict[str, VoiceInfo]:
        self._espeak.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        voices = {LANGUAGE: VoiceInfo(LANGUAGE, "Korean", LANGUAGE, "male")}
        found = self._espeak.espeak_ListVoices(ctypes.byref(_Voice(languages=b"variant")))
        for entry in found:
            if not entry:
                break
            variant = entry.contents
            voice_id = f"{LANGUAGE}+{Path(variant.identifier.decode()).name}"
            name = f"Korean, {variant.name.decode()}"
            voices[voice_id] = VoiceInfo(voice_id, name, LANGUAGE, _GENDERS.get(variant.gender))
        return voices


_REINSTALL = "pip install --force-reinstall espeakng-loader"
_loading = threading.Lock()
_loaded: list[_Library] = []


def _library() -> _Library:
    """Return the process's one espeak-ng, initialised at the first call."""
    with _loading:
        if not _loaded:
            _loaded.append(_Library())
        return _loaded[0]


def _short(path: str) -> bytes:
    """Return a name of a folder that fits into espeak-ng's buffer; a long one is opened, and stays so, for its number."""
    name = os.fsencode(path)
    if len(name) <= _DATA_PATH_MAX_BYTES:
        return name
    return f"/proc/self/fd/{os.open(path, os.O_RDONLY)}".encode()


def _limited(value: int, limits: tuple[int, int]) -> int:
    return min(max(value, limits[0]), limits[1])


def _check(code: int) -> None:
    if code:
        raise EngineError(f"espeak-ng gave error {code}", engine=NAME, retryable=code == _BUFFER_FULL)
