"""The rules of the guard, one class each.

Source:
    What Korean law asks of outbound calls is told in docs/call.md, with the articles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from voicebot.call.guard.clean_list import MOST_DAYS, CleanList
from voicebot.call.guard.consents import Consents
from voicebot.call.guard.days import Days
from voicebot.call.guard.first_prompt import check_first_prompt
from voicebot.call.guard.guard import Refusal
from voicebot.call.guard.hours import is_quiet
from voicebot.call.guard.kept_records import KeptRecords
from voicebot.call.guard.optouts import OptOutList
from voicebot.call.guard.switch import KillSwitch
from voicebot.call.numbers import COUNTRY_CODE, LONGEST_RUN, Persons, callable_number, neighbours
from voicebot.call.plan import PURPOSES, CallPlan
from voicebot.errors import InputError

SHORTEST_S, LONGEST_S = 30, 1800
"""What a call's maximum length may be."""


@dataclass(frozen=True)
class SwitchRule:
    """Nobody has stopped all calls."""

    name: ClassVar[str] = "stop-all"
    switch: KillSwitch

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse while the kill switch is on."""
        if not self.switch.is_on():
            return None
        return Refusal(self.name, "all calls are stopped", "voicebot stop --lift", is_for_all=True, is_passing=True)


@dataclass(frozen=True)
class RecordsRule:
    """What is known here about people is still there: refusals, consents, how often they were called."""

    name: ClassVar[str] = "records"
    kept: KeptRecords

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse everything where the records were lost, or no longer fit the key that stands for people."""
        problem = self.kept.problem()
        if problem is None:
            return None
        return Refusal(self.name, *problem, is_for_all=True, is_passing=True)


@dataclass(frozen=True)
class PurposeRule:
    """The purpose is one that the law knows."""

    name: ClassVar[str] = "purpose"

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse any other."""
        if plan.purpose in PURPOSES:
            return None
        return Refusal(self.name, "a call is a service call or advertising", "--purpose service or ad", is_for_all=True)


@dataclass(frozen=True)
class NumberRule:
    """The number is one at which a person can be called."""

    name: ClassVar[str] = "number"

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse emergency, short, service and foreign numbers, and any that are not in E.164 form."""
        try:
            is_good = callable_number(plan.number) == plan.number
        except InputError as exc:
            return Refusal(self.name, exc.message, exc.hint or "")
        return None if is_good else Refusal(self.name, "it is not in E.164 form")


@dataclass(frozen=True)
class OptOutRule:
    """The person has not refused calls: in a call, by a key, or to somebody here."""

    name: ClassVar[str] = "opt-out"
    opt_outs: OptOutList

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse whoever is on the list, whatever the purpose."""
        return Refusal(self.name, "this person refused calls") if self.opt_outs.has(plan.number) else None


@dataclass(frozen=True)
class ConsentRule:
    """Advertising has the person's explicit consent, not older than two years."""

    name: ClassVar[str] = "consent"
    consents: Consents

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse advertising without one."""
        if plan.purpose != "ad":
            return None
        consent = self.consents.get(plan.number)
        if consent is None:
            return Refusal(self.name, "there is no consent to advertising calls", "voicebot consents add, or import")
        if not consent.counts_on(now.date()):
            return Refusal(self.name, "the consent is older than two years", "ask again, then: voicebot consents add")
        return None


@dataclass(frozen=True)
class CleanListRule:
    """Advertising goes to numbers that the do-not-call registry cleared within the last 30 days."""

    name: ClassVar[str] = "do-not-call"
    clean_list: CleanList

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse advertising to any other."""
        if plan.purpose != "ad":
            return None
        age = now.date() - self.clean_list.checked_on()
        if age < timedelta(0) or age > timedelta(days=MOST_DAYS):
            said = (
                "is dated in the future" if age < timedelta(0) else f"is {age.days} days old; {MOST_DAYS} are allowed"
            )
            return Refusal(self.name, f"the do-not-call file {said}", "ask donotcall.go.kr again", is_for_all=True)
        if not self.clean_list.has(plan.number):
            return Refusal(self.name, "the do-not-call registry has not cleared this number")
        return None


@dataclass(frozen=True)
class QuietHoursRule:
    """Nobody is called from 21:00 to 08:00: advertising only with a consent of its own, service calls only with a reason."""

    name: ClassVar[str] = "quiet-hours"
    consents: Consents
    is_simulated: bool = False

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse calls in the quiet hours."""
        if not is_quiet(now):
            return None
        message = f"it is {now:%H:%M:%S} in Korea; calls go out from 08:00:00 until 20:59:59"
        if plan.purpose != "ad":
            if plan.night_reason.strip():
                return None
            hint = 'say why it cannot wait: --night-reason "..."; the reason is logged'
            if self.is_simulated:
                hint += f'; or hold this simulated call at another time: --at "{now:%Y-%m-%d} 10:00"'
            return Refusal(self.name, message, hint, is_for_all=True, is_passing=True)
        consent = self.consents.get(plan.number)
        if consent is not None and consent.is_night and consent.counts_on(now.date()):
            return None
        return Refusal(self.name, message, "call after 08:00", is_passing=True)


@dataclass(frozen=True)
class CallerIdRule:
    """The number that is shown is one of the instance's own."""

    name: ClassVar[str] = "caller-id"
    own_numbers: Callable[[], frozenset[str]]

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse any other."""
        if plan.caller_id and plan.caller_id in self.own_numbers():
            return None
        return Refusal(
            self.name,
            "the caller id is not a number of this instance",
            "set call.caller_id to one that it has claimed",
            is_for_all=True,
        )


@dataclass(frozen=True)
class FirstPromptRule:
    """The first prompt says who calls, why, that it is an AI, that it records, and how to refuse."""

    name: ClassVar[str] = "first-prompt"
    company: str

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse a prompt that lacks any of it."""
        found = check_first_prompt(plan.intro, self.company, plan.purpose, plan.about, plan.message)
        if not found:
            return None
        fixes = "; ".join(finding.fix for finding in found if finding.fix)
        return Refusal(self.name, ", ".join(finding.message for finding in found), f"add: {fixes}", is_for_all=True)


@dataclass(frozen=True)
class LengthRule:
    """The call has a maximum length."""

    name: ClassVar[str] = "length"

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse a call without a sensible one."""
        if SHORTEST_S <= plan.max_length_s <= LONGEST_S:
            return None
        return Refusal(self.name, f"the maximum length must be {SHORTEST_S} to {LONGEST_S} s", is_for_all=True)


@dataclass(frozen=True)
class GeneratedRule:
    """The number does not follow on others that were called today: nobody counts through numbers, call by call."""

    name: ClassVar[str] = "generated"
    days: Days
    persons: Persons

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Refuse the third number in a row."""
        day = now.date().isoformat()
        in_a_row = sum(self._called(side, day) for side in neighbours(plan.number))
        if in_a_row < LONGEST_RUN:
            return None
        return Refusal(self.name, "it is the third number in a row today; ranges are not called")

    def _called(self, side: tuple[str, ...], day: str) -> int:
        """Return how many of the numbers on one side were called today, without a gap."""
        count = 0
        for number in side:
            if not self.days.tokens(self.persons.of(number), day):
                break
            count += 1
        return count


def overseas_warning(caller_id: str) -> str:
    """Return a warning where carriers would announce a call from abroad, or an empty string."""
    if not caller_id or caller_id.startswith(f"+{COUNTRY_CODE}"):
        return ""
    return "the caller id is not Korean: carriers announce the call as one from abroad"
