"""Archives to and from the addresses that Lex hands out: plain HTTP, without credentials."""

from collections.abc import Callable

import httpx

from voicebot.errors import StorageError

TIMEOUT_S = 120.0


def upload(url: str, data: bytes) -> None:
    """PUT an archive to an upload address.

    Raises:
        StorageError: It was not taken.
    """
    _checked("upload", lambda: httpx.put(url, content=data, timeout=TIMEOUT_S))


def download(url: str) -> bytes:
    """Return the archive at a download address.

    Raises:
        StorageError: It could not be fetched.
    """
    return _checked("download", lambda: httpx.get(url, timeout=TIMEOUT_S)).content


def _checked(what: str, request: Callable[[], httpx.Response]) -> httpx.Response:
    """Return the response. The address is a secret for its hour, and stays out of errors."""
    hint = "run the same command again"
    try:
        response = request()
    except httpx.HTTPError as exc:
        raise StorageError(f"the {what} of the archive broke off ({type(exc).__name__})", hint=hint) from None
    if response.status_code != 200:
        raise StorageError(f"the {what} of the archive was refused ({response.status_code})", hint=hint)
    return response
