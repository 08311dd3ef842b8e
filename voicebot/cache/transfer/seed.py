"""Questions and answers that people wrote, into the inbox."""

from voicebot.cache.lookup import Lookup
from voicebot.cache.protocol import AnswerStore, Inbox, InboxItem, Miss
from voicebot.cache.transfer.loading import Entry, Outcome
from voicebot.chat.facts import Facts
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean, has_speech


class SeedTarget:
    """Puts questions into the inbox, from where approval makes them answers; what is there already stays as it is.

    Args:
        answers: What need not be asked for again.
        inbox: Takes the questions.
    """

    name = "seed"

    def __init__(self, answers: AnswerStore, inbox: Inbox) -> None:
        self._answers = answers
        self._inbox = inbox

    def problem(self, entry: Entry) -> str:
        """Return an empty string: every entry can be asked for."""
        return ""

    def apply(self, entry: Entry, is_dry_run: bool) -> Outcome:
        """Record an entry that is new."""
        if self._answers.get(entry.key) or self._inbox.get(entry.key):
            return "unchanged"
        if not is_dry_run:
            self._inbox.record(seed_miss(entry))
        return "added"


def seed_miss(entry: Entry) -> Miss:
    """Return what the inbox records of an entry."""
    return Miss(
        entry.key,
        entry.utterance,
        entry.template,
        entry.cells.get("intent", "").strip(),
        entry.answer_id,
        source="seed",
        confidence=1.0,
    )


def by_hand(lookup: Lookup, facts: Facts, utterance: str, answer: str, intent: str = "") -> Miss:
    """Return a person's question and answer as the inbox takes it.

    Raises:
        InputError: The question or the answer has nothing to say, or the answer names an unknown fact.
    """
    text = mask(clean(utterance))
    if not has_speech(text) or not has_speech(answer):
        raise InputError("a question and an answer in words are needed")
    missing = facts.missing(answer)
    if missing:
        raise InputError(f"the fact {missing[0]!r} is not known", hint="add it to the facts file")
    return Miss(lookup.key(text), text, answer, intent, source="person", confidence=1.0)


def add_by_hand(inbox: Inbox, miss: Miss) -> InboxItem:
    """Put what `by_hand` returned into the inbox and return the item."""
    if not inbox.record(miss):
        inbox.set_state(miss.key, "pending")
        inbox.propose(miss.key, miss.answer or "", miss.intent, miss.confidence, miss.source)
    item = inbox.get(miss.key)
    assert item is not None
    return item
