"""The guard: no call goes out that it has not looked at in the moment of dialling.

It fails closed. Whatever it cannot check (an unknown zone, a clock that shows nonsense, a list that cannot be read, a
store that does not answer) forbids the call. Nothing switches it off.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from voicebot.call.guard.audit import AuditLog, Event
from voicebot.call.guard.days import Days
from voicebot.call.guard.hours import SeoulTime
from voicebot.call.plan import CallPlan
from voicebot.errors import RefusedError, VoicebotError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refusal:
    """Why a call may not go out.

    Attributes:
        rule: The rule's name.
        message: What is wrong, without the number.
        hint: What to do about it.
        is_for_all: True when it would meet every other call of the kind just now.
        is_passing: True when the same call may be placed later.
    """

    rule: str
    message: str
    hint: str = ""
    is_for_all: bool = False
    is_passing: bool = False


class CallRefused(RefusedError):
    """The guard forbade a call.

    Args:
        refusals: Why, at least one.
    """

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        first = refusals[0]
        more = f", and {len(refusals) - 1} more" if len(refusals) > 1 else ""
        super().__init__(f"the call is not placed: {first.rule}: {first.message}{more}", hint=first.hint or None)
        self.refusals = tuple(refusals)


class Rule(Protocol):
    """One rule."""

    @property
    def name(self) -> str:
        """Return what refusals and the audit log call it."""
        ...

    def check(self, plan: CallPlan, now: datetime) -> Refusal | None:
        """Return why a call may not go out at this moment in Korea; None when this rule allows it."""
        ...


class Guard:
    """Looks at calls.

    Args:
        rules: What must hold, the gravest first.
        time: What time it is in Korea.
        days: How often a person was called.
        max_per_day: How often a person may be.
        audit: Is told of each refusal and each dial.
    """

    def __init__(self, rules: Sequence[Rule], time: SeoulTime, days: Days, max_per_day: int, audit: AuditLog) -> None:
        self._rules = tuple(rules)
        self._time = time
        self._days = days
        self._max_per_day = max_per_day
        self._audit = audit

    def review(self, plan: CallPlan, token: str) -> list[Refusal]:
        """Return why a call would not be placed now; changes and writes nothing."""
        try:
            now = self._time.now()
        except Exception as exc:
            return [_unchecked("clock", exc)]
        refusals = [refusal for rule in self._rules if (refusal := _checked(rule, plan, now))]
        try:
            others = [each for each in self._days.tokens(plan.person, _day(now)) if each != token]
        except Exception as exc:
            return [*refusals, _unchecked("repeats", exc)]
        return [*refusals, self._too_often()] if len(others) >= self._max_per_day else refusals

    def permit(self, plan: CallPlan, token: str) -> None:
        """Return when the call may be dialled in this moment; the dial is in the audit log then.

        Args:
            plan: The call.
            token: The call's token, which may be of an earlier day when it is taken up again.

        Raises:
            CallRefused: It may not; that is in the audit log as well.
            StorageError: The audit log cannot be written; the call may not be placed.
        """
        refusals = self.review(plan, token)
        if not refusals and (one_too_many := self._take(plan, token)):
            refusals.append(one_too_many)
        if refusals:
            self.note_refusal(plan, token, refusals)
            raise CallRefused(refusals)
        self._write("dial", plan, token, plan.night_reason)

    def note_refusal(self, plan: CallPlan, token: str, refusals: Sequence[Refusal]) -> None:
        """Write a refusal to the audit log."""
        rules = tuple(refusal.rule for refusal in refusals)
        self._write("refused", plan, token, refusals[0].message, rules)

    def note_failure(self, plan: CallPlan, token: str, error: VoicebotError) -> None:
        """Write to the audit log that a dial came to nothing."""
        self._write("failed", plan, token, error.message)

    def _write(self, event: Event, plan: CallPlan, token: str, detail: str, rules: tuple[str, ...] = ()) -> None:
        self._audit.append(
            event,
            person=plan.person,
            purpose=plan.purpose,
            campaign=plan.campaign,
            token=token,
            rules=rules,
            detail=detail,
        )

    def _take(self, plan: CallPlan, token: str) -> Refusal | None:
        """Count the call in the person's day."""
        try:
            is_taken = self._days.take(plan.person, _day(self._time.now()), token, self._max_per_day)
        except Exception as exc:
            return _unchecked("repeats", exc)
        return None if is_taken else self._too_often()

    def _too_often(self) -> Refusal:
        times = "once" if self._max_per_day == 1 else f"{self._max_per_day} times"
        return Refusal("repeats", f"this person was called {times} today", "call again tomorrow", is_passing=True)


def _checked(rule: Rule, plan: CallPlan, now: datetime) -> Refusal | None:
    try:
        return rule.check(plan, now)
    except Exception as exc:
        return _unchecked(rule.name, exc)


def _unchecked(rule: str, exc: Exception) -> Refusal:
    """Return the refusal of a rule that could not be checked: no call."""
    if isinstance(exc, VoicebotError):
        return Refusal(rule, exc.message, exc.hint or "", is_for_all=True, is_passing=True)
    _log.error("the rule %s cannot be checked: %s", rule, type(exc).__name__)
    return Refusal(rule, f"it cannot be checked ({type(exc).__name__})", is_for_all=True, is_passing=True)


def _day(now: datetime) -> str:
    return now.date().isoformat()
