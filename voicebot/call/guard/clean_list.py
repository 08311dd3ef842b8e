"""The list that the do-not-call registry (두낫콜, donotcall.go.kr) gives back: the numbers that may be called.

The registry has no interface for programs: a telemarketer uploads the numbers and downloads those that did not register.
The file's first line says on which day that was::

    # checked 2026-11-20
    +821012345678

Source:
    Door-to-Door Sales Act, article 42, paragraph 2; at least monthly by the notice of the Fair Trade Commission.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from voicebot.call.numbers import callable_number
from voicebot.disk import explained
from voicebot.errors import ConfigError, InputError

MOST_DAYS = 30

_HEADING = re.compile(r"#\s*checked\s+(\d{4}-\d{2}-\d{2})\s*")
_FORM = "the first line is: # checked 2026-11-25; then one number a line"


@dataclass(frozen=True)
class _Read:
    stamp: tuple[int, int]
    checked_on: date
    numbers: frozenset[str]


class CleanList:
    """The file; it is read again whenever it has changed.

    Args:
        path: The file, or None where there is none.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._read: _Read | None = None

    @cached_property
    def path(self) -> Path:
        """The file.

        Raises:
            ConfigError: None is set.
        """
        if self._path is None:
            raise ConfigError(
                "advertising needs call.clean_list, the file that the do-not-call registry gave back",
                hint="upload your numbers at donotcall.go.kr; docs/call.md says how",
            )
        return self._path.expanduser()

    def checked_on(self) -> date:
        """Return the day of the check.

        Raises:
            ConfigError: There is no file, or it is not of the form.
        """
        return self._load().checked_on

    def has(self, number: str) -> bool:
        """Return whether a number may be called.

        Raises:
            ConfigError: There is no file, or it is not of the form.
        """
        return number in self._load().numbers

    def _load(self) -> _Read:
        with explained(self.path):
            status = self.path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if self._read is None or self._read.stamp != stamp:
                self._read = self._parse(stamp, self.path.read_bytes())
        return self._read

    def _parse(self, stamp: tuple[int, int], data: bytes) -> _Read:
        try:
            lines = data.decode("utf-8-sig").splitlines()
            heading = _HEADING.fullmatch(lines[0].strip()) if lines else None
            if heading is None:
                raise ConfigError(f"{self.path}: does not say when the registry was asked", hint=_FORM)
            checked_on = date.fromisoformat(heading[1])
        except ValueError as exc:
            raise ConfigError(f"{self.path}: is not UTF-8 text with a date in its first line", hint=_FORM) from exc
        numbers = set()
        for count, line in enumerate(lines[1:], 2):
            if line.strip():
                try:
                    numbers.add(callable_number(line))
                except InputError as exc:
                    raise ConfigError(f"{self.path}: line {count}: {exc.message}", hint=_FORM) from exc
        return _Read(stamp, checked_on, frozenset(numbers))
