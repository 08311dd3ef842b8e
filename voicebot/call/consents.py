"""Who agreed to advertising calls: when, where, how, and whether at night as well.

Source:
    Network Act, article 50, paragraphs 1 (explicit consent), 3 (at night), 7 (result notice within 14 days) and
    8 (confirmed again every 2 years); Decree, articles 62-2 and 62-3.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

from voicebot.call.numbers import Persons, callable_number
from voicebot.call.records import Document, RecordStore
from voicebot.clock import Clock
from voicebot.disk import explained
from voicebot.errors import InputError, NotFoundError

KIND = "consent"
VALID_YEARS = 2
_TRUE = {"y", "yes", "true", "1", "예", "네", "동의", "o"}
_FALSE = {"", "n", "no", "false", "0", "아니요", "아니오", "미동의", "x"}


@dataclass(frozen=True)
class Consent:
    """One person's consent to advertising calls.

    Attributes:
        number: In E.164 form.
        day: The day of the consent, or of its last confirmation, as 2026-11-25.
        source: Where it was given, such as the name of a form or a campaign.
        channel: How: ``web``, ``app``, ``paper``, ``call``, ``store``, ...
        is_night: Whether calls from 21:00 to 08:00 were agreed to separately.
        notified_on: The day the result notice was sent, or an empty string.
    """

    number: str
    day: str
    source: str
    channel: str
    is_night: bool
    notified_on: str = ""

    @property
    def given_on(self) -> date:
        """Return the day."""
        return date.fromisoformat(self.day)

    @property
    def ends_on(self) -> date:
        """Return the first day on which it no longer counts."""
        return _years_later(self.given_on, VALID_YEARS)

    def counts_on(self, day: date) -> bool:
        """Return whether it counts on a Korean day; one that is dated later does not yet."""
        return self.given_on <= day < self.ends_on


class Consents:
    """The consents; a new one takes the place of the person's last.

    Args:
        records: Where they are kept.
        persons: Makes their keys.
        clock: When a record is made.
    """

    def __init__(self, records: RecordStore, persons: Persons, clock: Clock) -> None:
        self._records = records
        self._persons = persons
        self._clock = clock

    def put(self, consent: Consent) -> None:
        """Keep a consent; a confirmation of a known one keeps that the result notice was sent only for the same day."""

        def new(old: Document | None) -> Document:
            is_same = old is not None and old["day"] == consent.day
            notified = consent.notified_on or (old["notified_on"] if old and is_same else "")
            return asdict(replace(consent, notified_on=notified))

        self._records.change(KIND, self._persons.of(consent.number), self._clock.now(), new)

    def get(self, number: str) -> Consent | None:
        """Return a person's consent."""
        record = self._records.get(KIND, self._persons.of(number))
        return Consent(**record.document) if record else None

    def remove(self, number: str) -> bool:
        """Forget a consent; return whether there was one."""
        return self._records.delete(KIND, self._persons.of(number))

    def scan(self) -> Iterator[Consent]:
        """Yield the consents, in the order in which the persons came."""
        for record in self._records.scan(KIND):
            yield Consent(**record.document)

    def mark_notified(self, number: str, day: str) -> None:
        """Note that the result notice was sent.

        Raises:
            NotFoundError: There is no consent of this number.
        """
        consent = self.get(number)
        if consent is None:
            raise NotFoundError("there is no consent of this number", hint="voicebot consents list")
        self.put(replace(consent, notified_on=day))

    def purge(self, today: date) -> int:
        """Remove the consents that no longer count; return how many."""
        ended = [consent.number for consent in self.scan() if consent.ends_on <= today]
        return sum(self.remove(number) for number in ended)


@dataclass(frozen=True)
class Imported:
    """What a file brought.

    Attributes:
        added: Lines that were taken.
        problems: Why other lines were not, by line number; never the numbers themselves.
    """

    added: int
    problems: tuple[str, ...]


def build_consent(number: str, day: str, source: str, channel: str, night: str | bool, today: date) -> Consent:
    """Return a consent made of what a person wrote.

    Raises:
        InputError: One of the values cannot be; says which.
    """
    text = str(night).strip().lower()
    if text not in _TRUE | _FALSE:
        raise InputError("night must be yes or no")
    try:
        given = datetime.fromisoformat(day.strip()).date()
    except ValueError as exc:
        raise InputError("the date must be of the form 2026-11-25") from exc
    if given > today:
        raise InputError("the date is in the future")
    if not source.strip() or not channel.strip():
        raise InputError("a consent needs a source and a channel", hint="such as --source homepage --channel web")
    return Consent(callable_number(number), given.isoformat(), source.strip(), channel.strip(), text in _TRUE)


def import_consents(path: Path, consents: Consents, today: date, is_dry_run: bool = False) -> Imported:
    """Take consents from a CSV ``number,date,source,channel,night``.

    Raises:
        InputError: It is not such a file.
    """
    added, problems = 0, []
    for line, row in read_csv(path, ("number", "date", "source", "channel"), ("night",)):
        try:
            consent = build_consent(
                row["number"], row["date"], row["source"], row["channel"], row.get("night", ""), today
            )
        except InputError as exc:
            problems.append(f"line {line}: {exc.message}")
            continue
        if not is_dry_run:
            consents.put(consent)
        added += 1
    return Imported(added, tuple(problems))


def read_csv(
    path: Path, needed: Iterable[str], optional: Iterable[str] = (), *, may_have_more: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, row) of a CSV with a heading; values are stripped, empty lines passed over.

    Raises:
        InputError: A column is missing or unknown, or it is not UTF-8 text.
    """
    with explained(path):
        data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: is not UTF-8 text", hint="save it as CSV UTF-8") from exc
    reader = csv.DictReader(io.StringIO(text, newline=""))
    columns = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = columns
    needed, optional = list(needed), list(optional)
    missing = [name for name in needed if name not in columns]
    unknown = [] if may_have_more else [name for name in columns if name not in (*needed, *optional)]
    if missing or unknown:
        what = f"the column {missing[0]!r} is missing" if missing else f"there is an unknown column {unknown[0]!r}"
        raise InputError(f"{path}: {what}", hint=f"the first line is {','.join((*needed, *optional))}")
    for row in reader:
        values = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        if any(values.values()):
            yield reader.line_num, values


def _years_later(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
