"""Questions and answers from a CSV file into the inbox."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from voicebot.cache.lookup import Lookup
from voicebot.cache.protocol import AnswerStore, Inbox, InboxItem, Miss
from voicebot.chat.facts import Facts
from voicebot.disk import explained
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean, has_speech

_REQUIRED = ("id", "utterance")


@dataclass(frozen=True)
class SeedRow:
    """One line of a cache CSV."""

    line: int
    answer_id: str
    utterance: str
    answer: str


@dataclass
class SeedReport:
    """What a seed did, or would do."""

    added: int = 0
    already_known: int = 0
    rejected: list[str] = field(default_factory=list)


def read_cache_csv(path: Path) -> Iterator[SeedRow]:
    """Yield the rows of a cache CSV (``id,utterance[,answer]``); lines of one id share its first answer.

    Raises:
        InputError: The file is not UTF-8 or a column is missing; names the file and the line.
    """
    answers: dict[str, str] = {}
    with explained(path), path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            missing = [name for name in _REQUIRED if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{path}:1: the column {missing[0]!r} is missing",
                    hint="columns: id,utterance and optionally answer",
                )
            for row in reader:
                answer_id = (row["id"] or "").strip()
                answer = (row.get("answer") or "").strip()
                if answer:
                    answers.setdefault(answer_id, answer)
                yield SeedRow(reader.line_num, answer_id, (row["utterance"] or "").strip(), answers.get(answer_id, ""))
        except UnicodeDecodeError as exc:
            raise InputError(f"{path}:{reader.line_num + 1}: is not UTF-8 text", hint="save the file as UTF-8") from exc
        except csv.Error as exc:
            raise InputError(f"{path}:{reader.line_num}: {exc}") from exc


class Seeding:
    """Puts a CSV's questions into the inbox, from where approval makes them answers."""

    def __init__(self, lookup: Lookup, answers: AnswerStore, inbox: Inbox, facts: Facts) -> None:
        self._lookup = lookup
        self._answers = answers
        self._inbox = inbox
        self._facts = facts

    def run(self, path: Path, dry_run: bool = False) -> SeedReport:
        """Seed from `path`; what is already there stays as it is. Lines that cannot be used are listed and passed over."""
        report = SeedReport()
        for row in read_cache_csv(path):
            problem = self._problem(row)
            if problem:
                report.rejected.append(f"{path}:{row.line}: {problem}")
                continue
            key = self._lookup.key(row.utterance)
            if self._answers.get(key) or self._inbox.get(key):
                report.already_known += 1
                continue
            report.added += 1
            if not dry_run:
                self._inbox.record(
                    Miss(
                        key,
                        mask(clean(row.utterance)),
                        row.answer,
                        answer_id=row.answer_id,
                        source="seed",
                        confidence=1.0,
                    )
                )
        return report

    def _problem(self, row: SeedRow) -> str:
        if not row.answer_id:
            return "the id is empty"
        if not has_speech(row.utterance):
            return "the utterance has nothing to say"
        if not row.answer:
            return f"no line of the id {row.answer_id!r} has an answer yet"
        missing = self._facts.missing(row.answer)
        return f"the fact {missing[0]!r} is not known" if missing else ""


def add_by_hand(lookup: Lookup, inbox: Inbox, facts: Facts, utterance: str, answer: str, intent: str = "") -> InboxItem:
    """Put a person's question and answer into the inbox and return the item.

    Raises:
        InputError: The question or the answer has nothing to say, or the answer names an unknown fact.
    """
    text = mask(clean(utterance))
    if not has_speech(text) or not has_speech(answer):
        raise InputError("a question and an answer in words are needed")
    missing = facts.missing(answer)
    if missing:
        raise InputError(f"the fact {missing[0]!r} is not known", hint="add it to the facts file")
    key = lookup.key(text)
    if not inbox.record(Miss(key, text, answer, intent, source="person", confidence=1.0)):
        inbox.set_state(key, "pending")
        inbox.propose(key, answer, intent, 1.0, "person")
    item = inbox.get(key)
    assert item is not None
    return item
