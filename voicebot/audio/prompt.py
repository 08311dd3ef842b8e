"""What Amazon Connect will play, read from a file's header alone."""

import struct
from pathlib import Path

from voicebot.errors import InputError

CONNECT_MAX_BYTES = 50_000_000
CONNECT_MAX_S = 300
CONNECT_RATE_HZ = 8000

_MULAW_TAG = 7
_TAG_NAMES = {1: "PCM", 2: "ADPCM", 3: "float", 6: "A-law", 7: "mu-law", 0xFFFE: "extensible"}


def check_connect_prompt(source: Path | str | bytes) -> list[str]:
    """Return why Amazon Connect would not play a file; nothing when it would.

    Raises:
        InputError: The file cannot be read.

    Source:
        https://docs.aws.amazon.com/connect/latest/adminguide/setup-prompts-s3.html
    """
    if isinstance(source, bytes):
        data = source
    else:
        try:
            data = Path(source).read_bytes()
        except OSError as exc:
            raise InputError(f"{source}: {exc.strerror}", hint="give a WAV file that exists") from exc
    if not data:
        return ["the file is empty"]
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return ["not a RIFF/WAVE file"]
    return _size_reasons(data) + _chunk_reasons(data)


def _size_reasons(data: bytes) -> list[str]:
    reasons = []
    if len(data) >= CONNECT_MAX_BYTES:
        reasons.append(f"{len(data):,} bytes; the limit is {CONNECT_MAX_BYTES:,}")
    (riff_size,) = struct.unpack_from("<I", data, 4)
    if riff_size + 8 != len(data):
        reasons.append(f"the header says {riff_size + 8:,} bytes, the file has {len(data):,}")
    return reasons


def _chunk_reasons(data: bytes) -> list[str]:
    """Return what is wrong with the format and the audio of a RIFF/WAVE file."""
    chunks: dict[bytes, tuple[int, int]] = {}
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        chunks.setdefault(name, (at + 8, size))
        at += 8 + size + size % 2
    if b"fmt " not in chunks or chunks[b"fmt "][1] < 16 or chunks[b"fmt "][0] + 16 > len(data):
        return ["there is no format chunk"]
    tag, channels, rate_hz, bytes_per_s, _, bits = struct.unpack_from("<HHIIHH", data, chunks[b"fmt "][0])
    reasons = []
    if tag != _MULAW_TAG:
        reasons.append(f"format tag {tag} ({_TAG_NAMES.get(tag, 'unknown')}); it must be 7 (mu-law)")
    if channels != 1:
        reasons.append(f"{channels} channels; it must be mono")
    if rate_hz != CONNECT_RATE_HZ:
        reasons.append(f"{rate_hz} Hz; it must be {CONNECT_RATE_HZ} Hz")
    if bits != 8:
        reasons.append(f"{bits} bits a sample; it must be 8")
    start, size = chunks.get(b"data", (len(data), 0))
    if start + size > len(data):
        reasons.append(f"the header says {size:,} bytes of audio, the file has {len(data) - start:,}")
        size = len(data) - start
    if not size:
        reasons.append("there is no audio in it")
    elif bytes_per_s and size / bytes_per_s >= CONNECT_MAX_S:
        reasons.append(f"{size / bytes_per_s:.0f} s long; it must be shorter than {CONNECT_MAX_S} s")
    return reasons
