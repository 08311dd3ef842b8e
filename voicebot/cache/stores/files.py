"""Blobs as files under one folder."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import quote, unquote, urlsplit

from voicebot.cache.protocol import BlobEntry
from voicebot.disk import explained, write_atomically
from voicebot.errors import InputError, NotFoundError


class FileBlobs:
    """`BlobStore` on a disk; URLs are ``file://`` ones.

    Args:
        root: The folder that holds everything.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def put(self, key: str, data: bytes, content_type: str) -> str:
        """Store `data` under `key`, whole or not at all, and return its URL. The file's name carries the type."""
        write_atomically(self._path(key), data)
        return self.url(key)

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading."""
        path = self._path(key)
        if not path.is_file():
            raise NotFoundError(f"blob {key} does not exist")
        with explained(path):
            return path.open("rb")

    def exists(self, key: str) -> bool:
        """Return whether there is a blob under `key`."""
        return self._path(key).is_file()

    def url(self, key: str) -> str:
        """Return the blob's file URL."""
        return f"file://{quote(str(self._path(key)))}"

    def key_of(self, url: str) -> str | None:
        """Return the key behind a URL of this store, or None for another's."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        if parts.scheme != "file" or not path.is_relative_to(self._root):
            return None
        return path.relative_to(self._root).as_posix()

    def delete(self, key: str) -> bool:
        """Remove a blob; return whether there was one."""
        path = self._path(key)
        with explained(path):
            existed = path.is_file()
            path.unlink(missing_ok=True)
        return existed

    def scan(self, prefix: str) -> Iterator[str]:
        """Yield the keys that start with `prefix`, in order."""
        yield from (entry.key for entry in self.entries(prefix))

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        """Yield the blobs whose keys start with `prefix`, in order."""
        folder = prefix.rpartition("/")[0]
        for path in sorted((self._path(folder) if folder else self._root).rglob("*")):
            key = path.relative_to(self._root).as_posix()
            if key.startswith(prefix) and path.is_file() and not path.name.endswith(".part"):
                with suppress(FileNotFoundError):  # removed meanwhile
                    yield BlobEntry(key, path.stat().st_mtime)

    def _path(self, key: str) -> Path:
        parts = PurePosixPath(key)
        if not key or parts.is_absolute() or ".." in parts.parts or "\0" in key:
            raise InputError("a blob key must be a relative path without '..'")
        return self._root / parts
