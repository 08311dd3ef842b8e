"""A bot from Lex back into its folder: the archive as it was exported, and the YAML that says the same."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voicebot.disk import write_atomically
from voicebot.errors import InputError, NotFoundError
from voicebot.lex.archive import unzip_documents, write_folder
from voicebot.lex.definition import BotDefinition, bot_yaml
from voicebot.lex.documents import build_documents
from voicebot.lex.models import DRAFT, LexModels, Progress
from voicebot.lex.overlay import Document, significant, without_assigned
from voicebot.lex.reading import read_documents, with_own
from voicebot.lex.transfer import download


@dataclass(frozen=True)
class Pulled:
    """What came out of Lex.

    Attributes:
        bot: The bot's name.
        version: The version that was exported.
        archive: The folder of the archive.
        yaml: The bot's YAML file.
        changed: Files of the archive that say something else than the YAML did; none: it was left as it is.
        left_out: Files of the archive that the YAML has no words for.
    """

    bot: str
    version: str
    archive: str
    yaml: str
    changed: tuple[str, ...]
    left_out: tuple[str, ...]


def pull_bot(
    models: LexModels,
    name: str,
    folder: Path,
    own: BotDefinition | None,
    progress: Progress,
    *,
    version: str = DRAFT,
    is_dry_run: bool = False,
    fetch: Callable[[str], bytes] = download,
) -> Pulled:
    """Export a bot into `folder`, as ``archive/`` and ``bot.yaml``.

    Args:
        models: Lex.
        name: The bot's name.
        folder: Where it goes.
        own: What the YAML says now: it keeps its meanings, audio times and order, and its text when nothing changed.
        progress: Is told what goes on.
        version: DRAFT, or a number.
        is_dry_run: Export, compare, and write nothing.
        fetch: Downloads an address.

    Raises:
        NotFoundError: There is no such bot or version.
    """
    bot_id = models.find_bot(name)
    if bot_id is None:
        raise NotFoundError(f"there is no bot {name} in {models.region}")
    files = unzip_documents(fetch(models.export(bot_id, version, progress)), "the export")
    pulled = read_documents(files)
    if own is not None:
        if own.name != pulled.name:
            raise InputError(f"{folder} holds the bot {own.name}, not {pulled.name}", hint="name another folder")
        pulled = with_own(pulled, own)
    known = build_documents(pulled)
    changed = _different(build_documents(own), known) if own else tuple(known)
    if not is_dry_run:
        write_folder(folder / "archive", files)
        if pulled != own or not (folder / "bot.yaml").is_file():
            write_atomically(folder / "bot.yaml", bot_yaml(pulled).encode())
    left_out = tuple(path for path in files if path not in known)
    return Pulled(name, version, str(folder / "archive"), str(folder / "bot.yaml"), changed, left_out)


def _different(before: dict[str, Document], after: dict[str, Document]) -> tuple[str, ...]:
    """Return the files that say something else."""

    def said(files: dict[str, Document], path: str) -> object:
        return significant(without_assigned(files[path])) if path in files else None

    paths = dict.fromkeys((*before, *after))
    return tuple(path for path in paths if said(before, path) != said(after, path))
