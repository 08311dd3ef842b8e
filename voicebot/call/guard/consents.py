"""Who agreed to advertising calls: when, where, how, and whether at night as well.

Source:
    Network Act, article 50, paragraphs 1 (explicit consent), 3 (at night), 7 (result notice within 14 days) and
    8 (confirmed again every 2 years); Decree, articles 62-2 and 62-3.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

from voicebot.call.numbers import Persons, callable_number
from voicebot.call.records import Document, RecordStore
from voicebot.clock import Clock
from voicebot.csv_file import read_sheet
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
    for line, row in read_sheet(path, ("number", "date", "source", "channel"), ("night",)):
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


def _years_later(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
