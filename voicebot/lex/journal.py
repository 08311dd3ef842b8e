"""How far publishing a bot has come, so that the next run goes on from there."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from voicebot.disk import explained, write_atomically


@dataclass(frozen=True)
class Progressed:
    """What has been done for one archive.

    Attributes:
        fingerprint: Of the archive.
        import_id: Lex's name for the import that was started.
        bot_id: Of the bot that it made; known when the import is complete.
        builds: Locales whose build has been started since then.
        version: The version that was made of them.
    """

    fingerprint: str
    import_id: str = ""
    bot_id: str = ""
    builds: tuple[str, ...] = ()
    version: str = ""


class Journal:
    """One small file a bot and region; a broken one counts as none.

    Args:
        path: Where it is.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, fingerprint: str) -> Progressed:
        """Return what has been done for an archive; nothing, when the last one was another."""
        known = self._read()
        return known if known and known.fingerprint == fingerprint else Progressed(fingerprint)

    def note(self, done: Progressed, **news: Any) -> Progressed:
        """Keep `done` with what is new, and return it."""
        changed = replace(done, **news)
        write_atomically(self._path, json.dumps(asdict(changed)).encode())
        return changed

    def close(self) -> None:
        """Forget: all is done."""
        with explained(self._path):
            self._path.unlink(missing_ok=True)

    def _read(self) -> Progressed | None:
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
            return Progressed(**{**raw, "builds": tuple(raw.get("builds", ()))})
        except (OSError, ValueError, TypeError):
            return None
