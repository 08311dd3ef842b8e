"""From what a caller said to what the flow does next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voicebot.cache.lookup import Lookup
from voicebot.cache.protocol import Inbox, Miss
from voicebot.chat.protocol import Turn, Understanding
from voicebot.clock import Clock
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean, has_speech
from voicebot.turns.protocol import Job, JobClip, JobStore, Next, Task, TurnOutcome, TurnRequest, WorkerInvoker

MAX_UTTERANCE_CHARS = 1024
"""What Lex V2 accepts as text; longer input is cut there."""

_NEXT_OF_INTENT: dict[str, Next] = {
    "agent": "agent",
    "opt_out": "opt_out",
    "goodbye": "goodbye",
    "AgentRequest": "agent",
    "OptOut": "opt_out",
    "Goodbye": "goodbye",
}


class TurnService:
    """Opens turns. A repeated request for the same turn gets the same outcome and starts nothing twice.

    Args:
        lookup: Finds approved answers.
        inbox: Takes the misses.
        jobs: Holds what is being played.
        worker: Answers misses.
        understand: What a turn asks for, quickly.
        clock: When clips are ready.
        max_misunderstandings: After so many in a row a person takes over.
        collect_misses: False keeps misses out of the inbox.
    """

    def __init__(
        self,
        lookup: Lookup,
        inbox: Inbox,
        jobs: JobStore,
        worker: WorkerInvoker,
        understand: Callable[[Turn], Understanding],
        clock: Clock,
        max_misunderstandings: int,
        collect_misses: bool,
    ) -> None:
        self._lookup = lookup
        self._inbox = inbox
        self._jobs = jobs
        self._worker = worker
        self._understand = understand
        self._clock = clock
        self._max_misunderstandings = max_misunderstandings
        self._collect_misses = collect_misses

    def open(self, request: TurnRequest) -> TurnOutcome:
        """Return what happens after the caller said `request.utterance`."""
        job_id = f"{request.contact_id}.{request.turn}"
        known = self._jobs.get(job_id)
        if known:
            return TurnOutcome(known.id, known.next, known.is_hit, known.intent, known.misunderstandings, {})
        stages = _Stages(self._clock)
        with stages.timed("mask"):
            text = mask(clean(request.utterance, max_chars=MAX_UTTERANCE_CHARS))
        if not has_speech(text):
            return self._silent(request, stages)
        with stages.timed("lookup"):
            found = self._lookup.find(text)
        if found.answer:
            intent = found.answer.intent or request.lex_intent
            next_ = _NEXT_OF_INTENT.get(request.lex_intent) or _NEXT_OF_INTENT.get(found.answer.intent, "answer")
            clips, misunderstandings = found.answer.clips, 0
        else:
            with stages.timed("understand"):
                understood = self._understand(Turn(text))
            intent, clips = understood.intent, ()
            is_clear = understood.is_understood or request.lex_intent in _NEXT_OF_INTENT
            misunderstandings = 0 if is_clear else request.misunderstandings + 1
            next_ = self._next(request, understood, misunderstandings)
        now = self._clock.now()
        job = Job(
            id=job_id,
            contact_id=request.contact_id,
            turn=request.turn,
            said=text,
            replied=found.answer.text if found.answer else "",
            is_hit=found.is_hit,
            intent=intent,
            next=next_,
            misunderstandings=misunderstandings,
            state="done" if found.is_hit or next_ != "answer" else "working",
            created_at_s=now,
            finished_at_s=now if found.is_hit or next_ != "answer" else None,
            fillers_played=0,
            clips=tuple(JobClip(key, now, found.answer.text if found.answer else "") for key in clips),
        )
        with stages.timed("job"):
            is_new = self._jobs.create(job)
            if is_new and not found.is_hit:
                self._take_miss(job, found.key)
        return TurnOutcome(job.id, next_, found.is_hit, intent, misunderstandings, stages.ms)

    def _silent(self, request: TurnRequest, stages: "_Stages") -> TurnOutcome:
        misunderstandings = request.misunderstandings + 1
        next_: Next = "agent" if misunderstandings >= self._max_misunderstandings else "reprompt"
        return TurnOutcome("", next_, False, "", misunderstandings, stages.ms)

    def _next(self, request: TurnRequest, understood: Understanding, misunderstandings: int) -> Next:
        if request.lex_intent in _NEXT_OF_INTENT:
            return _NEXT_OF_INTENT[request.lex_intent]
        if misunderstandings >= self._max_misunderstandings:
            return "agent"
        return _NEXT_OF_INTENT.get(understood.intent, "answer")

    def _take_miss(self, job: Job, key: str) -> None:
        if self._collect_misses:
            self._inbox.record(Miss(key, job.said, intent=job.intent))
        if job.next == "answer":
            self._worker.start(Task(job.id, job.contact_id, job.turn, job.said, key))


class _Stages:
    def __init__(self, clock: Clock) -> None:
        self.ms: dict[str, float] = {}
        self._clock = clock

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started_s = self._clock.now()
        yield
        self.ms[stage] = round((self._clock.now() - started_s) * 1000, 3)
