"""From what a caller said to what the flow does next."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from voicebot.cache.counters import Event, LookupMeter
from voicebot.cache.lookup import Lookup, LookupResult
from voicebot.cache.protocol import Inbox, Miss
from voicebot.chat.chajipsa import Chajipsa
from voicebot.chat.commands import is_question_about_service, takes_refusal_back
from voicebot.chat.moves import Move
from voicebot.chat.protocol import Exchange, Session, Turn
from voicebot.clock import Clock
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean, has_speech
from voicebot.turns.outbound import outbound_next
from voicebot.turns.protocol import (
    BookingRequest,
    BookingRequests,
    Job,
    JobClip,
    JobStore,
    Next,
    Task,
    TurnOutcome,
    TurnRequest,
    WorkerInvoker,
)
from voicebot.turns.reports import report_false_hit

MAX_UTTERANCE_CHARS = 1024
"""What Lex V2 accepts as text; longer input is cut there."""

_NEXT_OF_LEX_INTENT: Mapping[str, Next] = {"AgentRequest": "agent", "OptOut": "opt_out", "Goodbye": "goodbye"}


class TurnService:
    """Opens turns. A repeated request for the same turn gets the same outcome and starts nothing twice.

    Args:
        lookup: Finds approved answers.
        inbox: Takes the misses.
        jobs: Holds what is being played.
        bookings: Takes what a person has to confirm.
        worker: Answers misses.
        dialog: Knows what a turn means after the turns before.
        clock: When clips are ready.
        max_misunderstandings: After so many in a row a person takes over.
        collect_misses: False keeps misses out of the inbox.
        meter: Counts hits and misses.
    """

    def __init__(
        self,
        lookup: Lookup,
        inbox: Inbox,
        jobs: JobStore,
        bookings: BookingRequests,
        worker: WorkerInvoker,
        dialog: Chajipsa,
        clock: Clock,
        max_misunderstandings: int,
        collect_misses: bool,
        meter: LookupMeter | None = None,
    ) -> None:
        self._lookup = lookup
        self._inbox = inbox
        self._jobs = jobs
        self._bookings = bookings
        self._worker = worker
        self._dialog = dialog
        self._clock = clock
        self._max_misunderstandings = max_misunderstandings
        self._collect_misses = collect_misses
        self._meter = meter

    def prewarm(self) -> None:
        """Read once from the store that every turn reads, so that its connection is open."""
        self._jobs.get("prewarm")

    def open(self, request: TurnRequest) -> TurnOutcome:
        """Return what happens after the caller said `request.utterance`."""
        job_id = f"{request.contact_id}.{request.turn}"
        known = self._jobs.get(job_id)
        if known:
            return TurnOutcome(known.id, "answer", known.is_hit, known.intent, known.memory, {})
        stages = _Stages(self._clock)
        outbound = outbound_next(request, self._clock.now())
        if outbound:
            return TurnOutcome("", outbound, None, "", {}, stages.ms)
        with stages.timed("mask"):
            text = mask(clean(request.utterance, max_chars=MAX_UTTERANCE_CHARS))
        if not has_speech(text):
            return self._silent(request, stages)
        lex_next = _NEXT_OF_LEX_INTENT.get(request.lex_intent)
        if lex_next and not (lex_next == "opt_out" and (takes_refusal_back(text) or is_question_about_service(text))):
            return TurnOutcome("", lex_next, None, request.lex_intent, {}, stages.ms)
        with stages.timed("understand"):
            past = [job for job in self._jobs.of_contact(request.contact_id) if job.turn < request.turn]
            move = self._dialog.move(Turn(text), _session(request, past))
        report_false_hit(text, past)
        if move.hand_over:
            return TurnOutcome("", move.hand_over, None, move.understanding.intent, move.state, stages.ms)
        with stages.timed("lookup"):
            found = LookupResult("", None, "contextual", 0.0)
            if not move.understanding.is_contextual:
                found = self._lookup.find(text)
        with stages.timed("job"):
            job = self._job(job_id, request, text, move, found, sum(job.fillers_played for job in past))
            if self._jobs.create(job):
                self._follow_up(request, job, move, found)
                if found.key:
                    self._count(job, found)
        return TurnOutcome(job.id, "answer", job.is_hit, job.intent, job.memory, stages.ms)

    def _silent(self, request: TurnRequest, stages: "_Stages") -> TurnOutcome:
        missed = int(request.memory.get("missed") or 0) + 1
        next_: Next = "reprompt"
        if missed >= self._max_misunderstandings:
            next_ = "goodbye" if request.is_outbound else "agent"
        return TurnOutcome("", next_, None, "", {**request.memory, "missed": str(missed)}, stages.ms)

    def _job(
        self, job_id: str, request: TurnRequest, text: str, move: Move, found: LookupResult, fillers_before: int
    ) -> Job:
        now = self._clock.now()
        answer, understood = found.answer, move.understanding
        memory = move.state
        if answer and not understood.is_understood:
            memory = self._dialog.dialog.after_answer(answer.intent, request.memory)
        return Job(
            id=job_id,
            contact_id=request.contact_id,
            turn=request.turn,
            said=text,
            replied=answer.text if answer else "",
            is_hit=found.is_hit,
            intent=understood.intent or (answer.intent if answer else ""),
            memory=memory,
            state="done" if answer else "working",
            created_at_s=now,
            finished_at_s=now if answer else None,
            fillers_played=0,
            clips=tuple(JobClip(key, now, answer.text) for key in answer.clips) if answer else (),
            fillers_before=fillers_before,
        )

    def _count(self, job: Job, found: LookupResult) -> None:
        if self._meter:
            event: Event = "miss" if not found.is_hit else "exact" if found.reason == "exact" else "paraphrase"
            self._meter.count(job.intent, event, len(job.replied))

    def _follow_up(self, request: TurnRequest, job: Job, move: Move, found: LookupResult) -> None:
        """Do what a new turn brings along: the worker, the inbox, a booking that somebody has to confirm."""
        booked = move.state.get("booked", "")
        if booked and booked != request.memory.get("booked"):
            self._bookings.add(BookingRequest(job.contact_id, booked, job.created_at_s))
        if job.is_hit:
            return
        is_contextual = move.understanding.is_contextual
        if self._collect_misses and not is_contextual:
            self._inbox.record(Miss(found.key, job.said, intent=job.intent))
        task = Task(
            job.id, job.contact_id, job.turn, job.said, found.key, dict(request.memory), is_contextual, request.engine
        )
        self._worker.start(task)


def _session(request: TurnRequest, past: list[Job]) -> Session:
    return Session(request.contact_id, [Exchange(job.said, job.replied) for job in past], dict(request.memory))


class _Stages:
    def __init__(self, clock: Clock) -> None:
        self.ms: dict[str, float] = {}
        self._clock = clock

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started_s = self._clock.now()
        yield
        self.ms[stage] = round((self._clock.now() - started_s) * 1000, 3)
