"""The contact centre around a call: its queues and its hours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone

SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")
"""Korea has had no summer time since 1988."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Hours:
    """Hours of operation in Asia/Seoul: for each day from when until when; a day that is left out is closed.

    Args:
        days: (opens, closes) by the names in `WEEKDAYS`; closing at 00:00 is the end of the day.
        always: True or False when the hours do not depend on the time.
    """

    days: Mapping[str, tuple[time, time]] = field(default_factory=dict)
    always: bool | None = None

    def is_open(self, at_s: float) -> bool:
        """Return whether they are open at a time in seconds since the Unix epoch."""
        if self.always is not None:
            return self.always
        now = datetime.fromtimestamp(at_s, SEOUL)
        opens, closes = self.days.get(WEEKDAYS[now.weekday()], (None, None))
        if opens is None or closes is None:
            return False
        return opens <= now.time() and (closes == time(0) or now.time() < closes)


OFFICE_HOURS = Hours(dict.fromkeys(WEEKDAYS[:5], (time(9), time(18))))
"""Monday to Friday, 9 to 18: what hours are when a world does not say."""


@dataclass(frozen=True)
class Queue:
    """A queue.

    Args:
        name: Its name.
        capacity: How many more contacts it takes; None for any number.
        hours: The name of its hours in the world.
        answer_s: Seconds until an agent takes a contact that waits in it; None for the world's.
        holds_s: How long the agent then puts the caller on hold, one number each time.
        agents_available: Agents who are free.
        agents_staffed: Agents at work, whether free or not.
        agents_online: Agents who are signed in.
        contacts: Contacts that wait.
        oldest_s: Seconds that the first of them has waited.
    """

    name: str
    capacity: int | None = None
    hours: str | None = None
    answer_s: float | None = None
    holds_s: tuple[float, ...] = ()
    agents_available: int = 1
    agents_staffed: int = 1
    agents_online: int = 1
    contacts: int = 0
    oldest_s: int = 0

    @property
    def is_full(self) -> bool:
        """Return whether it takes nobody."""
        return self.capacity is not None and self.capacity <= 0


@dataclass(frozen=True)
class ThirdParty:
    """Whoever has a number that a call is transferred to.

    Args:
        answers_after_s: Seconds until they answer; None when they never do.
        talks_s: Seconds that they then talk.
        is_busy: True when the call fails at once.
    """

    answers_after_s: float | None = 3.0
    talks_s: float = 30.0
    is_busy: bool = False


@dataclass(frozen=True)
class World:
    """Queues and hours by id, or by the last part of their ARN.

    Args:
        queues: The queues that exist; when there are none, every queue exists and has room.
        hours: What is known of hours; `OFFICE_HOURS` for all others.
        default_hours: Instead of `OFFICE_HOURS`.
        agent_after_s: Seconds until an agent takes the call, in a queue that does not say, and in a hold flow.
        patience_s: Seconds that the caller waits in a queue before hanging up; None for ever.
        third_parties: Who answers at a number; all others answer like `ThirdParty()`.
        answered_by: What a campaign call found: CallAnswered, VoicemailBeep, VoicemailNoBeep, NotDetected.
        dialable: How numbers begin that the instance may call: South Korea, the UK, the US by default.
    """

    queues: Mapping[str, Queue] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    default_hours: Hours = OFFICE_HOURS
    agent_after_s: float = 60.0
    patience_s: float | None = None
    third_parties: Mapping[str, ThirdParty] = field(default_factory=dict)
    answered_by: str = "CallAnswered"
    dialable: tuple[str, ...] = ("+82", "+44", "+1")

    def queue(self, id_or_arn: str) -> Queue | None:
        """Return a queue; None when there is no such queue."""
        if not self.queues:
            return Queue(name=last_part(id_or_arn))
        by_name = {queue.name: queue for queue in self.queues.values()}
        return self.queues.get(id_or_arn) or self.queues.get(last_part(id_or_arn)) or by_name.get(id_or_arn)

    def hours_of(self, id_or_arn: str | None) -> Hours:
        """Return the hours with an id."""
        if id_or_arn is None:
            return self.default_hours
        return self.hours.get(id_or_arn) or self.hours.get(last_part(id_or_arn)) or self.default_hours


def last_part(arn: str) -> str:
    """Return the id at the end of an ARN; an id stays as it is."""
    return arn.rsplit("/", 1)[-1]
