"""EBML elements out of a stream that can only be read forward.

Source:
    RFC 8794 (EBML), RFC 9559 (Matroska).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from voicebot.errors import InputError

EBML = 0x1A45DFA3
SEGMENT = 0x18538067
INFO = 0x1549A966
TRACKS = 0x1654AE6B
CLUSTER = 0x1F43B675
TAGS = 0x1254C367
TAG = 0x7373
SIMPLE_TAG = 0x67C8
TAG_NAME = 0x45A3
TAG_STRING = 0x4487
_LEVEL_ONE = frozenset({EBML, SEGMENT, INFO, TRACKS, CLUSTER, TAGS, 0x114D9B74, 0x1C53BB6B, 0x1941A469, 0x1043A770})

UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"
LARGEST_ELEMENT = 64_000_000
"""A cluster of a call holds seconds; more than this is no such stream."""


class Readable(Protocol):
    """What can be read forward."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        ...


@dataclass(frozen=True)
class Head:
    """An element's id and size; the size is None where nothing says it. `raw` is the head's own bytes."""

    id: int
    size: int | None
    raw: bytes


class ElementReader:
    """Reads elements one after another.

    Args:
        stream: Where they come from; it is never sought in.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._next: Head | None = None

    def head(self) -> Head | None:
        """Return the head of the next element; None at the end of the stream.

        Raises:
            InputError: The stream is not EBML, or ends in the middle of a head.
        """
        if self._next is not None:
            head, self._next = self._next, None
            return head
        first = self._stream.read(1)
        if not first:
            return None
        id_bytes = first + self._exactly(_length(first[0], 4) - 1)
        size_first = self._exactly(1)
        size_bytes = size_first + self._exactly(_length(size_first[0], 8) - 1)
        size = int.from_bytes(size_bytes, "big") & ((1 << 7 * len(size_bytes)) - 1)
        is_unknown = size == (1 << 7 * len(size_bytes)) - 1
        return Head(int.from_bytes(id_bytes, "big"), None if is_unknown else size, id_bytes + size_bytes)

    def body(self, head: Head) -> bytes:
        """Return an element's content; of one whose size is unknown, what stands before the next of the first level."""
        if head.size is not None:
            if head.size > LARGEST_ELEMENT:
                raise InputError("the media stream has an element that is larger than any of a call")
            return self._exactly(head.size)
        parts: list[bytes] = []
        while (child := self.head()) is not None:
            if child.id in _LEVEL_ONE:
                self._next = child
                break
            parts += (child.raw, self.body(child))
        return b"".join(parts)

    def _exactly(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            part = self._stream.read(size)
            if not part:
                raise InputError("the media stream ends in the middle of an element")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def children(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the id and content of the elements in a content that is all there."""
    reader = ElementReader(_Bytes(body))
    while (head := reader.head()) is not None:
        yield head.id, reader.body(head)


def tags_of(body: bytes) -> dict[str, str]:
    """Return the names and strings of a Tags element."""
    found: dict[str, str] = {}
    for tag_id, tag in children(body):
        for id_, simple in children(tag) if tag_id == TAG else ():
            if id_ == SIMPLE_TAG:
                parts = dict(children(simple))
                name = parts.get(TAG_NAME, b"").rstrip(b"\0").decode("utf-8", "replace")
                found[name] = parts.get(TAG_STRING, b"").rstrip(b"\0").decode("utf-8", "replace")
    return found


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def read(self, size: int, /) -> bytes:
        part, self._data = self._data[:size], self._data[size:]
        return bytes(part)


def _length(first: int, most: int) -> int:
    """Return how many bytes a variable-length number has, by its first."""
    length = 9 - first.bit_length()
    if not 1 <= length <= most:
        raise InputError("the media stream is not Matroska")
    return length
