"""Audio files: read any kind, write WAV, FLAC, OGG and MP3, and check what Amazon Connect will play."""

import io
import os
import struct
from pathlib import Path

import numpy as np
import soundfile

from voicebot.audio.clip import FULL_SCALE, SAMPLE_BYTES, Clip, Encoding, to_int16
from voicebot.audio.prompt import check_connect_prompt as check_connect_prompt
from voicebot.disk import explained, write_atomically
from voicebot.errors import InputError

_PCM_TAG, _MULAW_TAG = 1, 7
_COMPRESSED_FORMATS = {
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
_RATES_HZ = {
    ".opus": (8000, 12000, 16000, 24000, 48000),
    ".mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
}
"""The rates of the kinds that have only some."""
_KINDS = ".wav, .flac, .ogg, .opus or .mp3"
_FRAMES_AT_ONCE = 65536
_UNKNOWN_SIZE = b"\xff\xff\xff\xff"


def read_audio(source: Path | str | bytes) -> Clip:
    """Return the audio of a file (or of a file's bytes) at its own rate, mixed to mono.

    Raises:
        InputError: The file is missing, empty, or is not audio.
    """
    name = "these bytes" if isinstance(source, bytes) else str(source)
    try:
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
    except FileNotFoundError as exc:
        raise InputError(f"{name}: there is no such file", hint="check the path") from exc
    except OSError as exc:
        raise InputError(f"{name}: {exc.strerror}", hint="give an audio file that you may read") from exc
    if not data:
        raise InputError(f"{name}: the file is empty", hint="give a WAV, FLAC, OGG or MP3 file with sound in it")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            samples = file.read(dtype="float64", always_2d=True)
            sample_rate_hz = file.samplerate
    except soundfile.LibsndfileError as exc:
        raise InputError(f"{name}: this is not an audio file", hint="give a WAV, FLAC, OGG or MP3 file") from exc
    if not len(samples):
        raise InputError(f"{name}: there is no sound in it", hint="record it again, or give another file")
    return Clip(to_int16(samples.mean(axis=1) * FULL_SCALE), sample_rate_hz)


def audio_length_s(data: bytes) -> float:
    """Return how many seconds of audio a file has, without reading them; 0 for what is no audio file."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return float(file.frames / file.samplerate)
    except soundfile.LibsndfileError:
        return 0.0


def wav_bytes(clip: Clip, encoding: Encoding = "pcm_s16le") -> bytes:
    """Return a whole mono WAV file; mu-law has WAVE format tag 7 and a fact chunk, as Connect wants it."""
    return _wav(clip.to_bytes(encoding), encoding, clip.sample_rate_hz, channels=1)


def write_audio(path: Path | str, clip: Clip, encoding: Encoding = "pcm_s16le") -> None:
    """Write a file of the kind that its extension names; it appears whole or not at all.

    Args:
        path: `.wav`, `.flac`, `.ogg`, `.opus` or `.mp3`.
        clip: What to write.
        encoding: For `.wav` only; the others have their own.

    Raises:
        InputError: The extension is another, or the kind of file cannot have the clip's rate.
        ConfigError: The place may not be written to.
        StorageError: The disk is full.
    """
    suffix = Path(path).suffix.lower()
    if suffix != ".wav" and suffix not in _COMPRESSED_FORMATS:
        problem = f"there are no {suffix} files here" if suffix else "the name does not say which kind of file it is"
        raise InputError(f"{path}: {problem}", hint=f"end it with {_KINDS}")
    _write(Path(path), file_bytes(clip, suffix, encoding))


def file_bytes(clip: Clip, suffix: str, encoding: Encoding = "pcm_s16le") -> bytes:
    """Return a whole file.

    Args:
        clip: What is in it.
        suffix: Its kind: `.wav`, `.flac`, `.ogg`, `.opus` or `.mp3`.
        encoding: For `.wav` only.

    Raises:
        InputError: The kind of file cannot have the clip's rate.
    """
    return wav_bytes(clip, encoding) if suffix == ".wav" else _compressed_bytes(clip, suffix)


def write_stereo_wav(path: Path | str, left: Clip, right: Clip) -> None:
    """Write a two-channel 16-bit WAV file; the shorter side is filled with silence.

    Raises:
        InputError: The sides have different rates.
        ConfigError: The place may not be written to.
        StorageError: The disk is full.
    """
    if left.sample_rate_hz != right.sample_rate_hz:
        raise InputError(f"{path}: left is {left.sample_rate_hz} Hz and right {right.sample_rate_hz} Hz")
    both = np.zeros((max(len(left.samples), len(right.samples)), 2), dtype="<i2")
    both[: len(left.samples), 0] = left.samples
    both[: len(right.samples), 1] = right.samples
    _write(Path(path), _wav(both.tobytes(), "pcm_s16le", left.sample_rate_hz, channels=2))


def _write(path: Path, data: bytes) -> None:
    """Write through a link to its target, and into a device instead of replacing it."""
    with explained(path):
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            target.write_bytes(data)
        else:
            write_atomically(target, data)


def _wav(data: bytes, encoding: Encoding, sample_rate_hz: int, channels: int) -> bytes:
    """Return raw audio with a RIFF header before it.

    Source:
        Multimedia Programming Interface and Data Specifications 1.0, "WAVE"; Microsoft's New Multimedia Data Types
        (1994) for the fact chunk and the extension size of formats other than PCM.
    """
    frame_bytes = SAMPLE_BYTES[encoding] * channels
    tag = _MULAW_TAG if encoding == "mulaw" else _PCM_TAG
    form = struct.pack(
        "<HHIIHH", tag, channels, sample_rate_hz, sample_rate_hz * frame_bytes, frame_bytes, SAMPLE_BYTES[encoding] * 8
    )
    if encoding == "mulaw":
        body = _chunk(b"fmt ", form + struct.pack("<H", 0)) + _chunk(b"fact", struct.pack("<I", len(data)))
    else:
        body = _chunk(b"fmt ", form)
    return _chunk(b"RIFF", b"WAVE" + body + _chunk(b"data", data))


def endless_wav_head(encoding: Encoding, sample_rate_hz: int) -> bytes:
    """Return the head of a mono WAV file whose audio follows, nobody knows how much: its sizes say "to the end"."""
    head = bytearray(_wav(b"", encoding, sample_rate_hz, channels=1))
    head[4:8] = head[-4:] = _UNKNOWN_SIZE
    return bytes(head)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _compressed_bytes(clip: Clip, suffix: str) -> bytes:
    """Return a FLAC, OGG or MP3 file."""
    kind, subtype = _COMPRESSED_FORMATS[suffix]
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(buffer, "w", clip.sample_rate_hz, 1, subtype, format=kind) as file:
            for at in range(0, len(clip.samples), _FRAMES_AT_ONCE):  # libsndfile's Vorbis overflows on one long write
                file.write(clip.samples[at : at + _FRAMES_AT_ONCE])
    except soundfile.LibsndfileError as exc:
        rates = f"a rate of {', '.join(map(str, _RATES_HZ[suffix]))} Hz" if suffix in _RATES_HZ else "another rate"
        raise InputError(
            f"{suffix} files cannot hold audio at {clip.sample_rate_hz} Hz", hint=f"use {rates}, or .wav"
        ) from exc
    return buffer.getvalue()
