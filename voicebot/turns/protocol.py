"""One caller turn as a job: clips that become ready one after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Next = Literal["answer", "agent", "opt_out", "goodbye", "reprompt", "voicemail", "proceed", "later"]
JobState = Literal["working", "done", "failed"]


@dataclass(frozen=True)
class TurnRequest:
    """What a caller said, as the Lex hook got it.

    Attributes:
        contact_id: The call.
        turn: Counts the caller's turns in the call, from 1; a repeated request carries the same number.
        utterance: As recognised; personal data not yet masked. Empty when the caller said nothing.
        lex_intent: What Lex recognised.
        memory: What the dialog remembers of the turns before (`voicebot.chat.moves.State`).
        is_outbound: True in a call that we placed.
        is_keyed: True when the utterance was keyed, not said.
        deadline_s: When the bot must have come to an end, seconds since the Unix epoch; 0 for no such time.
        engine: Answers and speaks in this call, or an empty string for what is configured.
    """

    contact_id: str
    turn: int
    utterance: str
    lex_intent: str = ""
    memory: Mapping[str, str] = field(default_factory=dict)
    is_outbound: bool = False
    is_keyed: bool = False
    deadline_s: float = 0.0
    engine: str = ""


@dataclass(frozen=True)
class TurnOutcome:
    """What happens next in the call.

    Attributes:
        job_id: Whose clips to play, or an empty string.
        next: Where the flow goes on.
        is_hit: True when an approved answer is played, None when none was looked for.
        intent: What was understood, or an empty string.
        memory: What the dialog remembers now.
        stage_ms: Milliseconds by stage: ``mask``, ``understand``, ``lookup``, ``job``.
    """

    job_id: str
    next: Next
    is_hit: bool | None
    intent: str
    memory: Mapping[str, str]
    stage_ms: dict[str, float]


@dataclass(frozen=True)
class Task:
    """Work for the worker that answers a miss: the payload of its asynchronous invocation.

    Attributes:
        job_id: Where the clips go.
        utterance: Masked.
        key: Its cache key.
        memory: What the dialog remembered before the turn.
        is_scripted: True when the dialog around written answers must reply, whatever engine is configured.
        engine: Answers and speaks in this call, or an empty string for what is configured.
    """

    job_id: str
    contact_id: str
    turn: int
    utterance: str
    key: str
    memory: dict[str, str]
    is_scripted: bool
    engine: str = ""


@dataclass(frozen=True)
class JobClip:
    """A clip of a job, when it can be played (seconds since the Unix epoch), and what is said in it."""

    key: str
    ready_at_s: float
    text: str


@dataclass(frozen=True)
class Job:
    """A turn under way.

    Attributes:
        id: Made from the contact and the turn, so that a repeated request finds the job that is there.
        said: The utterance, masked.
        replied: The reply's text once it is known.
        clips: In the order they are played.
        finished_at_s: When the last clip was added, or None while there is work.
        memory: What the dialog remembers after the turn.
        fillers_played: How many fillers covered the wait so far.
        fillers_before: How many fillers the call had heard before this turn.
    """

    id: str
    contact_id: str
    turn: int
    said: str
    replied: str
    is_hit: bool
    intent: str
    memory: Mapping[str, str]
    state: JobState
    created_at_s: float
    finished_at_s: float | None
    fillers_played: int
    clips: tuple[JobClip, ...] = ()
    fillers_before: int = 0


class JobStore(Protocol):
    """Jobs of calls that are going on."""

    def create(self, job: Job) -> bool:
        """Store a new job with its clips; return False and change nothing when its id is there already."""
        ...

    def get(self, job_id: str) -> Job | None:
        """Return a job with its clips."""
        ...

    def append(self, job_id: str, index: int, clip: JobClip) -> None:
        """Add the clip that is played at `index`; a repeat of the same index changes nothing."""
        ...

    def finish(self, job_id: str, state: JobState, finished_at_s: float, replied: str) -> None:
        """Say that no more clips will come."""
        ...

    def count_filler(self, job_id: str) -> None:
        """Count one more filler that covers the wait."""
        ...

    def of_contact(self, contact_id: str) -> list[Job]:
        """Return a call's jobs in the order of its turns, without their clips and `fillers_before`."""
        ...

    def text_of(self, clip_key: str) -> str:
        """Return what is said in a clip of any job, or an empty string."""
        ...

    def purge(self, before_s: float) -> int:
        """Remove jobs that were made before `before_s`; return how many."""
        ...


@dataclass(frozen=True)
class BookingRequest:
    """A booking that a caller asked for and a person has to confirm.

    Attributes:
        contact_id: The call.
        request: Intent and its slots joined by ``|``: service, branch, date and time of a new booking; the day that is there, the
            new day, time and, where they change, branch and service; the day and branch of one to cancel.
        requested_at_s: Seconds since the Unix epoch.
    """

    contact_id: str
    request: str
    requested_at_s: float


class BookingRequests(Protocol):
    """Bookings that wait for a person."""

    def add(self, booking: BookingRequest) -> None:
        """Keep a request; the same request of the same call is kept once."""
        ...

    def scan(self) -> Iterator[BookingRequest]:
        """Yield the requests, oldest first."""
        ...


class WorkerInvoker(Protocol):
    """Starts the worker without waiting for it."""

    def start(self, task: Task) -> None:
        """Have `task` done, at least once."""
        ...
