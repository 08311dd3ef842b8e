"""A bot's archive on disk, ready for the console or for `publish`."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from voicebot.disk import write_atomically
from voicebot.lex.archive import write_folder, zip_documents
from voicebot.lex.definition import BotDefinition
from voicebot.lex.documents import build_documents
from voicebot.lex.lint import require_sound


@dataclass(frozen=True)
class Built:
    """An archive.

    Attributes:
        path: Where it is, or would be.
        files: How many files it has.
        bytes: How large the zip is.
        sha256: Of the zip; the same bot always has the same.
    """

    path: str
    files: int
    bytes: int
    sha256: str


def build_archive(bot: BotDefinition, out: Path | None = None, is_dry_run: bool = False) -> Built:
    """Write a bot's archive and return what it is.

    Args:
        bot: The bot.
        out: A zip file, or a folder when the name does not end in ``.zip``; ``<name>-LexJson.zip`` here when None.
        is_dry_run: Write nothing.

    Raises:
        GateError: Lex would refuse the bot.
    """
    require_sound(bot)
    target = out or Path(f"{bot.name}-LexJson.zip")
    documents = build_documents(bot)
    data = zip_documents(documents)
    if not is_dry_run and target.suffix == ".zip":
        write_atomically(target, data)
    elif not is_dry_run:
        write_folder(target, documents)
    return Built(str(target), len(documents), len(data), hashlib.sha256(data).hexdigest())
