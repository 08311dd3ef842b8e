"""Voices to imitate, as files in a folder: `NAME.pth` is an embedding, `NAME.wav` a recording."""

import hashlib
from pathlib import Path

from voicebot.errors import ConfigError, VoiceNotFoundError
from voicebot.tts.protocol import VoiceInfo

SUFFIXES = (".pth", ".wav")
_VERSION_CHARS = 16


class VoiceFolder:
    """Finds voices by name, and by path where the path leads into the folder.

    Args:
        folder: The folder; None has no voices.
        own: The voice of those who name none, a file anywhere; None means that a voice must be named.
    """

    def __init__(self, folder: Path | None = None, own: Path | None = None) -> None:
        self._folder = folder.expanduser() if folder else None
        self._own = own.expanduser() if own else None

    def find(self, voice: str | None) -> Path:
        """Return a voice's file.

        Args:
            voice: Its name, or its path as an embedding file on this machine; None is the own voice.

        Raises:
            ConfigError: No voice is named and there is no own one.
            VoiceNotFoundError: There is no such voice.
        """
        if voice is None:
            if self._own is None:
                raise ConfigError(
                    "openvoice: there is no voice to imitate",
                    hint="set OV_TGT_SE_PTH to an embedding, or send a voice or a recording",
                )
            return self._own
        found = self._files().get(Path(voice).stem if self._is_ours(Path(voice)) else voice)
        if found is None:
            hint = "GET /v1/audio/voices?engine=openvoice lists the voices"
            raise VoiceNotFoundError("openvoice", Path(voice).name, hint=hint)
        return found

    def list(self) -> list[VoiceInfo]:
        """Return all voices."""
        return [VoiceInfo(name, name, "ko") for name in self._files()]

    def version(self) -> str:
        """Return what changes whenever a voice does, or comes or goes."""
        states = [(name, path.stat()) for name, path in self._files().items() if path.is_file()]
        told = repr([(name, state.st_size, state.st_mtime_ns) for name, state in states])
        return hashlib.sha256(told.encode()).hexdigest()[:_VERSION_CHARS]

    def _files(self) -> dict[str, Path]:
        found = {self._own.stem: self._own} if self._own else {}
        if self._folder is not None and self._folder.is_dir():
            found |= {path.stem: path for path in sorted(self._folder.iterdir()) if path.suffix in SUFFIXES}
        return found

    def _is_ours(self, path: Path) -> bool:
        """Return whether a path with folders in it is one of the voices': others are nobody's business."""
        return path.suffix in SUFFIXES and path.expanduser() in self._files().values()
