"""One answer: its text, its clip, and its place in the store, each step safe to repeat."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from voicebot.cache.approval.answer_voice import AnswerVoice
from voicebot.cache.approval.patience import patiently
from voicebot.cache.clips import ANSWERS, CLIP_TYPE, clip_key, playable, prompt_wav
from voicebot.cache.orphans import Orphans
from voicebot.cache.protocol import Answer, AnswerStore, BlobStore, Inbox, InboxItem
from voicebot.chat.facts import Facts
from voicebot.clock import Clock
from voicebot.errors import ConfigError, ConflictError, InputError
from voicebot.korean.normalize import NORMALIZER_VERSION

MOST_CONFLICTS = 20
"""How often `publish` starts again when others write the same answer."""

Change = Literal["new", "replaced", "unchanged"]


@dataclass(frozen=True)
class Published:
    """An answer that is in the store, what it took the place of, and what was done for it."""

    answer: Answer
    before: Answer | None
    change: Change


class AnswerPublisher:
    """Makes an inbox item the answer under its key. Whoever calls it holds the item.

    The effect happens once however often a run is killed and started again: a clip is content-addressed and written
    whole, the item remembers it before the answer is written, and the answer is one write on the condition that nobody
    has written it meanwhile. An answer that is there already is not written again.

    Args:
        inbox: Remembers what was made.
        answers: Where answers go.
        blobs: Where clips go.
        voice: Speaks.
        facts: Fills what answers leave open.
        orphans: Hears of clips that lose their answer.
        clock: When answers are approved.
        lease_s: How long a claim lasts after each step.
    """

    def __init__(
        self,
        inbox: Inbox,
        answers: AnswerStore,
        blobs: BlobStore,
        voice: AnswerVoice,
        facts: Facts,
        orphans: Orphans,
        clock: Clock,
        lease_s: float,
    ) -> None:
        self._inbox = inbox
        self._answers = answers
        self._blobs = blobs
        self._voice = voice
        self._facts = facts
        self._orphans = orphans
        self._clock = clock
        self._lease_s = lease_s

    def text_of(self, item: InboxItem) -> str:
        """Return the item's answer as it is spoken.

        Raises:
            InputError: It names a fact that is not known.
        """
        try:
            return self._facts.fill(item.answer or "")
        except ConfigError as exc:
            raise InputError(exc.message, hint=exc.hint) from exc

    def current(self, item: InboxItem) -> Answer | None:
        """Return the answer that callers hear now."""
        return patiently(self._clock, lambda: self._answers.get(item.id))

    def speak(
        self, item: InboxItem, current: Answer | None, buy: Callable[[str], None] = lambda text: None
    ) -> InboxItem:
        """Return the item with a stored clip of its answer, which it remembers from now on.

        Args:
            item: What is to be spoken.
            current: What callers hear now. Its clip, or one that the item has, is used again when it sounds the same.
            buy: Called with the text before it is synthesised; may refuse.
        """
        text = self.text_of(item)
        speech = self._voice.speech(text)
        known = item.clips if item.speech == speech else ()
        if not known and current and current.speech == speech and current.text == text:
            known = current.clips
        found = patiently(self._clock, lambda: [playable(self._blobs, key) for key in known])
        wavs = [wav for wav, _ in found]
        if not known or any(problem for _, problem in found):
            buy(text)
            wavs = [prompt_wav(patiently(self._clock, lambda: self._voice.prompt(text)))]
        spoken = replace(item, clips=tuple(clip_key(wav, ANSWERS) for wav in wavs), speech=speech)
        patiently(self._clock, lambda: self._keep(spoken, wavs))
        return spoken

    def _keep(self, spoken: InboxItem, wavs: list[bytes]) -> None:
        for key, wav in zip(spoken.clips, wavs, strict=True):
            self._blobs.put(key, wav, CLIP_TYPE)  # also where it is there: a clip that is used is young
        self._inbox.save(spoken, self._lease_s)

    def publish(self, item: InboxItem, buy: Callable[[str], None] = lambda text: None) -> Published:
        """Make the item's answer the one that callers hear; the item itself is settled by the caller.

        Raises:
            ConflictError: Others write the same answer all the time, or hold the item now.
        """
        text = self.text_of(item)
        for _ in range(MOST_CONFLICTS):
            current = self.current(item)
            if current and self._is_done(current, item, text):
                return Published(current, current, "unchanged")
            item = self.speak(item, current, buy)
            if current:
                self._orphans.replaced(set(current.clips) - set(item.clips))
            try:
                answer = self._put(self._answer(item, text), current.version if current else 0)
            except ConflictError:
                continue
            return Published(answer, current, "replaced" if current else "new")
        raise ConflictError("an answer is written by others all the time", hint="try again")

    def withdraw(self, published: Published) -> None:
        """Undo a `publish`, unless somebody has written the answer since.

        Raises:
            ConflictError: Somebody has.
        """
        answer, before = published.answer, published.before
        if published.change == "unchanged":
            return
        if before:
            self._orphans.replaced(set(answer.clips) - set(before.clips))
            self._answers.put(before, answer.version)
            return
        stored = self._answers.get(answer.key)
        if stored and stored.version != answer.version:
            raise ConflictError(f"answer {answer.answer_id} was changed by somebody else")
        self._answers.delete(answer.key)

    def _put(self, answer: Answer, expected_version: int) -> Answer:
        return patiently(self._clock, lambda: self._answers.put(answer, expected_version))

    def _is_done(self, current: Answer, item: InboxItem, text: str) -> bool:
        """Say whether the present answer is what would be written, and can be heard."""
        wanted = self._answer(replace(item, clips=current.clips, speech=self._voice.speech(text)), text)
        same = replace(
            wanted, approved_at_s=current.approved_at_s, version=current.version, utterance=current.utterance
        )
        return same == current and not any(playable(self._blobs, key)[1] for key in current.clips)

    def _answer(self, item: InboxItem, text: str) -> Answer:
        return Answer(
            key=item.id,
            utterance=item.utterance,
            answer_id=item.answer_id or item.id_hash,
            template=item.answer or "",
            text=text,
            intent=item.intent,
            clips=item.clips,
            engine=self._voice.engine,
            voice=self._voice.voice,
            normalizer_version=NORMALIZER_VERSION,
            approved_at_s=self._clock.now(),
            speech=item.speech,
        )
