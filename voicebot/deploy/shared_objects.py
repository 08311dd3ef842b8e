"""Shared objects without what only a debugger and a linker read."""

import struct

_MAGIC = b"\x7fELF\x02\x01"
"""A 64-bit little-endian file, as all of Lambda's machines take."""

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")


def slim(data: bytes) -> bytes:
    """Return a shared object without its debug information and section headers; anything else as it is.

    The dynamic loader maps segments and reads nothing behind the last of them. What stands there - debug information, the
    full symbol table, the section headers - is most of some wheels.

    Source: System V ABI, chapter 4 (ELF header) and 5 (program header); Tool Interface Standard ELF 1.2.
    """
    if not data.startswith(_MAGIC) or len(data) < _HEADER.size:
        return data
    fields = list(_HEADER.unpack_from(data))
    first, size, count = fields[5], fields[9], fields[10]
    if size != _SEGMENT.size or not count or first + size * count > len(data):
        return data
    end = first + size * count
    for index in range(count):
        _, _, offset, _, _, file_size, _, _ = _SEGMENT.unpack_from(data, first + index * size)
        end = max(end, offset + file_size)
    if end >= len(data):
        return data
    fields[6] = fields[12] = fields[13] = 0  # where the section headers are, how many, and which names them
    return _HEADER.pack(*fields) + data[_HEADER.size : end]
