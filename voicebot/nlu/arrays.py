"""Named arrays in one file that is mapped into memory, not read.

The file is eight letters, the length of a header, the CRC-32 of all that follows, the header (JSON: what the file was
made with, and where each array stands), and the arrays, each on a boundary of 64 bytes. Processes on one machine share
its pages, and of a file that is not checked only those that are touched are ever read.
"""

import json
import math
import mmap
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ConfigError

MAGIC = b"VBARRAY1"
_HEAD = struct.Struct("<8sQQ")
_ALIGNED = 64
_NUMBERS = "biuf"

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class ArrayFile:
    """What a file holds.

    Attributes:
        meta: What it was made with.
        arrays: Views of the mapped file; they cannot be written to.
        checksum: The CRC-32 of its content, as its head gives it.
    """

    meta: Mapping[str, Any]
    arrays: dict[str, NDArray[Any]]
    checksum: int


def pack_arrays(arrays: Arrays, meta: Mapping[str, object]) -> bytes:
    """Return the bytes of a file that holds `arrays`."""
    places, offset, parts = {}, 0, []
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        data = np.ascontiguousarray(array).tobytes()
        parts += [data, bytes(-len(data) % _ALIGNED)]
        offset += len(parts[-2]) + len(parts[-1])
    header = json.dumps({"meta": dict(meta), "arrays": places}, ensure_ascii=False).encode()
    header += b" " * (-(_HEAD.size + len(header)) % _ALIGNED)
    content = b"".join([header, *parts])
    return _HEAD.pack(MAGIC, len(header), zlib.crc32(content)) + content


def checksum_of(data: bytes) -> int:
    """Return the checksum in the head of what `pack_arrays` returned."""
    return int(_HEAD.unpack_from(data)[2])


def map_arrays(path: Path, hint: str, *, is_checked: bool = True) -> ArrayFile:
    """Return what a file holds.

    Args:
        path: The file.
        hint: What to do when it cannot be used.
        is_checked: False leaves the content unread, where its name has vouched for it.

    Raises:
        ConfigError: It cannot be read, is damaged, or is no such file.
    """
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        magic, length, checksum = _HEAD.unpack_from(mapped)
        if magic != MAGIC or (is_checked and zlib.crc32(memoryview(mapped)[_HEAD.size :]) != checksum):
            raise ValueError(magic)
        header = json.loads(mapped[_HEAD.size : _HEAD.size + length])
        arrays = {name: _array(mapped, _HEAD.size + length, place) for name, place in header["arrays"].items()}
        return ArrayFile(header["meta"], arrays, checksum)
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror}", hint=hint) from exc
    except (struct.error, ValueError, KeyError, TypeError) as exc:  # mmap says ValueError of an empty file
        raise ConfigError(f"{path}: damaged, or of another version", hint=hint) from exc


def _array(mapped: mmap.mmap, start: int, place: Mapping[str, Any]) -> NDArray[Any]:
    dtype = np.dtype(place["dtype"])
    if dtype.kind not in _NUMBERS:
        raise ValueError(dtype)
    count = math.prod(place["shape"])
    if not count:
        return np.zeros(place["shape"], dtype)
    return np.frombuffer(mapped, dtype, count, start + int(place["offset"])).reshape(place["shape"])


class Texts(Sequence[str]):
    """Texts in one row of bytes; each is decoded when it is asked for.

    Args:
        data: Their UTF-8 bytes, one after the other.
        starts: Where each begins, and where the last one ends.
    """

    def __init__(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self._data = data.data
        self._starts = starts.data

    @classmethod
    def pack(cls, texts: Iterable[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the two arrays that hold `texts`."""
        encoded = [text.encode() for text in texts]
        starts = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        return np.frombuffer(b"".join(encoded), np.uint8), starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[n] for n in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        return self.encoded(place % len(self)).decode()

    def encoded(self, place: int) -> bytes:
        """Return the UTF-8 bytes of one text; `place` counts from 0."""
        return self._data[self._starts[place] : self._starts[place + 1]].tobytes()
