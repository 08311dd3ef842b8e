"""A picture of a sound: time to the right, frequency upwards, the telephone's limit as a line.

Ticks at the bottom are seconds, ticks at the left are kilohertz.
"""

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from voicebot.audio.clip import FULL_SCALE, Clip
from voicebot.audio.measure import TELEPHONE_BAND_HZ

WIDTH, HEIGHT = 720, 256
_WINDOW_S = 0.025
_FLOOR_DB = -80.0
_LINE = 255
_TICK = 6
_COLOURS = ((0, 0, 4), (40, 11, 84), (101, 21, 110), (159, 42, 99), (212, 72, 66), (245, 125, 21), (252, 255, 164))
"""From silent to loud; every step is lighter than the one before, so that it reads in grey as well."""


def spectrogram_png(clip: Clip) -> bytes:
    """Return a PNG of `WIDTH` x `HEIGHT` pixels, from 0 Hz at the bottom to half the clip's rate at the top."""
    return png(_drawn(clip), _palette())


def png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Return a PNG file.

    Args:
        pixels: Indices into the palette, of shape (height, width), the top row first.
        palette: Red, green and blue, of shape (up to 256, 3).

    Source:
        Portable Network Graphics specification, third edition (W3C, 2025): sections 5 and 11.2.
    """
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row begins with its filter, 0 for none
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _drawn(clip: Clip) -> NDArray[np.uint8]:
    decibels = _levels(clip)
    below_top = np.clip(decibels - max(float(decibels.max()), _FLOOR_DB), _FLOOR_DB, 0.0)
    shades = np.rint((1 - below_top / _FLOOR_DB) * (_LINE - 1)).astype(np.uint8)
    row = round((1 - TELEPHONE_BAND_HZ / (clip.sample_rate_hz / 2)) * (HEIGHT - 1))
    if 0 <= row < HEIGHT:
        shades[row, ::4] = _LINE
    for column in _places(clip.duration_s, 1.0, WIDTH):
        shades[-_TICK:, column] = _LINE
    for row in _places(clip.sample_rate_hz / 2, 1000.0, HEIGHT):
        shades[HEIGHT - 1 - row, :_TICK] = _LINE
    return shades


def _places(whole: float, step: float, pixels: int) -> list[int]:
    """Return the pixels of each multiple of `step` below `whole`; none where they would be too close to tell."""
    count = math.ceil(whole / step)
    return [round(number * step / whole * (pixels - 1)) for number in range(1, count)] if count < pixels / 4 else []


def _levels(clip: Clip) -> NDArray[np.float64]:
    """Return decibels of shape (HEIGHT, WIDTH), the highest frequency first."""
    size = max(16, round(_WINDOW_S * clip.sample_rate_hz))
    samples = np.pad(clip.samples.astype(np.float64) / FULL_SCALE, size // 2)
    starts = np.linspace(0, max(0, len(samples) - size), WIDTH).astype(int)
    frames = np.pad(samples, (0, size))[starts[:, None] + np.arange(size)] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, max(2 * HEIGHT, size))) ** 2
    wanted = np.linspace(0, power.shape[1] - 1, HEIGHT).astype(int)
    decibels: NDArray[np.float64] = 10 * np.log10(power[:, wanted].T[::-1] + 1e-12)
    return decibels


def _palette() -> NDArray[np.uint8]:
    at = np.linspace(0, 1, _LINE)
    stops = np.linspace(0, 1, len(_COLOURS))
    shades = [np.interp(at, stops, channel) for channel in np.array(_COLOURS, dtype=np.float64).T]
    return np.vstack([np.rint(np.array(shades).T), [[255, 255, 255]]]).astype(np.uint8)
