"""Who may use the gateway, for what and how much: a file that is read again when it changes.

The file is YAML, a name and what it stands for on each entry::

    shop:
      token: [the-new-one, the-old-one]    # or just one; during a change both are good
      may: [speech, chat]                  # of speech, chat, call, metrics; all of them when left out
      requests_per_minute: 60              # limits of its own instead of those in the settings
    prometheus:
      token: another-one
      may: [metrics]
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

import yaml
from pydantic import Field, SecretStr, TypeAdapter, ValidationError, field_validator

from voicebot.disk import explained
from voicebot.errors import ConfigError, VoicebotError
from voicebot.settings.base import Slice
from voicebot.settings.gateway_server import GatewayServerSettings
from voicebot.settings.web import WebSettings
from voicebot.web.frame.auth import Tokens

Right = Literal["speech", "chat", "call", "metrics"]

LOOK_EVERY_S = 1.0
_MAX_BYTES = 1_000_000
_HINT = "see the example in docs/gateway.md"

_log = logging.getLogger(__name__)


class Holder(Slice):
    """Who has a token: what for, and limits where they differ from the settings'."""

    token: tuple[SecretStr, ...] = Field(min_length=1, max_length=10)
    may: frozenset[Right] = frozenset(get_args(Right))
    requests_per_minute: int | None = Field(None, ge=1)
    concurrent: int | None = Field(None, ge=1)
    characters_per_day: int | None = Field(None, ge=0)
    calls_per_day: int | None = Field(None, ge=0)

    @field_validator("token", mode="before")
    @classmethod
    def _one(cls, value: object) -> object:
        """Take one token for a list of one."""
        return (value,) if isinstance(value, str) else value

    def within(self, settings: GatewayServerSettings) -> Holder:
        """Return the holder with every limit filled in."""
        names = ("requests_per_minute", "concurrent", "characters_per_day", "calls_per_day")
        missing = {name: getattr(settings, name) for name in names if getattr(self, name) is None}
        return self.model_copy(update=missing)


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
_FILE: TypeAdapter[dict[Name, Holder]] = TypeAdapter(dict[Name, Holder])


class TokenBook:
    """The tokens of the settings and of the file. A file that has become unusable leaves those that were good.

    Args:
        web: Has a token of its own, by the name "web".
        settings: Where the file is, and the limits of whoever has none.
        timer: A monotonic timer in seconds.

    Raises:
        VoicebotError: The file cannot be used.
    """

    def __init__(
        self, web: WebSettings, settings: GatewayServerSettings, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._own = {"web": Holder(token=(web.token,))} if web.token else {}
        self._settings = settings
        self._timer = timer
        self._seen = self._state()
        self._take(self._read())
        self._look_at_s = timer() + LOOK_EVERY_S

    def __bool__(self) -> bool:
        return bool(self._holders)

    def name_of(self, token: str) -> str | None:
        """Return the name of whoever has a token, or None."""
        self._look()
        found = self._tokens.name_of(token)
        return found.partition("/")[0] if found else None

    def name_of_cookie(self, value: str) -> str | None:
        """Return None: programs have no cookies."""
        return None

    def holder(self, name: str) -> Holder | None:
        """Return who has a token by that name, with all limits; None when nobody does any more."""
        return self._holders.get(name)

    def _look(self) -> None:
        """Read the file again if it has changed, at most once in a while."""
        if self._timer() < self._look_at_s:
            return
        self._look_at_s = self._timer() + LOOK_EVERY_S
        seen = self._state()
        if seen == self._seen:
            return
        self._seen = seen
        try:
            self._take(self._read())
        except VoicebotError as exc:
            _log.error("the tokens are left as they were: %s", exc.message)
        else:
            _log.warning("the tokens have been read again: %d names", len(self._holders))

    def _state(self) -> tuple[int, ...]:
        path = self._settings.tokens_file
        if path is None:
            return ()
        try:
            found = path.expanduser().stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> dict[str, Holder]:
        path = self._settings.tokens_file
        if path is None:
            return {}
        with explained(path), path.expanduser().open("rb") as file:
            data = file.read(_MAX_BYTES)
        return parse_tokens(data, path)

    def _take(self, named: Mapping[str, Holder]) -> None:
        holders = {**named, **self._own}
        tokens = Tokens({
            f"{name}/{number}": token for name, one in holders.items() for number, token in enumerate(one.token)
        })  # fmt: skip
        self._holders = {name: one.within(self._settings) for name, one in holders.items()}
        self._tokens = tokens


def parse_tokens(data: bytes, path: Path) -> dict[str, Holder]:
    """Return who has tokens, by name.

    Args:
        data: The file.
        path: Its name, for the error.

    Raises:
        ConfigError: It is not such a file; nothing that stands in it is repeated.
    """
    try:
        holders = _FILE.validate_python(yaml.safe_load(data))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as exc:
        raise ConfigError(f"{path}: is not YAML", hint=_HINT) from exc
    except ValidationError as exc:
        first = exc.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{path}: {where or 'the file'}: {first['msg']}", hint=_HINT) from None
    if not holders:
        raise ConfigError(f"{path}: has no tokens", hint=_HINT)
    return holders
