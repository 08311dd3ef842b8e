"""The match threshold in a configuration file, set without touching another line."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from voicebot.cache.coverage.figures import decimal
from voicebot.disk import writing
from voicebot.errors import ConfigError, InputError

SETTING = "cache.match_threshold"


def named(config: Path | None) -> Path:
    """Return the configuration file that --config names.

    Raises:
        InputError: None was named.
    """
    if config is None:
        raise InputError(
            "--write needs to know the configuration file", hint="voicebot --config config.yaml cache tune ... --write"
        )
    return config.expanduser()


def write_threshold(file: Path, threshold: float, dry_run: bool = False) -> str:
    """Set `cache.match_threshold` in a configuration file and return the file's name; comments stay as they are.

    Raises:
        ConfigError: The file cannot be written, or is of a form in which one line cannot be changed.
    """
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            text = stream.read()
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{file}: cannot be read as UTF-8 text", hint="give another file with --config") from exc
    changed = with_threshold(text, threshold)
    if changed is None:
        raise ConfigError(
            f"{file}: its form does not let one line be changed", hint=f"set {SETTING}: {decimal(threshold)}"
        )
    if not dry_run:
        with writing(file) as stream:
            stream.write(changed)
    return str(file)


def with_threshold(text: str, threshold: float) -> str | None:
    """Return a configuration with the threshold set and every other line as it was; None when that cannot be done."""
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(end)
    flat = _find(lines, r"cache\.match_threshold\s*:", range(len(lines)))
    section = _find(lines, r"cache\s*:\s*(?:(?:~|null|\{\s*\})\s*)?(?:#.*)?$", range(len(lines)))
    if flat is not None:
        lines[flat] = _set(lines[flat], threshold)
    elif section is None:
        head = text if not text or text.endswith(end) else text + end
        lines = [*head.split(end)[:-1], "cache:", f"  match_threshold: {decimal(threshold)}", ""]
    else:
        _set_in_section(lines, section, threshold)
    new = end.join(lines)
    wanted = _wanted(_says(text), flat is not None, threshold)
    return new if wanted is not None and _says(new) == wanted else None


def _set_in_section(lines: list[str], section: int, threshold: float) -> None:
    lines[section] = re.sub(r"^(cache\s*:)\s*(?:~|null|\{\s*\})", r"\1", lines[section])
    block = []
    for number in range(section + 1, len(lines)):
        if re.match(r"\s+[^\s#]", lines[number]):
            block.append(number)
        elif lines[number].strip() and not lines[number].lstrip().startswith("#"):
            break
    present = _find(lines, r"\s+match_threshold\s*:", block)
    if present is not None:
        lines[present] = _set(lines[present], threshold)
        return
    indent = re.match(r"\s*", lines[block[0]])[0] if block else "  "  # type: ignore[index]
    lines.insert((block[-1] if block else section) + 1, f"{indent}match_threshold: {decimal(threshold)}")


def _find(lines: list[str], pattern: str, among: Iterable[int]) -> int | None:
    return next((number for number in among if re.match(pattern, lines[number])), None)


def _set(line: str, threshold: float) -> str:
    """Return a line with its value replaced and its comment kept."""
    head, comment = re.match(r"([^:]*:)[^#]*?(\s*#.*)?$", line).groups()  # type: ignore[union-attr]
    return f"{head} {decimal(threshold)}{comment or ''}"


def _says(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _wanted(tree: Any, is_flat: bool, threshold: float) -> Any:
    if not isinstance(tree, dict | None):
        return None
    tree = tree or {}
    if is_flat:
        return tree | {SETTING: threshold}
    return tree | {"cache": dict(tree.get("cache") or {}) | {"match_threshold": threshold}}
