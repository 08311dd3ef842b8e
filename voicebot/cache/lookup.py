"""Find the approved answer to an utterance."""

import time
from dataclasses import dataclass

from voicebot.cache.index import AnswerIndex
from voicebot.cache.protocol import Answer, AnswerStore, BlobStore
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import cache_key, clean, has_speech


@dataclass(frozen=True)
class LookupResult:
    """What a lookup found.

    Attributes:
        key: The utterance's cache key.
        answer: The approved answer, or None on a miss.
        reason: ``exact`` or ``paraphrase`` for a hit; for a miss the guard that refused, or ``unknown``.
        score: The probability that the best candidate is right; 1.0 for an exact hit.
    """

    key: str
    answer: Answer | None
    reason: str
    score: float

    @property
    def is_hit(self) -> bool:
        """True when an approved answer was found."""
        return self.answer is not None


class Lookup:
    """Looks utterances up among the approved answers: by normal form in one read, then by meaning.

    Args:
        answers: Where the answers are.
        index: Finds paraphrases; None finds normal forms only.
        normalize: False compares utterances as they were said, apart from outer spaces.
    """

    def __init__(self, answers: AnswerStore, index: AnswerIndex | None = None, normalize: bool = True) -> None:
        self._answers = answers
        self._index = index
        self._normalize = normalize

    def key(self, utterance: str) -> str:
        """Return the key under which `utterance` is looked up and stored."""
        return cache_key(utterance) if self._normalize else utterance.strip()

    def find(self, utterance: str) -> LookupResult:
        """Return the approved answer to `utterance`."""
        key = self.key(utterance)
        answer = self._answers.get(key) if key else None
        if answer:
            return LookupResult(key, answer, "exact", 1.0)
        match = self._index.find(utterance) if self._index and key else None
        if match is None or match.candidate is None:
            return LookupResult(key, None, "unknown", 0.0)
        verdict = match.verdict
        if not verdict.is_accepted:
            return LookupResult(key, None, verdict.guard, verdict.probability)
        answer = self._answers.get(match.candidate.key)
        return LookupResult(key, answer, "paraphrase" if answer else "unknown", verdict.probability)


@dataclass(frozen=True)
class LookupReport:
    """A lookup as a person or a program asks for it."""

    hit: bool
    reason: str
    score: float
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
        round(found.score, 4),
        answer.answer_id if answer else "",
        answer.text if answer else "",
        urls,
        milliseconds,
    )
