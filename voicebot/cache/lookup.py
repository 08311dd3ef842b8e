"""Find the approved answer to an utterance."""

import time
from dataclasses import dataclass

from voicebot.cache.protocol import Answer, AnswerStore, BlobStore
from voicebot.errors import InputError
from voicebot.korean.normalize import cache_key, clean, has_speech
from voicebot.korean.mask import mask


@dataclass(frozen=True)
class LookupResult:
    """What a lookup found.

    Attributes:
        key: The utterance's cache key.
        answer: The approved answer, or None on a miss.
        reason: Why it is a hit or a miss: ``exact`` or ``unknown``.
    """

    key: str
    answer: Answer | None
    reason: str

    @property
    def is_hit(self) -> bool:
        """True when an approved answer was found."""
        return self.answer is not None


class Lookup:
    """Looks utterances up among the approved answers.

    Args:
        answers: Where the answers are.
        normalize: False compares utterances as they were said, apart from outer spaces.
    """

    def __init__(self, answers: AnswerStore, normalize: bool = True) -> None:
        self._answers = answers
        self._normalize = normalize

    def key(self, utterance: str) -> str:
        """Return the key under which `utterance` is looked up and stored."""
        return cache_key(utterance) if self._normalize else utterance.strip()

    def find(self, utterance: str) -> LookupResult:
        """Return the approved answer to `utterance`, in one store read."""
        key = self.key(utterance)
        answer = self._answers.get(key) if key else None
        return LookupResult(key, answer, "exact" if answer else "unknown")


@dataclass(frozen=True)
class LookupReport:
    """A lookup as a person or a program asks for it."""

    hit: bool
    reason: str
    answer_id: str
    answer: str
    audio_urls: tuple[str, ...]
    milliseconds: float


def describe(lookup: Lookup, blobs: BlobStore, utterance: str) -> LookupReport:
    """Return what a caller who says `utterance` would hear.

    Raises:
        InputError: There is nothing to look up in it.
    """
    text = mask(clean(utterance))
    if not has_speech(text):
        raise InputError("there is nothing to look up in the utterance", hint="write a question in words")
    started_s = time.perf_counter()
    found = lookup.find(text)
    urls = tuple(blobs.url(key) for key in found.answer.clips) if found.answer else ()
    milliseconds = round((time.perf_counter() - started_s) * 1000, 3)
    answer = found.answer
    return LookupReport(
        found.is_hit,
        found.reason,
        answer.answer_id if answer else "",
        answer.text if answer else "",
        urls,
        milliseconds,
    )
