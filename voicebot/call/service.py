"""Outbound calls: planned, looked at by the guard, placed, followed and stopped. The same on both backends."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

from voicebot.call.contact_file import check_campaign_name
from voicebot.call.guard.audit import AuditLog
from voicebot.call.guard.guard import CallRefused, Guard, Refusal
from voicebot.call.guard.hours import SeoulTime, is_quiet, next_change
from voicebot.call.guard.rules import FirstPromptRule, overseas_warning
from voicebot.call.guard.switch import KillSwitch, Pace
from voicebot.call.intro import IntroWriter
from voicebot.call.numbers import Persons, callable_number
from voicebot.call.plan import CallPlan, Dialer, Purpose
from voicebot.call.status.log import CallLog, LoggedCall, Webhook
from voicebot.clock import Clock
from voicebot.errors import ConfigError, InputError, NotFoundError, VoicebotError
from voicebot.flow.result import CallResult
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean
from voicebot.settings.call import CallSettings

_log = logging.getLogger(__name__)

MakeClip = Callable[[str, str], str]
"""From an engine and a text to the URL of the clip that says it."""

_FOLLOW_PAUSE_S = 2.0
_LONGEST_CALL_S = 24 * 3600.0
_GRACE_S = 60.0
"""So much longer than it may last a call is left to end by itself."""


@dataclass(frozen=True)
class CallRequest:
    """What somebody wants to have called; what is left out is taken from the settings.

    Attributes:
        number: As a person writes it.
        purpose: ``service`` or ``ad``.
        engine: Speaks the intro and live answers.
        name: How the person is addressed.
        about: What the call is about, as a noun.
        intro: The first prompt, instead of one written here.
        message: What is said once the person has time.
        attempt: 2 calls the same person a second time on the same day.
        campaign: Whose call it is.
        night_reason: Why a service call must go out in the quiet hours.
    """

    number: str
    purpose: Purpose
    engine: str | None = None
    name: str = ""
    about: str | None = None
    intro: str | None = None
    message: str = ""
    attempt: int = 1
    campaign: str = ""
    night_reason: str = ""


@dataclass(frozen=True)
class Preview:
    """What would happen if calls were placed now.

    Attributes:
        count: How many would be.
        refused: Why the others would not, by their place in the list, from 0.
        is_open: Whether calls may go out at this time of day.
        window: The same in words.
        takes_s: How long it takes to dial them all at the rate that is set.
        cost_usd: The most that talking can cost; None when the price of a minute is not set.
        warnings: What to know before.
    """

    count: int
    refused: dict[int, tuple[Refusal, ...]]
    is_open: bool
    window: str
    takes_s: float
    cost_usd: float | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Placed:
    """A call that is placed.

    Attributes:
        call: What the log says of it.
        is_new: False when the same plan had been placed before; nobody was called again.
        held: The whole call, where it was held on this machine just now.
    """

    call: LoggedCall
    is_new: bool
    held: CallResult | None = None


class CallService:
    """Places calls, and knows what became of them.

    Args:
        settings: The part of outbound calls.
        intros: Writes first prompts.
        persons: Stands for numbers.
        guard: Looks at each call.
        dialer: Places it.
        make_clip: Synthesises the intro.
        log: Remembers it.
        switch: The kill switch.
        pace: The rate.
        audit: The audit log.
        clock: The time.
        caller_id: The number that is shown.
        is_free: True where calls cost nothing.
        engine: Speaks where a request does not say who.
        engines: All that may.
        webhook: Wants to know what becomes of calls, or None.
    """

    def __init__(
        self,
        settings: CallSettings,
        intros: IntroWriter,
        persons: Persons,
        guard: Guard,
        dialer: Dialer,
        make_clip: MakeClip,
        log: CallLog,
        switch: KillSwitch,
        pace: Pace,
        audit: AuditLog,
        clock: Clock,
        caller_id: str,
        is_free: bool,
        engine: str,
        engines: Iterable[str],
        webhook: Webhook | None = None,
    ) -> None:
        self.log = log
        self.switch = switch
        self._settings = settings
        self._intros = intros
        self._persons = persons
        self._guard = guard
        self._dialer = dialer
        self._make_clip = lru_cache(maxsize=256)(make_clip)
        self._pace = pace
        self._audit = audit
        self._clock = clock
        self._time = SeoulTime(clock)
        self._caller_id = caller_id
        self._is_free = is_free
        self._engine = engine
        self._engines = tuple(engines)
        self._webhook = webhook

    def plan(self, request: CallRequest) -> CallPlan:
        """Return the call that a request asks for; nobody is called yet.

        Raises:
            InputError: The number, the name, the intro or the engine cannot be.
        """
        number = callable_number(request.number)
        engine = request.engine or self._engine
        if engine not in self._engines:
            known = ", ".join(sorted(self._engines))
            raise InputError(f"there is no speech engine {engine!r}", hint=f"the engines are: {known}")
        if request.attempt < 1:
            raise InputError("attempts count from 1")
        check_campaign_name(request.campaign)
        about = request.about if request.about is not None else self._settings.about
        if request.intro is not None:
            intro = self._intros.check(request.intro, request.purpose, about)
        else:
            intro = self._intros.write(request.name, request.purpose, about)
        return CallPlan(
            number=number,
            person=self._persons.of(number),
            purpose=request.purpose,
            engine=engine,
            name=request.name.strip(),
            about=about,
            intro=intro.text,
            message=clean(request.message),
            caller_id=self._caller_id,
            day=self._time.now().date().isoformat(),
            attempt=request.attempt,
            campaign=request.campaign,
            night_reason=mask(clean(request.night_reason)),
            max_length_s=self._settings.max_length_s,
        )

    def check_prompt(self, plan: CallPlan) -> None:
        """Return when the first prompt of a call may be played.

        Raises:
            CallRefused: It lacks something; that is in the audit log.
        """
        refusal = FirstPromptRule(self._intros.company).check(plan, self._time.now())
        if refusal:
            self._guard.note_refusal(plan, plan.token, [refusal])
            raise CallRefused([refusal])

    def preview(self, plans: Sequence[CallPlan]) -> Preview:
        """Return what would happen if these calls were placed now; changes and writes nothing."""
        found = {index: self._guard.review(plan, plan.token) for index, plan in enumerate(plans)}
        refused = {index: tuple(refusals) for index, refusals in found.items() if refusals}
        count = len(plans) - len(refused)
        now = self._time.now()
        takes_s = max(0, count - 1) / self._settings.calls_per_second
        price = 0.0 if self._is_free else self._settings.usd_per_minute
        cost = None if price is None else round(count * self._settings.max_length_s / 60 * price, 4)
        warnings = [warning for warning in (overseas_warning(self._caller_id),) if warning]
        if not is_quiet(now) and now + timedelta(seconds=takes_s) > next_change(now):
            warnings.append(
                "not all of them fit in before 21:00; the rest goes out when the campaign is taken up again"
            )
        return Preview(count, refused, not is_quiet(now), _window(now), takes_s, cost, tuple(warnings))

    def place(self, plan: CallPlan, token: str = "") -> Placed:
        """Place a call, unless the same one has been placed before.

        The guard looks twice: before anything is synthesised, and in the moment of dialling, when the rate allows it.

        Args:
            plan: The call.
            token: Its token where it is taken up again on a later day.

        Raises:
            CallRefused: The guard forbade it.
            RefusedError: Connect did.
            StorageError: Connect, or a store, does not answer; the same call may be placed later.
        """
        token = token or plan.token
        known = self.log.placed_as(token)
        if known:
            return Placed(known, is_new=False)
        refusals = self._guard.review(plan, token)
        if refusals:
            self._guard.note_refusal(plan, token, refusals)
            raise CallRefused(refusals)
        plan = plan.with_clip(self._make_clip(plan.engine, plan.intro))
        self._pace.take()
        self._guard.permit(plan, token)
        try:
            contact = self._dialer.place(plan, token)
        except VoicebotError as exc:
            self._guard.note_failure(plan, token, exc)
            raise
        call = self.log.record_placed(plan, token, contact)
        self._tell(call)
        return Placed(call, is_new=True, held=contact.held)

    def status(self, contact_id: str) -> LoggedCall:
        """Return what became of a call, with what the dialer knows by now.

        Raises:
            NotFoundError: There is no such call.
        """
        known = self.log.find(contact_id)
        if known is not None and known.state == "ended":
            return known
        try:
            contact = self._dialer.status(contact_id)
        except (NotFoundError, ConfigError):
            if known is None:
                raise
            return known  # contact events tell as well
        call, is_news = self.log.record(contact)
        if is_news:
            self._tell(call)
        return call

    @property
    def longest_s(self) -> float:
        """How long after it was dialled a call in which nobody talks to a person has to be over."""
        return self._settings.ring_timeout_s + self._settings.max_length_s + _GRACE_S

    def follow(self, contact_id: str) -> LoggedCall:
        """Return a call once it is over; one in which the bot talks for too long is stopped."""
        deadline_s = self._clock.now() + self.longest_s
        while (call := self.status(contact_id)).state != "ended":
            if self._clock.now() > deadline_s and call.outcome != "agent":
                return self.stop(contact_id)
            self._clock.sleep(_FOLLOW_PAUSE_S)
        return call

    def stop(self, contact_id: str) -> LoggedCall:
        """End a call and return it.

        Raises:
            NotFoundError: There is no such call.
        """
        call = self.status(contact_id)
        if call.state != "ended":
            self._dialer.stop(contact_id)
            self._audit.append("stopped", person=call.person, campaign=call.campaign, detail=contact_id)
        return self.log.get(contact_id)

    def _tell(self, call: LoggedCall) -> None:
        """Have the webhook told; that it cannot be keeps no call from being placed or followed."""
        try:
            if self._webhook:
                self._webhook.tell(call)
        except VoicebotError as exc:
            _log.warning("%s", exc.message)

    def going_on(self) -> list[LoggedCall]:
        """Return the calls of the last day that are not over, as far as the log knows."""
        since_s = self._clock.now() - _LONGEST_CALL_S
        latest = takewhile(lambda call: not call.placed_at_s or call.placed_at_s >= since_s, self.log.scan())
        return [call for call in latest if call.state != "ended"]

    def stop_all(self, reason: str = "") -> list[LoggedCall]:
        """Switch all calls off, end those that are going on, and return these."""
        self.switch.set(True, mask(clean(reason)))
        ended = []
        for call in self.going_on():
            try:
                ended.append(self.stop(call.contact_id))
            except VoicebotError as exc:
                _log.error("the contact %s could not be ended: %s", call.contact_id, exc.message)
        return ended


def _window(now: datetime) -> str:
    change = next_change(now)
    if is_quiet(now):
        return f"closed: it is {now:%H:%M} in Korea; calls go out from {change:%Y-%m-%d %H:%M}"
    return f"open: it is {now:%H:%M} in Korea; calls go out until 20:59:59"
