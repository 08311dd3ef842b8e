"""This machine: what runs here, the data folder, the voice, the model."""

import os
import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.database import Database
from voicebot.deploy.doctor.finding import Finding
from voicebot.errors import ConfigError

if TYPE_CHECKING:
    from voicebot.fillers.shelf import FillerShelf
    from voicebot.nlu.model import Model
    from voicebot.tts.prompts import PromptSpeaker
    from voicebot.tts.protocol import Health

LEAST_FREE_MB = 500
SENTENCE, SENTENCE_INTENT = "영업시간이 어떻게 되나요", "business_hours"


def look_at_python() -> Iterator[Finding]:
    """Say which Python and which voicebot run."""
    version = metadata.version("voicebot") if _is_installed("voicebot") else "from a checkout"
    yield Finding("machine", "python", "ok", f"{platform.python_version()}, voicebot {version}")


def look_at_data(folder: Path) -> Iterator[Finding]:
    """Say whether the data folder can be written, and has room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x")
    except OSError as exc:
        fix = "set data_dir to a folder that you may write to"
        yield Finding("data", "folder", "problem", f"{folder}: {os.strerror(exc.errno or 0)}", fix)
        return
    yield Finding("data", "folder", "ok", str(folder))
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    has_room = free_mb >= LEAST_FREE_MB
    fix = "" if has_room else "make room, or set data_dir elsewhere"
    yield Finding("data", "room", "ok" if has_room else "warning", f"{free_mb:,} MB free", fix)


def look_at_database(database: Database) -> Iterator[Finding]:
    """Say whether the database opens and is whole."""
    with database.reading() as connection:
        told = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if told != "ok":
        yield Finding("data", "database", "problem", "is damaged", f"put a backup in its place: {database.path}")
        return
    yield Finding("data", "database", "ok", f"SQLite {sqlite3.sqlite_version}")


def look_at_voice(voice: Callable[[], "PromptSpeaker"]) -> Iterator[Finding]:
    """Say whether the embedded voice speaks."""
    clip = voice().prompt("네.")
    is_heard = clip.duration_s > 0.1
    fix = "" if is_heard else "pip install --force-reinstall espeakng-loader"
    yield Finding("voice", "embedded voice", "ok" if is_heard else "problem", f"{clip.duration_s:.1f} s of speech", fix)


def look_at_model(model: Callable[[], "Model"]) -> Iterator[Finding]:
    """Say whether the language model loads and understands a plain sentence."""
    loaded = model()
    found = loaded.intent(SENTENCE)
    if found.intent != SENTENCE_INTENT:
        yield Finding(
            "model", "language model", "problem", "does not understand a plain sentence", "reinstall voicebot"
        )
        return
    yield Finding("model", "language model", "ok", f"version {loaded.fingerprint[:12]}, {len(loaded.intents)} intents")


def look_at_answers(count: Callable[[], int], has_index: Callable[[], bool], shelf: "FillerShelf") -> Iterator[Finding]:
    """Say whether there are approved answers, an index of this model over them, and fillers."""
    answers = count()
    if not answers:
        yield Finding("data", "approved answers", "warning", "none", "voicebot cache seed, then voicebot cache approve")
    else:
        yield Finding("data", "approved answers", "ok", f"{answers:,}")
        if has_index():
            yield Finding("data", "index", "ok", "of this model")
        else:
            yield Finding("data", "index", "warning", "none of this model", "voicebot cache index")
    fillers = len(shelf.fillers)
    fix = "" if fillers else "voicebot fillers generate"
    yield Finding("data", "fillers", "ok" if fillers else "warning", f"{fillers}" if fillers else "none", fix)


def look_at_engines(names: Sequence[str], health_of: Callable[[str], "Health"]) -> Iterator[Finding]:
    """Say whether each configured speech engine could speak now."""
    for name in names:
        try:
            health = health_of(name)
        except ConfigError as exc:
            yield Finding("engines", f"speech: {name}", "problem", exc.message, exc.hint or "")
            continue
        yield Finding(
            "engines",
            f"speech: {name}",
            "ok" if health.ok else "problem",
            health.detail,
            "" if health.ok else _settings_of(name),
        )


def look_at_chat(engine: str, has_key: bool) -> Iterator[Finding]:
    """Say whether the chat engine has what it needs."""
    if engine == "gpt" and not has_key:
        fix = "set OPENAI_API_KEY, or keys.secret to a secret that holds it"
        yield Finding("engines", "chat: gpt", "problem", "there is no key", fix)
    else:
        yield Finding("engines", f"chat: {engine}", "ok")


def _settings_of(engine: str) -> str:
    return f"see tts.{engine} in config.example.yaml"


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
