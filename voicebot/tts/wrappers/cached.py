"""Audio that was made once, kept in files."""

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from voicebot.disk import write_atomically
from voicebot.errors import VoicebotError
from voicebot.tts.protocol import AudioChunk, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

MAX_BYTES = 1_000_000_000
_SUFFIX = ".audio"
_PART_SUFFIX = ".part"
_CHUNK_BYTES = 32_768
_PURGE_TO = 0.9
_PART_MAX_AGE_S = 3600.0

_log = logging.getLogger(__name__)


class CachedTts(Wrapper):
    """Gives again the audio of a request that an engine has answered before.

    A file holds one line of JSON (encoding, rate, length, digest) and the raw audio. Only streams that came to their
    end are kept. A folder that cannot be written to costs the cache, never the speech.

    Args:
        engine: The engine, together with the wrappers under this one.
        folder: Where the files are; made when it is needed. Several processes may share it.
        max_bytes: From this size on, the files that were used longest ago are removed.
        settings: Whatever else decides how the engine sounds: its settings, the pronunciation dictionary.
    """

    def __init__(
        self,
        engine: SpeechEngine,
        folder: Path,
        max_bytes: int = MAX_BYTES,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(engine)
        self._folder = folder
        self._max_bytes = max_bytes
        self._settings = dict(settings or {})
        self._lock = threading.Lock()
        self._size_bytes: int | None = None

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the kept audio, or the engine's, which is kept when it has come to its end."""
        path = self._path(self.key(request))
        kept = _read(path)
        return _pieces(kept) if kept else self._keeping(path, request)

    def key(self, request: SpeechRequest) -> str:
        """Return the SHA-256 of everything that decides the audio of a request."""
        info = self._engine.info
        fields = asdict(request)
        if request.reference is not None:
            fields["reference"] = hashlib.sha256(request.reference).hexdigest()
        content = {"engine": info.name, "version": info.version, "settings": self._settings, "request": fields}
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}{_SUFFIX}"

    def _keeping(self, path: Path, request: SpeechRequest) -> Iterator[AudioChunk]:
        made: list[AudioChunk] = []
        with closing(self._engine.stream(request)) as chunks:
            for piece in chunks:
                made.append(piece)
                yield piece
        if len({(piece.encoding, piece.sample_rate_hz) for piece in made}) == 1:
            self._keep(
                path, AudioChunk(b"".join(piece.data for piece in made), made[0].encoding, made[0].sample_rate_hz)
            )

    def _keep(self, path: Path, audio: AudioChunk) -> None:
        if not audio.data:
            return
        content = _header(audio) + audio.data
        try:
            write_atomically(path, content)
            self._make_room(len(content))
        except (OSError, VoicebotError) as exc:
            _log.info("speech is not cached: %s", exc)

    def _make_room(self, added_bytes: int) -> None:
        """Count the new file; when there are too many bytes, remove the files that were used longest ago."""
        with self._lock:
            if self._size_bytes is not None:
                self._size_bytes += added_bytes
            if self._size_bytes is None or self._size_bytes > self._max_bytes:
                self._size_bytes = self._purge()

    def _purge(self) -> int:
        """Return the size of what is left."""
        files = sorted(_files(self._folder), key=lambda file: file[0])
        size_bytes = sum(size for _, size, _ in files)
        goal_bytes = self._max_bytes * _PURGE_TO if size_bytes > self._max_bytes else self._max_bytes
        for used_s, size, path in files:
            is_left_over = path.suffix == _PART_SUFFIX and used_s < time.time() - _PART_MAX_AGE_S
            if is_left_over or (size_bytes > goal_bytes and path.suffix == _SUFFIX):
                path.unlink(missing_ok=True)
                size_bytes -= size
        return size_bytes


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield (last use, size, path) of each file; one that another process removes meanwhile is left out."""
    for path in folder.glob("??/*"):
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        yield status.st_mtime, status.st_size, path


def _header(audio: AudioChunk) -> bytes:
    fields = {
        "encoding": audio.encoding,
        "sample_rate_hz": audio.sample_rate_hz,
        "bytes": len(audio.data),
        "sha256": hashlib.sha256(audio.data).hexdigest(),
    }
    return json.dumps(fields).encode() + b"\n"


def _read(path: Path) -> AudioChunk | None:
    """Return a kept stream and mark it as used; None when there is none, or it is not what was written."""
    try:
        header, _, data = path.read_bytes().partition(b"\n")
        fields = json.loads(header)
        audio = AudioChunk(data, fields["encoding"], fields["sample_rate_hz"])
        if header + b"\n" != _header(audio):
            raise ValueError("the digest differs")
        os.utime(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as exc:
        _log.warning("cached speech %s cannot be used and is made again: %s", path.name, exc)
        return None
    return audio


def _pieces(audio: AudioChunk) -> Iterator[AudioChunk]:
    for at in range(0, len(audio.data), _CHUNK_BYTES):
        yield AudioChunk(audio.data[at : at + _CHUNK_BYTES], audio.encoding, audio.sample_rate_hz)
