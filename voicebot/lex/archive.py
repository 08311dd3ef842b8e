"""The archive as a zip file or a folder. The same documents give the same bytes."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from voicebot.disk import explained, writing_folder
from voicebot.errors import InputError
from voicebot.lex.documents import MANIFEST
from voicebot.lex.overlay import Document

MOST_BYTES = 64_000_000
"""What an archive may hold; a bot at all of its quotas has less."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


def zip_documents(files: Mapping[str, Document]) -> bytes:
    """Return a zip of `files`: no time, no owner, no compression that depends on a library's version."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, document in files.items():
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, json_bytes(document))
    return buffer.getvalue()


def json_bytes(document: Document) -> bytes:
    """Return one file's text; Korean stays Korean."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def read_archive(path: Path) -> dict[str, Document]:
    """Return the files of a zip or of a folder.

    Raises:
        InputError: It is not an archive of JSON files.
        NotFoundError: There is nothing there.
    """
    with explained(path):
        if path.is_dir():
            found = [file for file in sorted(path.rglob("*.json")) if file.is_file()]
            return {file.relative_to(path).as_posix(): _document(file.name, file.read_bytes()) for file in found}
        data = path.read_bytes()
    return unzip_documents(data, str(path))


def unzip_documents(data: bytes, name: str = "the archive") -> dict[str, Document]:
    """Return the JSON files of a zip.

    Raises:
        InputError: It is not a zip, is too large, or has a path that leads out of it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".json")]
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise InputError(f"{name}: unpacks to more than {MOST_BYTES:,} bytes")
            return {_checked(entry.filename, name): _document(entry.filename, archive.read(entry)) for entry in entries}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as exc:
        raise InputError(f"{name}: is not a zip file that can be read ({exc})") from exc


def write_folder(path: Path, files: Mapping[str, Document]) -> None:
    """Make the folder `path` hold exactly `files`; it is written beside and put in place whole.

    Raises:
        InputError: There is a folder that is not an archive.
    """
    with explained(path):
        if path.exists() and any(path.iterdir()) and not (path / MANIFEST).is_file():
            raise InputError(f"{path}: is a folder of something else", hint="name another folder")
    with writing_folder(path) as folder:
        for name, document in files.items():
            target = folder / _checked(name, "the archive")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(json_bytes(document))


def _document(name: str, data: bytes) -> Document:
    try:
        document = json.loads(data)
    except ValueError as exc:
        raise InputError(f"{name}: is not JSON") from exc
    if not isinstance(document, dict):
        raise InputError(f"{name}: is not a JSON object")
    return document


def _checked(path: str, name: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "\\" in path or ":" in path:
        raise InputError(f"{name}: has a file whose path leads out of it")
    return path
