"""Where the files that come with voicebot are, in a checkout and in an installed wheel."""

from pathlib import Path

from voicebot.errors import NotFoundError

_PACKAGE = Path(__file__).resolve().parent
DATA_DIR = _PACKAGE / "data"
"""The written data: answers, facts, intents, paraphrases, pronunciations."""


def bundled_root() -> Path:
    """Return the folder that holds `lambdas`, `lex_bots`, `connect_flows` and `scenarios`.

    A wheel carries them inside the package, where they cannot collide with anybody's modules; a checkout has them beside it.
    """
    installed = _PACKAGE / "bundled"
    return installed if installed.is_dir() else _PACKAGE.parent


def bundled(name: str) -> Path:
    """Return the path of a bundled file or folder, such as ``connect_flows/inbound.json``.

    Raises:
        NotFoundError: No such file comes with this installation.
    """
    path = bundled_root() / name
    if not path.exists():
        raise NotFoundError(f"{name} does not come with this installation")
    return path


def find(path: Path) -> Path:
    """Return `path` when it exists, else the bundled file of that name, else `path` as it was."""
    if path.exists() or path.is_absolute():
        return path
    candidate = bundled_root() / path
    return candidate if candidate.exists() else path
