"""Files that are either whole or absent, and disk errors in plain words."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from voicebot.errors import ConfigError, NotFoundError, StorageError, VoicebotError


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that a reader, or a kill at any moment, never sees half of it.

    Raises:
        ConfigError: The folder is missing, read-only or not ours.
        StorageError: The disk is full or broken.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
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


def explain(path: Path, exc: OSError) -> VoicebotError:
    """Return the error of ours that says what `exc` means for `path`."""
    reason = exc.strerror or "input/output error"
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StorageError(
            f"{path}: {reason}", hint="free some space and run the same command again; nothing was lost"
        )
    if exc.errno == errno.ENOENT:
        return NotFoundError(f"{path}: {reason}", hint="check the path")
    if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST):
        return ConfigError(f"{path}: {reason}", hint="choose a place that this user may write to")
    return StorageError(f"{path}: {reason}", hint="check the disk and try again")
