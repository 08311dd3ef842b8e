"""Errors as problem documents: the HTTP status of each error, with the exit code that the command line gives it."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from voicebot.cli.exits import Exit, exit_for
from voicebot.errors import (
    ConfigError,
    ConflictError,
    EngineError,
    FlowError,
    GateError,
    InputError,
    NotFoundError,
    RefusedError,
    StorageError,
    VoicebotError,
    VoiceNotFoundError,
)

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "request_id"
"""Where a request's id is in its scope's state."""

STATUSES: Mapping[type[VoicebotError], HTTPStatus] = {
    VoicebotError: HTTPStatus.INTERNAL_SERVER_ERROR,
    InputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    FlowError: HTTPStatus.UNPROCESSABLE_ENTITY,
    ConfigError: HTTPStatus.NOT_IMPLEMENTED,
    NotFoundError: HTTPStatus.NOT_FOUND,
    VoiceNotFoundError: HTTPStatus.NOT_FOUND,
    ConflictError: HTTPStatus.CONFLICT,
    RefusedError: HTTPStatus.FORBIDDEN,
    EngineError: HTTPStatus.BAD_GATEWAY,
    StorageError: HTTPStatus.SERVICE_UNAVAILABLE,
    GateError: HTTPStatus.CONFLICT,
}
"""501 for ConfigError: this server is not set up for it (no key, a package missing), and asking again does not help."""

_EXITS_OF_STATUS = {401: Exit.CONFIGURATION, 403: Exit.REFUSED, 404: Exit.NOT_FOUND, 429: Exit.UNAVAILABLE}

_WITHOUT_WORDS = {404: "there is nothing at this address", 405: "this address does not take this method"}
"""What is said where the framework says no more than the status."""

_log = logging.getLogger(__name__)


def status_for(error: VoicebotError) -> HTTPStatus:
    """Return the HTTP status of `error`: its own entry, or its nearest ancestor's."""
    if isinstance(error, EngineError) and error.retryable:
        return HTTPStatus.SERVICE_UNAVAILABLE
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def problem(
    status: int, detail: str, *, kind: str, code: Exit, hint: str | None = None, request_id: str = ""
) -> dict[str, Any]:
    """Return a problem document.

    Args:
        status: The HTTP status.
        detail: What failed, in one line.
        kind: The error's name.
        code: The exit code that the command line would give.
        hint: What to do next.
        request_id: Finds the request in the log.

    Source:
        RFC 9457, section 3.
    """
    document = {
        "type": f"urn:voicebot:error:{kind}",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        "hint": hint,
        "error": int(code),
        "kind": kind,
        "request_id": request_id,
    }
    return {name: value for name, value in document.items() if value not in (None, "")}


def problem_response(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a problem document as a response."""
    return JSONResponse(document, document["status"], dict(headers or {}), MEDIA_TYPE)


def error_response(error: VoicebotError, request_id: str = "") -> JSONResponse:
    """Return what a client is told of an error of voicebot's own."""
    kind = next(kind for kind in type(error).__mro__ if kind in STATUSES).__name__
    document = problem(
        status_for(error), error.message, kind=kind, code=exit_for(error), hint=error.hint, request_id=request_id
    )
    retry_after_s = getattr(error, "retry_after_s", None)
    return problem_response(document, {"Retry-After": str(max(1, round(retry_after_s)))} if retry_after_s else None)


def status_response(status: int, detail: str, headers: Mapping[str, str] | None = None, request_id: str = "") -> Any:
    """Return a problem that is HTTP's own: no such path, a wrong method, too large a body."""
    code = Exit.UNFORESEEN if status == 500 else _EXITS_OF_STATUS.get(status, Exit.USAGE)
    kind = HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
    return problem_response(problem(status, detail, kind=kind, code=code, request_id=request_id), headers)


def explain_errors(app: FastAPI) -> None:
    """Make an application answer every error with a problem document."""

    def of_ours(request: Request, exc: Exception) -> JSONResponse:
        assert isinstance(exc, VoicebotError)
        if status_for(exc) is HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("an error without a status of its own", exc_info=exc)
        return error_response(exc, _id_of(request))

    def of_http(request: Request, exc: Exception) -> Any:
        assert isinstance(exc, HTTPException)
        is_bare = exc.detail == HTTPStatus(exc.status_code).phrase
        detail = _WITHOUT_WORDS.get(exc.status_code, exc.detail) if is_bare else exc.detail
        return status_response(exc.status_code, detail, exc.headers, _id_of(request))

    def of_input(request: Request, exc: Exception) -> JSONResponse:
        assert isinstance(exc, RequestValidationError)
        detail = "; ".join(_in_words(error) for error in exc.errors())
        code = HTTPStatus.UNPROCESSABLE_ENTITY
        return problem_response(problem(code, detail, kind="InputError", code=Exit.USAGE, request_id=_id_of(request)))

    app.add_exception_handler(VoicebotError, of_ours)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_input)


def _in_words(error: Mapping[str, Any]) -> str:
    """Return where an input is wrong and why, never what it was."""
    where: Sequence[Any] = error.get("loc", ())
    name = ".".join(str(part) for part in where[1:]) or (str(where[0]) if where else "request")
    return f"{name}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _id_of(request: Request) -> str:
    return str(getattr(request.state, REQUEST_ID, ""))
