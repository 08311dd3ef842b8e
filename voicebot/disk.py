"""Files that are either whole or absent, and disk errors in plain words."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from voicebot.errors import ConfigError, InputError, NotFoundError, StorageError, VoicebotError


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader, or a kill at any moment, never sees half of it.

    Raises:
        ConfigError: The folder is missing, read-only or not ours.
        StorageError: The disk is full or broken.
    """
    with writing_bytes(path) as file:
        file.write(data)


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """Lend a UTF-8 text file that appears under `path` when the block ends well, and not at all when it fails.

    An existing file keeps its permissions; a link is followed; a pipe or device is written to as it is.
    """
    with explained(path):
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", newline="") as stream:
                yield stream
            return
        target = path.resolve()
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        with _beside(target, mode) as file:
            text = TextIOWrapper(file, encoding="utf-8", newline="")
            yield text
            text.detach()


@contextmanager
def writing_bytes(path: Path) -> Iterator[BinaryIO]:
    """Lend a file that appears under `path` when the block ends well, and not at all when it fails."""
    with explained(path), _beside(path, 0o644) as file:
        yield file


@contextmanager
def writing_folder(path: Path) -> Iterator[Path]:
    """Lend an empty folder that takes the place of `path` when the block ends well, and is gone when it fails."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part"))
        try:
            beside.chmod(0o755)
            yield beside
            if path.exists():
                old = beside.with_suffix(".old")
                os.replace(path, old)
                os.replace(beside, path)
                shutil.rmtree(old)
            else:
                os.replace(beside, path)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextmanager
def _beside(path: Path, mode: int) -> Iterator[BinaryIO]:
    """Lend a file beside `path` that takes its place once the block has ended well and the disk has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into one clear error about `path`."""
    try:
        yield
    except OSError as exc:
        raise explain(path, exc) from exc


def require_writable(*paths: Path | None) -> None:
    """Refuse places where no file can be written, before the work whose outcome they are for.

    Raises:
        ConfigError: A folder may not be written to, or is a file.
        InputError: There is a folder of the name.
    """
    for path in paths:
        if path is None:
            continue
        with explained(path):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not path.exists():  # what is no file, such as a pipe, is written to as it is
                _require_folder(path.absolute().parent)


def require_writable_folder(folder: Path) -> None:
    """Refuse a folder, which need not be there yet, where no file can be written.

    Raises:
        ConfigError: It is a file, or it or the folder that it would be made in may not be written to.
    """
    with explained(folder):
        _require_folder(folder.absolute())


def _require_folder(folder: Path) -> None:
    there = next(one for one in (folder, *folder.parents) if one.exists())
    if not there.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def explain(path: Path, exc: OSError) -> VoicebotError:
    """Return the error of ours that says what `exc` means for `path`."""
    reason = exc.strerror or "input/output error"
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError(
            f"{path}: {reason}", hint="free some space and run the same command again; nothing was lost"
        )
    if exc.errno == errno.ENOENT:
        return NotFoundError(f"{path}: {reason}", hint="check the path")
    if exc.errno == errno.EISDIR:
        return InputError(f"{path}: this is a folder", hint="name a file")
    if exc.errno in (errno.ENOTDIR, errno.EEXIST):
        file = next((one for one in (path, *path.parents) if os.path.isfile(one)), path)
        return ConfigError(f"{file}: this is a file, not a folder", hint="name another place")
    if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ConfigError(f"{path}: {reason}", hint="give this user access, or choose another place")
    return StorageError(f"{path}: {reason}", hint="check the disk and try again")
