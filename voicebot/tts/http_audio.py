"""The audio in a server's reply: raw, WAV read while it comes, or a whole file of another kind."""

import struct
from collections.abc import Iterator
from itertools import chain

from voicebot.audio.clip import Encoding
from voicebot.errors import EngineError, InputError
from voicebot.tts.http import Answer
from voicebot.tts.http_formats import MULAW_HZ
from voicebot.tts.http_problems import Problem, Words
from voicebot.tts.protocol import AudioChunk

_WAV_TYPES = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"})
_PCM_TYPES = frozenset({"audio/pcm", "audio/x-pcm", "audio/l16", "audio/raw"})
_MULAW_TYPES = frozenset({"audio/basic", "audio/pcmu", "audio/mulaw", "audio/x-mulaw", "audio/ulaw"})
_UNKNOWN_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_FILE_MARKS = (b"ID3", b"OggS", b"fLaC")
_MARK_BYTES = 12
_HEADER_MAX_BYTES = 65_536
_FILE_MAX_BYTES = 50_000_000
_ENDLESS_FROM = 0x7FFF0000  # what programs write that do not know the length yet, besides 0
_PCM_TAG, _FLOAT_TAG, _MULAW_TAG, _EXTENSIBLE_TAG = 1, 3, 7, 0xFFFE


def audio_of(
    answer: Answer,
    words: Words,
    encoding: Encoding,
    sample_rate_hz: int,
    *,
    trusts_type: bool = False,
    ignores_sizes: bool = False,
) -> Iterator[AudioChunk]:
    """Yield the audio of a reply as it comes.

    Args:
        answer: The reply.
        words: How the engine's problems are told.
        encoding: What raw audio was asked for.
        sample_rate_hz: At what rate.
        trusts_type: The Content-Type says what came, whatever was asked for; else it says only that it is audio.
        ignores_sizes: A WAV header's lengths mean nothing.

    Raises:
        EngineError: It is not audio, there is none, or it is cut off.
    """
    bodies = iter(answer)
    start = b""
    for data in bodies:
        start += data
        if len(start) >= _MARK_BYTES:
            break
    kind = answer.content_type
    _check_is_audio(kind, start, answer, words)
    if not start:
        raise words.no_audio()
    pieces = chain([start], bodies)
    if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
        yield from wav_audio(pieces, words.engine, ignores_sizes=ignores_sizes)
    elif start.startswith(_FILE_MARKS) or (trusts_type and not _is_raw(kind)):
        yield _whole_file(pieces, words.engine)
    elif trusts_type and kind in _MULAW_TYPES:
        yield from (AudioChunk(data, "mulaw", MULAW_HZ) for data in pieces)
    elif trusts_type and kind in _PCM_TYPES:
        rate_hz = _rate_of(answer) or sample_rate_hz
        yield from (AudioChunk(data, "pcm_s16le", rate_hz) for data in pieces)
    else:
        yield from (AudioChunk(data, encoding, sample_rate_hz) for data in pieces)


def _check_is_audio(kind: str, start: bytes, answer: Answer, words: Words) -> None:
    """Refuse JSON, pages and other words: played as audio they are noise."""
    looks_written = start.lstrip()[:1] in (b"{", b"<", b"[") and kind in _UNKNOWN_TYPES
    if (kind.startswith("audio/") or kind in _UNKNOWN_TYPES) and not looks_written:
        return
    body = start + b"".join(data for _, data in zip(range(64), answer, strict=False))
    problem = Problem(200, answer.headers, body)
    if any(code in words.kinds for code in problem.codes()):
        raise words.error(problem)
    raise words.not_audio(kind)


def _is_raw(kind: str) -> bool:
    return kind in _PCM_TYPES or kind in _MULAW_TYPES or kind in _UNKNOWN_TYPES or kind in _WAV_TYPES


def _rate_of(answer: Answer) -> int | None:
    """Return the rate in "audio/pcm;rate=16000" or X-Sample-Rate."""
    parameters = answer.headers.get("content-type", "").partition(";")[2].replace(" ", "").lower()
    found = dict(part.partition("=")[::2] for part in parameters.split(";"))
    value = found.get("rate") or answer.headers.get("x-sample-rate", "")
    return int(value) if value.isdigit() and 4000 <= int(value) <= 192_000 else None


def _whole_file(pieces: Iterator[bytes], engine: str) -> AudioChunk:
    from voicebot.audio.wav import read_audio  # a decoder that few replies need

    data = bytearray()
    for piece in pieces:
        data += piece
        if len(data) > _FILE_MAX_BYTES:
            raise EngineError("the audio file is too long", engine=engine, retryable=False)
    try:
        clip = read_audio(bytes(data))
    except InputError as exc:
        raise EngineError(
            "what came back is not audio that can be read",
            engine=engine,
            retryable=False,
            hint="ask the server for wav or pcm",
        ) from exc
    return AudioChunk(clip.to_bytes("pcm_s16le"), "pcm_s16le", clip.sample_rate_hz)


def wav_audio(pieces: Iterator[bytes], engine: str, *, ignores_sizes: bool = False) -> Iterator[AudioChunk]:
    """Yield the audio of a WAV file while it comes.

    Args:
        pieces: The file, cut anywhere.
        engine: Whose it is, for errors.
        ignores_sizes: The audio goes on to the end whatever the header says.

    Raises:
        EngineError: The header cannot be read, or the file ends before its audio does.
    """
    head = b""
    for piece in pieces:
        head += piece
        found = _header(head, engine)
        if found is not None:
            break
        if len(head) > _HEADER_MAX_BYTES:
            raise EngineError("the WAV header has no end", engine=engine, retryable=False)
    else:
        raise EngineError("the WAV file is cut off in its header", engine=engine, retryable=True, hint="try again")
    tag, channels, rate_hz, bits, at, size = found
    rest = chain([head[at:]], pieces)
    if (tag, bits) not in ((_PCM_TAG, 16), (_MULAW_TAG, 8)) or channels != 1:
        yield _whole_file(chain([head], pieces), engine)
        return
    encoding: Encoding = "mulaw" if tag == _MULAW_TAG else "pcm_s16le"
    left = None if ignores_sizes or not 0 < size < _ENDLESS_FROM else size
    heard = False
    for data in rest:
        kept = data if left is None else data[:left]
        left = None if left is None else left - len(kept)
        if kept:
            heard = True
            yield AudioChunk(kept, encoding, rate_hz)
    if not heard:
        raise EngineError("no audio came back", engine=engine, retryable=True, hint="try again")
    if left:
        raise EngineError("the audio is cut off", engine=engine, retryable=True, hint="try again")


def _header(head: bytes, engine: str) -> tuple[int, int, int, int, int, int] | None:
    """Return (tag, channels, rate, bits, where the audio starts, its length), or None while more is needed."""
    form: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        if name == b"data":
            if form is None:
                break
            return (*form, at + 8, size)
        if name == b"fmt ":
            if len(head) < at + 8 + max(size, 16):
                return None
            tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", head, at + 8)
            if tag == _EXTENSIBLE_TAG and size >= 26:
                (tag,) = struct.unpack_from("<H", head, at + 8 + 24)
            if not 4000 <= rate_hz <= 192_000 or not channels:
                break
            form = (tag, channels, rate_hz, bits)
        at += 8 + size + size % 2
    else:
        return None
    raise EngineError("the WAV header cannot be read", engine=engine, retryable=False)
