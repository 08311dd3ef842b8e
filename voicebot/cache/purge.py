"""Approved answers out of the store, with their clips."""

from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.cache.orphans import Orphans
from voicebot.cache.protocol import Answer, AnswerStore
from voicebot.errors import InputError


@dataclass(frozen=True)
class Choice:
    """Which answers: those that meet everything that is set.

    Attributes:
        answer_ids: Of these ids.
        intents: Of these intents.
        engines: Spoken by these engines.
        before_s: Approved before this time, in seconds since the Unix epoch.
        is_everything: All of them, where nothing else is set.
    """

    answer_ids: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    before_s: float | None = None
    is_everything: bool = False

    @property
    def is_empty(self) -> bool:
        """True when nothing is set."""
        return not (self.answer_ids or self.intents or self.engines or self.before_s is not None or self.is_everything)

    def takes(self, answer: Answer) -> bool:
        """Return whether an answer is meant."""
        return (
            (not self.answer_ids or answer.answer_id in self.answer_ids)
            and (not self.intents or answer.intent in self.intents)
            and (not self.engines or answer.engine in self.engines)
            and (self.before_s is None or answer.approved_at_s < self.before_s)
        )


@dataclass
class PurgeReport:
    """What was removed, or would be.

    Attributes:
        answers: How many questions have no approved answer any more.
        clips: How many clips they named; those that nothing else names are removed once no call can be playing them.
    """

    answers: int
    clips: int


class Purge:
    """Removes answers. Their inbox items stay approved: the next time a question is asked it is a miss and waits again.

    Args:
        answers: The store.
        orphans: Removes the clips later.
    """

    def __init__(self, answers: AnswerStore, orphans: Orphans) -> None:
        self._answers = answers
        self._orphans = orphans

    def run(self, choice: Choice, is_dry_run: bool = False) -> PurgeReport:
        """Remove the answers that are meant.

        Raises:
            InputError: Nothing says which.
        """
        if choice.is_empty:
            raise InputError("nothing says which answers", hint="give --id, --intent, --engine, --older-days or --all")
        found = 0
        clips: set[str] = set()
        for answer in self._meant(choice):
            found += 1
            clips.update(answer.clips)
        if is_dry_run or not found:
            return PurgeReport(found, len(clips))
        self._orphans.replaced(clips)
        removed = sum(self._answers.delete(answer.key) for answer in self._meant(choice))
        return PurgeReport(removed, len(clips))

    def _meant(self, choice: Choice) -> Iterator[Answer]:
        return filter(choice.takes, self._answers.scan())
