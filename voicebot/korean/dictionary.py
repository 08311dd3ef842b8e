"""The pronunciation dictionary: spellings and how to read them, from YAML."""

import re
from collections.abc import Mapping
from functools import lru_cache
from os import PathLike

from voicebot.errors import InputError


def load_pronunciations(path: str | PathLike[str] | None = None) -> dict[str, str]:
    """Return spelling to reading from a YAML file; the shipped one when no path is given.

    Raises:
        InputError: The file cannot be read or is not a flat mapping of text to text.
    """
    from pathlib import Path

    import yaml

    source = Path(__file__).parent.parent / "data" / "pronunciations.yaml" if path is None else Path(path)
    try:
        loaded = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise InputError(f"cannot read the pronunciations in {source}", hint="one `spelling: reading` a line") from exc
    entries = loaded if loaded is not None else {}
    if not isinstance(entries, dict):
        raise InputError(f"{source} is not a mapping", hint="one `spelling: reading` a line")
    for spelling, reading in entries.items():
        if not isinstance(spelling, str) or not isinstance(reading, str) or not spelling.strip():
            raise InputError(f"{source}: {spelling!r}: both sides must be text", hint="put numbers in quotes")
    return dict(entries)


def pronounce(text: str, dictionary: Mapping[str, str]) -> str:
    """Return `text` with each spelling replaced by its reading, longest first; a reading in the text is left alone."""
    if not any(spelling in text for spelling in dictionary):
        return text
    pattern = _pattern(tuple(dictionary.items()))
    return pattern.sub(lambda match: dictionary.get(match[0], match[0]), text)


@lru_cache(maxsize=8)
def _pattern(entries: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    """Return one pattern of all spellings and readings; Latin ones only as whole words."""
    words = sorted({word for entry in entries for word in entry if word}, key=len, reverse=True)
    return re.compile("|".join(_whole(word) for word in words) or r"(?!)")


def _whole(word: str) -> str:
    left = r"(?<![A-Za-z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    right = r"(?![A-Za-z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return left + re.escape(word) + right
