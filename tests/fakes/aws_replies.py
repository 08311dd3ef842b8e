"""Replies in place of a server's, for botocore's ``before-send``."""

import io
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSResponse


class _Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield from iter(lambda: self.read(65536), b"")


def reply_to(request: Any, status: int, body: bytes = b"", **headers: str) -> AWSResponse:
    """Return a reply to a request; the names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return AWSResponse(request.url, status, named, _Raw(body))
