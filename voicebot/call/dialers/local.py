"""Outbound calls on this machine: the same flow, run from the callee's answer to the end of the call."""

from collections.abc import Callable, Mapping
from uuid import UUID

from voicebot.call.plan import CallPlan, Contact, Outcome
from voicebot.clock import Clock
from voicebot.errors import NotFoundError
from voicebot.flow.contact import ContactStart
from voicebot.flow.result import CallResult

Run = Callable[[ContactStart, Mapping[str, str]], CallResult]
"""Runs the outbound flow for a contact; the mapping says what is spoken in clips, by their URL."""


class LocalDialer:
    """`Dialer` whose calls are over when they have been placed.

    Args:
        run: Runs the outbound flow with whoever answers.
        clock: When a call is dialled.
    """

    def __init__(self, run: Run, clock: Clock) -> None:
        self._run = run
        self._clock = clock

    def place(self, plan: CallPlan, token: str) -> Contact:
        """Return the contact of a call that has been held from beginning to end."""
        contact_id = str(UUID(token[:32]))
        start = ContactStart(
            contact_id=contact_id,
            customer_number=plan.number,
            system_number=plan.caller_id,
            attributes=plan.attributes(self._clock.now(), 0.0),
            initiation="API",
        )
        result = self._run(start, {plan.intro_url: plan.intro} if plan.intro_url else {})
        outcome: Outcome = result.attributes.get("outcome", "answered")  # type: ignore[assignment]
        return Contact(
            contact_id,
            "ended",
            "agent" if result.queue else outcome,
            result.started_at_s,
            result.started_at_s + result.duration_s,
            result.disconnect_reason or "",
            result,
        )

    def status(self, contact_id: str) -> Contact:
        """Raise: what became of a call is in the call log."""
        raise NotFoundError("there is no such call", hint="voicebot contacts list shows the ids")

    def stop(self, contact_id: str) -> None:
        """Do nothing: a call on this machine is over when it has been placed."""
