"""What a provider's refusal means, in words of our own.

A provider's message is never passed on, because it may repeat the text that was sent or part of a key: only codes,
names of fields and request numbers are.
"""

import email.utils
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit

from voicebot.errors import ConfigError, EngineError, VoicebotError, VoiceNotFoundError

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_CODE_NAMES = ("code", "status", "type", "error_type", "error", "detail")
_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-trace-id", "trace-id", "minimax-request-id", "x-amzn-requestid")
_RETRY_AFTER_MAX_S = 3600.0


class Kind(Enum):
    """What is wrong."""

    KEY = "the key was refused"
    FORBIDDEN = "the account may not do this"
    QUOTA = "the account has no credit left"
    VOICE = "there is no such voice"
    MODEL = "there is no such model"
    ADDRESS = "there is nothing at this address"
    REQUEST = "the request was refused"
    TEXT = "the provider refuses to say this text"
    TOO_LONG = "the text is too long for one request"
    RATE = "too many requests in a short time"
    CONCURRENCY = "too many requests at the same time"
    BUSY = "the server is overloaded"
    SETUP = "the server is not set up for it"
    SERVER = "the server failed"


RETRYABLE = frozenset({Kind.RATE, Kind.CONCURRENCY, Kind.BUSY, Kind.SERVER})

_BY_STATUS: Mapping[int, Kind] = {
    401: Kind.KEY,
    402: Kind.QUOTA,
    403: Kind.FORBIDDEN,
    404: Kind.ADDRESS,
    408: Kind.BUSY,
    413: Kind.TOO_LONG,
    425: Kind.BUSY,
    429: Kind.RATE,
    499: Kind.BUSY,
    501: Kind.SETUP,
    503: Kind.BUSY,
    529: Kind.BUSY,
}


