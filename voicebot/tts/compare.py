"""One text over several engines: how soon, how long, how loud, how much of it a telephone loses, and the price."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from voicebot.audio.clip import Clip
from voicebot.audio.measure import band_energy_above, loudness_lufs, peak_dbfs
from voicebot.audio.wav import write_audio
from voicebot.clock import Timer
from voicebot.disk import write_atomically
from voicebot.errors import VoicebotError
from voicebot.tts.compare_image import spectrogram_png
from voicebot.tts.protocol import AudioChunk, SpeechRequest, collect
from voicebot.tts.speaker import Speaker


@dataclass(frozen=True)
class Figures:
    """What an engine did with the text.

    Args:
        engine: The engine's name.
        problem: Why there is no audio; the other figures are None then.
        first_audio_s: Seconds until the first audio.
        total_s: Seconds until the end.
        duration_s: Seconds of audio.
        sample_rate_hz: Its rate.
        loudness_lufs: Its loudness; None for silence.
        peak_dbfs: Its highest sample; None for silence.
        above_telephone_band: The share of the energy above 3.4 kHz, which a telephone does not carry.
        price_usd: US dollars for the text; None when the price is unknown.
    """

    engine: str
    problem: str | None = None
    first_audio_s: float | None = None
    total_s: float | None = None
    duration_s: float | None = None
    sample_rate_hz: int | None = None
    loudness_lufs: float | None = None
    peak_dbfs: float | None = None
    above_telephone_band: float | None = None
    price_usd: float | None = None


@dataclass(frozen=True)
class Comparison:
    """An engine's figures and what it said; no clip when it failed."""

    figures: Figures
    clip: Clip | None


def compare(
    request: SpeechRequest,
    speakers: Mapping[str, Callable[[], Speaker]],
    price: Callable[[Speaker], float | None],
    timer: Timer = time.perf_counter,
) -> Iterator[Comparison]:
    """Yield what each engine makes of a request, one after another; a failure is a result too.

    Args:
        request: What to say.
        speakers: By engine; each is built when its turn has come, and should not have a cache.
        price: What a speaker asks for the text.
        timer: A monotonic timer in seconds.

    Raises:
        VoicebotError: The first engine's error, when all have failed.
    """
    first_error: VoicebotError | None = None
    is_any_heard = False
    for name, build in speakers.items():
        try:
            speaker = build()
            price_usd = price(speaker)  # before the timer starts, because an engine may have to be loaded for it
            result = _heard(name, speaker, request, timer)
            yield replace(result, figures=replace(result.figures, price_usd=price_usd))
            is_any_heard = True
        except VoicebotError as exc:
            first_error = first_error or exc
            yield Comparison(Figures(name, problem=exc.message), None)
    if first_error is not None and not is_any_heard:
        raise first_error


def write_files(results: list[Comparison], folder: Path) -> list[Path]:
    """Write each engine's audio and spectrogram into a folder and return the files."""
    written = []
    for result in results:
        if result.clip is not None:
            sound, image = (folder / f"{result.figures.engine}{suffix}" for suffix in (".wav", ".png"))
            folder.mkdir(parents=True, exist_ok=True)
            write_audio(sound, result.clip)
            write_atomically(image, spectrogram_png(result.clip))
            written += [sound, image]
    return written


def _heard(name: str, speaker: Speaker, request: SpeechRequest, timer: Timer) -> Comparison:
    first_audio_s: float | None = None
    chunks: list[AudioChunk] = []
    started_s = timer()
    for chunk in speaker.stream(request):
        if first_audio_s is None:
            first_audio_s = timer() - started_s
        chunks.append(chunk)
    total_s = timer() - started_s
    clip = collect(chunks, engine=name)
    figures = Figures(
        engine=name,
        first_audio_s=first_audio_s,
        total_s=total_s,
        duration_s=clip.duration_s,
        sample_rate_hz=clip.sample_rate_hz,
        loudness_lufs=_finite(loudness_lufs(clip)),
        peak_dbfs=_finite(peak_dbfs(clip)),
        above_telephone_band=band_energy_above(clip),
    )
    return Comparison(figures, clip)


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else value
