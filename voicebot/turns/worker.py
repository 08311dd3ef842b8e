"""Answers a miss: chat, then clips, the first as early as possible."""

import logging
from collections.abc import Iterable, Iterator

from voicebot.cache.clips import PromptVoice, store_clip
from voicebot.cache.protocol import BlobStore, Inbox
from voicebot.chat.protocol import ChatEngine, Exchange, ReplyDelta, Session, Turn
from voicebot.clock import Clock
from voicebot.errors import EngineError, VoicebotError
from voicebot.korean.sentences import SentenceBuffer, chunk
from voicebot.turns.protocol import JobClip, JobState, JobStore, Task

_log = logging.getLogger(__name__)


class Worker:
    """Does the work of a miss. A task that comes twice is done once.

    Args:
        chat: Writes the reply.
        scripted: Writes it where the dialog is in the middle of something, such as a booking.
        voice: Speaks it.
        blobs: Takes the clips.
        jobs: Is told of each clip.
        inbox: Is told what was answered, as a proposal for approval.
        clock: When clips are ready.
        first_max_chars: The longest first piece of text.
        max_chars: The longest later one.
        chunks_per_clip: How many pieces share a clip after the first.
    """

    def __init__(
        self,
        chat: ChatEngine,
        scripted: ChatEngine,
        voice: PromptVoice,
        blobs: BlobStore,
        jobs: JobStore,
        inbox: Inbox,
        clock: Clock,
        first_max_chars: int,
        max_chars: int,
        chunks_per_clip: int,
    ) -> None:
        self._chat = chat
        self._scripted = scripted
        self._voice = voice
        self._blobs = blobs
        self._jobs = jobs
        self._inbox = inbox
        self._clock = clock
        self._first_max_chars = first_max_chars
        self._max_chars = max_chars
        self._chunks_per_clip = chunks_per_clip

    def run(self, task: Task) -> None:
        """Answer `task`; a failure ends the job as failed, so that the caller is handed to a person."""
        job = self._jobs.get(task.job_id)
        if job is None or job.state != "working":
            return
        replies: list[ReplyDelta] = []
        try:
            for index, text in enumerate(self._pieces(self._keeping(task, replies))):
                key = store_clip(self._blobs, self._voice.prompt(text))
                self._jobs.append(task.job_id, index, JobClip(key, self._clock.now(), text))
        except VoicebotError as exc:
            _log.error("job %s failed: %s", task.job_id, exc.message)
            self._finish(task, "failed", replies)
            if isinstance(exc, EngineError) and exc.retryable:
                return
            raise
        self._finish(task, "done", replies)
        self._propose(task, replies)

    def _keeping(self, task: Task, replies: list[ReplyDelta]) -> Iterator[ReplyDelta]:
        session = Session(
            task.contact_id,
            [Exchange(job.said, job.replied) for job in self._jobs.of_contact(task.contact_id) if job.turn < task.turn],
            dict(task.memory),
        )
        engine = self._scripted if task.is_scripted else self._chat
        for delta in engine.reply(Turn(task.utterance), session):
            replies.append(delta)
            yield delta

    def _pieces(self, deltas: Iterable[ReplyDelta]) -> Iterator[str]:
        """Yield text to speak: the first piece as soon as it is whole, the later ones grouped."""
        group: list[str] = []
        is_first = True
        for sentence in _sentences(deltas):
            for piece in chunk(sentence, self._first_max_chars if is_first else self._max_chars, self._max_chars):
                if is_first:
                    yield piece
                    is_first = False
                    continue
                group.append(piece)
                if len(group) >= self._chunks_per_clip:
                    yield " ".join(group)
                    group = []
        if group:
            yield " ".join(group)

    def _finish(self, task: Task, state: JobState, replies: list[ReplyDelta]) -> None:
        text = "".join(delta.text for delta in replies)
        self._jobs.finish(task.job_id, state, self._clock.now(), text)

    def _propose(self, task: Task, replies: list[ReplyDelta]) -> None:
        understood = next((delta.understanding for delta in replies if delta.understanding), None)
        if not task.is_scripted and (understood is None or understood.is_understood):
            template = "".join(delta.template or delta.text for delta in replies)
            intent, confidence = (understood.intent, understood.confidence) if understood else ("", 0.0)
            self._inbox.propose(task.key, template, intent, confidence)


def _sentences(deltas: Iterable[ReplyDelta]) -> Iterator[str]:
    buffer = SentenceBuffer()
    for delta in deltas:
        yield from buffer.feed(delta.text)
    yield from buffer.flush()