@dataclass(frozen=True)
class Problem:
    """A refusal as it came.

    Args:
        status: The HTTP status, 0 when there is none.
        headers: The reply's headers, with lower-case names.
        body: The reply's body, or its beginning.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    def codes(self) -> list[str]:
        """Return the error codes in a JSON body, the most telling first; none when it has none."""
        try:
            tree = json.loads(self.body)
        except ValueError:
            return []
        return list(dict.fromkeys(_codes(tree)))

    def is_about_voice(self) -> bool:
        """Return whether the body complains of the field that names the voice."""
        try:
            tree = json.loads(self.body)
            error = tree.get("error") or tree.get("detail")
            entry = error[0] if isinstance(error, list) else error
            where = entry.get("param") or entry.get("loc", [""])[-1]
        except (ValueError, AttributeError, LookupError, TypeError):
            return False
        return str(where).endswith(("voice", "voice_id", "voice.id"))

    def fields(self) -> str:
        """Return the fields that a FastAPI server complains of ("body.voice: missing"), or nothing."""
        try:
            detail = json.loads(self.body)["detail"]
            return ", ".join(filter(None, (_field(entry) for entry in detail[:3])))
        except (ValueError, KeyError, TypeError):
            return ""


@dataclass(frozen=True)
class Words:
    """How one engine's problems are told.

    Args:
        engine: Its name.
        key: Where its key comes from: an environment name.
        kinds: What the provider's own codes mean; they count more than the status.
        model_setting: The setting of the model.
        voice_statuses: Statuses that mean an unknown voice where one was asked for.
    """

    engine: str
    key: str = ""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    model_setting: str = "model"
    voice_statuses: frozenset[int] = frozenset()

    def error(self, problem: Problem, voice: str | None = None) -> VoicebotError:
        """Return the error that a problem becomes.

        Args:
            problem: What came back.
            voice: The voice that was asked for.
        """
        codes = problem.codes()
        known = [code for code in codes if code in self.kinds]
        if known:
            kind = self.kinds[known[0]]
        elif voice and (problem.is_about_voice() or problem.status in self.voice_statuses):
            kind = Kind.VOICE
        else:
            kind = self.kind_of(problem.status)
        status = f"HTTP {problem.status}" if problem.status else ""
        number = _request_id(problem.headers)
        told = [status, *(known or codes)[:1], problem.fields(), f"request {number}" if number else ""]
        return self.told(kind, ", ".join(filter(None, told)), retry_after_s(problem.headers), voice)

    def told(
        self, kind: Kind, details: str = "", after_s: float | None = None, voice: str | None = None
    ) -> VoicebotError:
        """Return the error of a kind."""
        about = f" ({details})" if details else ""
        if kind is Kind.KEY:
            return ConfigError(f"{self.engine}: {kind.value}{about}", hint=self._key_hint())
        if kind is Kind.VOICE:
            return VoiceNotFoundError(self.engine, voice, about)
        is_retryable = kind in RETRYABLE
        return EngineError(
            f"{kind.value}{about}",
            engine=self.engine,
            retryable=is_retryable,
            retry_after_s=after_s if is_retryable else None,
            hint=self._hint(kind, after_s),
        )

    def kind_of(self, status: int) -> Kind:
        """Return what a status means by itself."""
        return _BY_STATUS.get(status, Kind.SERVER if status >= 500 else Kind.REQUEST)

    def other_server(self, problem: str) -> EngineError:
        """Return the error of an answer that a server of this kind does not give."""
        hint = f"check the address under tts.{self.engine}: is it the speech server's?"
        return EngineError(problem, engine=self.engine, retryable=False, hint=hint)

    def not_audio(self, content_type: str) -> EngineError:
        """Return the error of an answer that is no audio."""
        return self.other_server(f"the server answered {content_type or 'something'} instead of audio")

    def no_audio(self) -> EngineError:
        """Return the error of an answer without audio."""
        return EngineError("no audio came back", engine=self.engine, retryable=True, hint="try again")

    def broken(self) -> EngineError:
        """Return the error of a connection that ended too soon."""
        return EngineError(
            "the connection broke", engine=self.engine, retryable=True, hint="try again; look at the network"
        )

    def unreachable(self, url: str) -> EngineError:
        """Return the error of a server that takes no connection."""
        return EngineError(
            f"cannot connect ({origin(url)})",
            engine=self.engine,
            retryable=True,
            hint="check that the server runs and that the address is right",
        )

    def no_key(self) -> ConfigError:
        """Return the error of a key that is not set."""
        return ConfigError(f"{self.engine}: there is no key", hint=self._key_hint())

    def _key_hint(self) -> str:
        return f"set {self.key} to a valid key" if self.key else f"check the settings under tts.{self.engine}"

    def _hint(self, kind: Kind, after_s: float | None) -> str:
        wait = f"wait {after_s:g} s" if after_s is not None else "wait a little"
        return {
            Kind.FORBIDDEN: "give the key or role the right to speak, and check that your country and plan allow it",
            Kind.QUOTA: "add credit at the provider, or use another engine",
            Kind.MODEL: f"set tts.{self.engine}.{self.model_setting} to a model that the provider still has",
            Kind.ADDRESS: f"check the address, the model and the voice under tts.{self.engine}",
            Kind.REQUEST: f"check the voice, the model and the other settings under tts.{self.engine}",
            Kind.TEXT: "say it in other words, or use another engine",
            Kind.TOO_LONG: "lower tts.chunk_max_chars",
            Kind.RATE: f"{wait}, or lower tts.parallel_chunks",
            Kind.CONCURRENCY: f"{wait}, or lower tts.parallel_chunks",
            Kind.BUSY: f"{wait} and try again, or use another engine",
            Kind.SETUP: "a key or a package is missing there; set it up, or use another engine",
            Kind.SERVER: "try again, or use another engine",
        }[kind]


def origin(url: str) -> str:
    """Return an address without its path, which may hold a name or a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Return how long a Retry-After header says to wait, in seconds; it may give a number or a date."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), _RETRY_AFTER_MAX_S) if seconds == seconds else None


def _codes(tree: object) -> Iterator[str]:
    """Yield what looks like a code under the names that providers use, outer objects first."""
    if isinstance(tree, dict):
        for name in _CODE_NAMES:
            value = tree.get(name)
            if isinstance(value, str) and _CODE.fullmatch(value):
                yield value
        for name in ("detail", "error", "base_resp"):
            if isinstance(tree.get(name), dict):
                yield from _codes(tree[name])


def _field(entry: object) -> str:
    if not isinstance(entry, dict):
        return ""
    where = [str(part) for part in entry.get("loc", ()) if isinstance(part, int) or _FIELD.fullmatch(str(part))]
    kind = str(entry.get("type", ""))
    return ": ".join(filter(None, (".".join(where), kind if _CODE.fullmatch(kind) else "")))


def _request_id(headers: Mapping[str, str]) -> str:
    found = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), "")
    return found if _CODE.fullmatch(found) else ""
