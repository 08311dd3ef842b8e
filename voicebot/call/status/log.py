"""What became of calls: one record a contact, put together from the dialer's word and from contact events.

Events come in any order and more than once. A state never goes back, and what is known is never lost, so that the same
events give the same record in whatever order they come.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Protocol

from voicebot.call.plan import CallPlan, Contact, Outcome, State
from voicebot.call.records import Document, RecordStore
from voicebot.clock import Clock
from voicebot.errors import NotFoundError

KIND = "contact"
TOKENS = "token"

_RANK: Mapping[str, int] = {"dialling": 0, "created": 1, "connected": 2, "ended": 3}
_OUTCOME_RANK: Mapping[str, int] = {"": 0, "failed": 1, "no_answer": 1, "busy": 1, "invalid": 1, "stopped": 1}
"""What the flow itself said (rank 2) goes before what Connect's reasons suggest."""


@dataclass(frozen=True)
class LoggedCall:
    """One call.

    Attributes:
        contact_id: Connect's id, or this machine's.
        state: How far it is.
        outcome: How it ended, as far as is known.
        person: What stands for the number; empty for a call that was not placed from here.
        purpose: ``service`` or ``ad``.
        engine: Who spoke.
        campaign: Whose call it was, or an empty string.
        attempt: Counts from 1.
        placed_at_s: When, seconds since the Unix epoch.
        connected_at_s: When somebody answered.
        ended_at_s: When it was over.
        reason: Who ended it, in Connect's words.
    """

    contact_id: str
    state: State = "created"
    outcome: Outcome = ""
    person: str = ""
    purpose: str = ""
    engine: str = ""
    campaign: str = ""
    attempt: int = 0
    placed_at_s: float = 0.0
    connected_at_s: float | None = None
    ended_at_s: float | None = None
    reason: str = ""

    @property
    def talk_s(self) -> float | None:
        """Return how long it took from the answer to the end, in seconds."""
        if self.connected_at_s is None or self.ended_at_s is None:
            return None
        return max(0.0, self.ended_at_s - self.connected_at_s)


class Webhook(Protocol):
    """Wants to know what becomes of calls."""

    def tell(self, call: LoggedCall) -> bool:
        """Tell what is new about a call; return whether there was anything to tell.

        Raises:
            VoicebotError: It cannot be told now, or not there.
        """
        ...


class CallLog:
    """The calls.

    Args:
        records: Where they are kept.
        clock: When a record is made.
    """

    def __init__(self, records: RecordStore, clock: Clock) -> None:
        self._records = records
        self._clock = clock

    def placed_as(self, token: str) -> LoggedCall | None:
        """Return the call that was placed with a token."""
        record = self._records.get(TOKENS, token)
        return self.find(record.document["contact_id"]) if record else None

    def record_placed(self, plan: CallPlan, token: str, contact: Contact) -> LoggedCall:
        """Keep a call that was placed just now, and return it."""
        now_s = self._clock.now()
        call = LoggedCall(
            contact.id,
            contact.state,
            person=plan.person,
            purpose=plan.purpose,
            engine=plan.engine,
            campaign=plan.campaign,
            attempt=plan.attempt,
            placed_at_s=contact.connected_at_s if contact.connected_at_s is not None else now_s,
        )
        merged, _ = self._merge(call, contact)
        self._records.insert(TOKENS, token, now_s, {"contact_id": contact.id})
        return merged

    def record(self, contact: Contact) -> tuple[LoggedCall, bool]:
        """Add what is known of a contact now; return the call, and whether that was news."""
        return self._merge(LoggedCall(contact.id), contact)

    def find(self, contact_id: str) -> LoggedCall | None:
        """Return a call."""
        record = self._records.get(KIND, contact_id)
        return LoggedCall(**record.document) if record else None

    def get(self, contact_id: str) -> LoggedCall:
        """Return a call.

        Raises:
            NotFoundError: There is none with this id.
        """
        call = self.find(contact_id)
        if call is None:
            raise NotFoundError("there is no such call", hint="voicebot contacts list shows the ids")
        return call

    def scan(self) -> Iterator[LoggedCall]:
        """Yield the calls, the newest first."""
        for record in self._records.scan(KIND, is_newest_first=True):
            yield LoggedCall(**record.document)

    def _merge(self, call: LoggedCall, contact: Contact) -> tuple[LoggedCall, bool]:
        merged, is_news = call, True

        def new(old: Document | None) -> Document | None:
            nonlocal merged, is_news
            known = LoggedCall(**old) if old else None
            merged = _with(_first(known, call), contact)
            is_news = merged != known
            return asdict(merged) if is_news else None

        self._records.change(KIND, call.contact_id, self._clock.now(), new)
        return merged, is_news


def _first(known: LoggedCall | None, call: LoggedCall) -> LoggedCall:
    """Return a call with what is known already, and what it adds."""
    if known is None:
        return call
    empty = LoggedCall("")
    more: dict[str, Any] = {
        field.name: getattr(call, field.name)
        for field in fields(call)
        if field.name not in ("contact_id", "state", "outcome")
        and getattr(known, field.name) == getattr(empty, field.name)
    }
    return replace(known, **more)


def _with(call: LoggedCall, contact: Contact) -> LoggedCall:
    state = max(call.state, contact.state, key=lambda state: _RANK[state])
    outcome = max(call.outcome, contact.outcome, key=lambda outcome: _OUTCOME_RANK.get(outcome, 2))
    if call.outcome == "answered" and contact.outcome in ("agent", "opted_out", "voicemail"):
        outcome = contact.outcome
    return replace(
        call,
        state=state,
        outcome=outcome,
        connected_at_s=_earliest(call.connected_at_s, contact.connected_at_s),
        ended_at_s=_earliest(call.ended_at_s, contact.ended_at_s),
        reason=call.reason or contact.reason,
    )


def _earliest(*moments_s: float | None) -> float | None:
    known = [moment_s for moment_s in moments_s if moment_s is not None]
    return min(known) if known else None
