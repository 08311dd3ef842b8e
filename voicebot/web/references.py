"""Recordings of voices that clients have uploaded, kept by what is in them."""

import hashlib
import re
from pathlib import Path

from voicebot.disk import write_atomically
from voicebot.errors import InputError, NotFoundError
from voicebot.tts.reference import Reference, check_reference

MAX_KEPT = 50

_ID = re.compile(r"[0-9a-f]{32}")


class References:
    """Checked recordings in a folder; of too many the oldest go.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, data: bytes) -> tuple[str, Reference]:
        """Keep a recording and return its id.

        Raises:
            InputError: It is not good enough to imitate, with all the reasons.
        """
        if not data:
            raise InputError("the recording is empty", hint="upload a WAV file with 3 to 30 s of one clear voice")
        reference = check_reference(data, "the recording")
        reference_id = hashlib.sha256(data).hexdigest()[:32]
        write_atomically(self._path(reference_id), data)
        for old in sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime)[:-MAX_KEPT]:
            old.unlink(missing_ok=True)
        return reference_id, reference

    def get(self, reference_id: str) -> bytes:
        """Return a whole recording.

        Raises:
            NotFoundError: There is none of that id.
        """
        if _ID.fullmatch(reference_id):
            try:
                return self._path(reference_id).read_bytes()
            except FileNotFoundError:
                pass
        raise NotFoundError("there is no such recording", hint="upload it again")

    def _path(self, reference_id: str) -> Path:
        return self._folder / f"{reference_id}.wav"
