"""What the law asks to be done about people who agreed to calls or refused them, and by when.

Source:
    Network Act, article 50, paragraph 7, and Decree, article 62-2 (tell the result within 14 days of a consent, a refusal
    or a withdrawal); paragraph 8 and article 62-3 (confirm a consent every 2 years).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from voicebot.call.guard.consents import Consents
from voicebot.call.guard.hours import SeoulTime
from voicebot.call.guard.optouts import OptOutList
from voicebot.call.numbers import callable_number
from voicebot.errors import NotFoundError

NOTICE_DAYS = 14
AHEAD_DAYS = 30
"""So many days before a consent ends it is time to ask again."""

What = Literal["result notice: refusal", "result notice: consent", "confirm consent"]


@dataclass(frozen=True)
class Duty:
    """One thing that is due.

    Attributes:
        what: What has to be done.
        number: To whom, in E.164 form.
        since: The day of the refusal or consent.
        due_on: The last day.
        is_overdue: Whether that day is over.
    """

    what: What
    number: str
    since: str
    due_on: str
    is_overdue: bool


class Duties:
    """Finds what is due.

    Args:
        opt_outs: Who refused.
        consents: Who agreed.
        time: The day in Korea.
    """

    def __init__(self, opt_outs: OptOutList, consents: Consents, time: SeoulTime) -> None:
        self._opt_outs = opt_outs
        self._consents = consents
        self._time = time

    def due(self) -> list[Duty]:
        """Return everything that is due, the most pressing first."""
        return sorted([*self._refusals(), *self._consents_given()], key=lambda duty: (duty.due_on, duty.number))

    def mark_notified(self, number: str, *, is_dry_run: bool = False) -> list[str]:
        """Note that a person was told the results today; return what of.

        Raises:
            NotFoundError: No result notice is due to this number.
        """
        number, today = callable_number(number), self._time.now().date().isoformat()
        marked = []
        if any(entry.number == number and not entry.notified_on for entry in self._opt_outs.scan()):
            marked.append("refusal")
            if not is_dry_run:
                self._opt_outs.mark_notified(number, today)
        consent = self._consents.get(number)
        if consent is not None and not consent.notified_on:
            marked.append("consent")
            if not is_dry_run:
                self._consents.mark_notified(number, today)
        if not marked:
            raise NotFoundError("no result notice is due to this number", hint="voicebot consents due")
        return marked

    def _refusals(self) -> Iterator[Duty]:
        today = self._time.now().date()
        for entry in self._opt_outs.scan():
            if not entry.notified_on:
                since = self._time.at(entry.added_at_s).date()
                yield _duty("result notice: refusal", entry.number, since, since + timedelta(days=NOTICE_DAYS), today)

    def _consents_given(self) -> Iterator[Duty]:
        today = self._time.now().date()
        for consent in self._consents.scan():
            since = consent.given_on
            if not consent.notified_on:
                due_on = since + timedelta(days=NOTICE_DAYS)
                yield _duty("result notice: consent", consent.number, since, due_on, today)
            last_day = consent.ends_on - timedelta(days=1)
            if last_day - today <= timedelta(days=AHEAD_DAYS):
                yield _duty("confirm consent", consent.number, since, last_day, today)


def _duty(what: What, number: str, since: date, due_on: date, today: date) -> Duty:
    return Duty(what, number, since.isoformat(), due_on.isoformat(), due_on < today)
