"""Conversations that go on another day: masked history and dialog state, a JSON file each."""

import json
from pathlib import Path
from typing import Any

from voicebot.chat.protocol import Exchange, Session
from voicebot.disk import explained, write_atomically
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.patterns import pattern

VERSION = 1
MAX_EXCHANGES = 200
"""Older exchanges are left out when a session is saved."""


class SessionFiles:
    """Sessions by name in one folder, or by the path of a file.

    Args:
        folder: Where named sessions are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Return the file of a session: `name` itself when it looks like a path, else a file in the folder.

        Raises:
            InputError: It is neither a name nor a path.
        """
        if "/" in name or name.endswith(".json"):
            return Path(name).expanduser()
        if not pattern(r"[\w-][\w.-]{0,63}").fullmatch(name):
            raise InputError(
                f"{name!r} cannot be the name of a session", hint="use letters, digits, - and _, or give a file's path"
            )
        return self._folder / f"{name}.json"

    def load(self, name: str) -> Session:
        """Return a saved session; a new one when there is none of that name.

        Raises:
            InputError: The file is not a session.
        """
        path = self.path(name)
        if not path.exists():
            return Session(path.stem)
        with explained(path):
            data = path.read_bytes()
        try:
            return _session(json.loads(data))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as exc:
            raise InputError(
                f"{path}: is not a saved conversation",
                hint="give another name with --session; the file was not touched",
            ) from exc

    def save(self, name: str, session: Session) -> None:
        """Write a session; a reader sees the old one or the new one, never half of it.

        Raises:
            ConfigError: The place may not be written to.
            StorageError: The disk is full.
        """
        document = {
            "version": VERSION,
            "id": session.id,
            "state": session.state,
            "history": [
                {"said": mask(exchange.said), "replied": mask(exchange.replied)}
                for exchange in session.history[-MAX_EXCHANGES:]
            ],
        }
        write_atomically(self.path(name), json.dumps(document, ensure_ascii=False, indent=1).encode())


def _session(document: Any) -> Session:
    if document["version"] != VERSION:
        raise ValueError(document["version"])
    history = [Exchange(_text(one["said"]), _text(one["replied"])) for one in document["history"]]
    state = {_text(name): _text(value) for name, value in document["state"].items()}
    return Session(_text(document["id"]), history, state)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value
