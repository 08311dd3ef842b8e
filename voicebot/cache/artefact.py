"""A matcher's index as one file that is mapped into memory, not read.

The file is eight letters, the length of a header, the header (JSON: what the index was made with, and where each array
stands), and the arrays, each on a boundary of 64 bytes. Processes on one machine share its pages, and only those that
a search touches are ever read.
"""

import json
import mmap
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from voicebot.errors import ConfigError
from voicebot.korean.normalize import NORMALIZER_VERSION
from voicebot.nlu.index import LineIndex
from voicebot.nlu.matcher import INDEX_VERSION, Matcher

if TYPE_CHECKING:
    from voicebot.nlu.model import Model

MAGIC = b"VBINDEX1"
_HEAD = struct.Struct("<8sQ")
_ALIGNED = 64
_TEXTS = ("answer_ids", "utterances", "keys")
_NUMBERS = "biuf"

Arrays = Mapping[str, NDArray[Any]]


class Texts(Sequence[str]):
    """Texts in one row of bytes; each is decoded when it is asked for.

    Args:
        data: Their UTF-8 bytes, one after the other.
        starts: Where each begins, and where the last one ends.
    """

    def __init__(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self._data = data
        self._starts = starts

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
        place %= len(self)
        return self._data[self._starts[place] : self._starts[place + 1]].tobytes().decode()


def pack_index(npz: Path, meta: Mapping[str, object]) -> Iterator[bytes]:
    """Yield the bytes of the artefact that holds a saved matcher.

    Args:
        npz: What `Matcher.save` wrote.
        meta: What a reader must be made for, as `expected_meta` says.
    """
    with np.load(npz, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files if name != "meta"}
    for name in _TEXTS:
        arrays[name], arrays[f"{name}_starts"] = Texts.pack(json.loads(arrays[name].tobytes().decode()))
    places, offset = {}, 0
    for name, array in arrays.items():
        places[name] = {"dtype": array.dtype.str, "shape": array.shape, "offset": offset}
        offset += -(-array.nbytes // _ALIGNED) * _ALIGNED
    header = json.dumps({"meta": dict(meta), "arrays": places}).encode()
    header += b" " * (-(_HEAD.size + len(header)) % _ALIGNED)
    yield _HEAD.pack(MAGIC, len(header)) + header
    for array in arrays.values():
        data = np.ascontiguousarray(array).tobytes()
        yield data + bytes(-len(data) % _ALIGNED)


def expected_meta(model: "Model") -> dict[str, object]:
    """Return what an index must say that it was made with, to be used with `model`."""
    return {"version": INDEX_VERSION, "model": model.fingerprint, "normalizer": NORMALIZER_VERSION}


def map_matcher(model: "Model", path: Path, threshold: float | None) -> Matcher:
    """Return the matcher in an artefact.

    Raises:
        ConfigError: It is no artefact, damaged, or made with another model or version.
    """
    with path.open("rb") as file:
        try:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as exc:  # an empty file
            raise _unusable() from exc
    try:
        magic, length = _HEAD.unpack_from(mapped)
        header = json.loads(mapped[_HEAD.size : _HEAD.size + length]) if magic == MAGIC else {}
        arrays = {name: _array(mapped, _HEAD.size + length, place) for name, place in header["arrays"].items()}
        texts = [Texts(arrays.pop(name), arrays.pop(f"{name}_starts")) for name in _TEXTS]
        index = LineIndex(arrays)
    except (struct.error, ValueError, KeyError, TypeError) as exc:
        raise _unusable() from exc
    if header["meta"] != expected_meta(model):
        raise ConfigError("the index was made with another model or version", hint="voicebot cache index")
    answer_ids, utterances, keys = texts
    return Matcher(model, answer_ids, utterances, keys, index, threshold)


def _array(mapped: mmap.mmap, start: int, place: Mapping[str, Any]) -> NDArray[Any]:
    dtype = np.dtype(place["dtype"])
    if dtype.kind not in _NUMBERS:
        raise ValueError(dtype)
    count = int(np.prod(place["shape"], dtype=np.int64))
    if not count:
        return np.zeros(place["shape"], dtype)
    return np.frombuffer(mapped, dtype, count, start + int(place["offset"])).reshape(place["shape"])


def _unusable() -> ConfigError:
    return ConfigError("the index is damaged or of another version", hint="voicebot cache index")
