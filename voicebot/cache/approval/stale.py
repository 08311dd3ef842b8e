"""Answers that are no longer what they should be, and their renewal."""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from voicebot.cache.approval.answer_voice import AnswerVoice
from voicebot.cache.clips import playable
from voicebot.cache.protocol import Answer, AnswerStore, BlobStore, Inbox, Miss, short_name
from voicebot.chat.facts import Facts
from voicebot.errors import ConfigError
from voicebot.korean.normalize import NORMALIZER_VERSION

Reason = Literal["text", "facts", "engine", "voice", "speech", "normaliser", "clip"]

PAGE = 64


@dataclass
class StaleReport:
    """What was found stale.

    Attributes:
        checked: How many answers were looked at.
        stale: How many of them are stale.
        reasons: How many for each reason; an answer can have several.
        answers: One line for each stale answer: the short name of its item, its answer's id, and the reasons.
        queued: How many were put into the inbox to be made again; the others wait there already.
        moved: How many outdated keys were removed because the answer is there under its new one.
    """

    checked: int = 0
    stale: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    queued: int = 0
    moved: int = 0


class Staleness:
    """Compares answers with what they would be if they were approved now.

    An answer is stale when its text was changed in the bank of written answers (``text``), a fact in it has another
    value (``facts``), another engine or voice speaks (``engine``, ``voice``), the same one sounds different (``speech``: its
    model, its settings, how a word is read), its key was made by an older rule (``normaliser``), or its audio is gone or
    broken (``clip``).

    Args:
        answers: What callers hear now.
        inbox: Where renewals are done, as items of their own.
        blobs: Where clips are.
        voice: Who speaks now.
        facts: Their values now.
        key: An utterance's key by the present rule.
        written: The templates of written answers by id.
    """

    def __init__(
        self,
        answers: AnswerStore,
        inbox: Inbox,
        blobs: BlobStore,
        voice: AnswerVoice,
        facts: Facts,
        key: Callable[[str], str],
        written: Mapping[str, str],
    ) -> None:
        self._answers = answers
        self._inbox = inbox
        self._blobs = blobs
        self._voice = voice
        self._facts = facts
        self._key = key
        self._written = written
        self._moving: list[tuple[str, str]] = []

    def reasons(self, answer: Answer) -> list[Reason]:
        """Return why an answer is stale, as far as that can be told without its audio."""
        found: list[Reason] = []
        template = self._template(answer)
        text = self._text(template)
        if template != answer.template:
            found.append("text")
        elif text != answer.text:
            found.append("facts")
        if answer.engine != self._voice.engine:
            found.append("engine")
        elif answer.voice and answer.voice != self._voice.voice:
            found.append("voice")
        elif answer.speech and not found and answer.speech != self._voice.speech(answer.text):
            found.append("speech")
        if answer.normalizer_version != NORMALIZER_VERSION or answer.key != self._key(answer.utterance):
            found.append("normaliser")
        return found

    def queue(self, is_dry_run: bool = False, workers: int = 8) -> StaleReport:
        """Have every stale answer made again: it becomes a pending item of the inbox, and plays until the new one is there.

        Args:
            is_dry_run: Only look.
            workers: How many clips to look at at a time.
        """
        report, counts = StaleReport(), Counter[str]()
        with ThreadPoolExecutor(workers) as pool:
            answers = iter(self._answers.scan())
            while page := list(islice(answers, PAGE)):
                for answer, reasons in zip(page, pool.map(self._all_reasons, page), strict=True):
                    report.checked += 1
                    if reasons:
                        self._handle(answer, reasons, report, is_dry_run)
                        counts.update(reasons)
        report.reasons = dict(sorted(counts.items()))
        return report

    def finish(self, report: StaleReport) -> None:
        """Remove outdated keys whose answers are there under their new ones by now."""
        for old, new in self._moving:
            if self._answers.get(new):
                report.moved += self._answers.delete(old)
        self._moving = []

    def _all_reasons(self, answer: Answer) -> list[Reason]:
        reasons = self.reasons(answer)
        is_audible = answer.clips and not any(playable(self._blobs, key)[1] for key in answer.clips)
        return reasons if is_audible else [*reasons, "clip"]

    def _handle(self, answer: Answer, reasons: list[Reason], report: StaleReport, is_dry_run: bool) -> None:
        miss = self._renewal(answer)
        report.stale += 1
        report.answers.append(f"item {short_name(miss.key)} ({answer.answer_id}): {', '.join(reasons)}")
        if is_dry_run:
            return
        if miss.key != answer.key:
            self._moving.append((answer.key, miss.key))
            if self._answers.get(miss.key):
                return
        sounds_right = not {"text", "facts", "engine", "voice", "speech", "clip"} & set(reasons) and answer.speech
        report.queued += self._inbox.renew(miss, *((answer.clips, answer.speech) if sounds_right else ()))

    def _renewal(self, answer: Answer) -> Miss:
        key, template = self._key(answer.utterance), self._template(answer)
        return Miss(key, answer.utterance, template, answer.intent, answer.answer_id, "renewal", 1.0)

    def _template(self, answer: Answer) -> str:
        return self._written.get(answer.answer_id, answer.template)

    def _text(self, template: str) -> str | None:
        try:
            return self._facts.fill(template)
        except ConfigError:
            return None
