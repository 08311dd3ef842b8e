"""Sample utterances that two intents claim, as our own language model hears them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from voicebot.korean.normalize import cache_key
from voicebot.lex.definition import LocaleDefinition
from voicebot.lex.findings import Finding
from voicebot.nlu.model import Model

LIKELY_SAME = 0.85
"""From this cosine two utterances say the same. Of 120 random groups of our paraphrases, 95 % of the lines have a
paraphrase above 0.93, and 95 % have no line of another group above 0.80."""
SURE_MEANING = 0.8
"""How sure the classifier must be that an utterance belongs to another intent; as sure as `LocalRecogniser` is to act."""

_ROWS_AT_ONCE = 512


@dataclass(frozen=True)
class _Line:
    intent: str
    utterance: str
    key: str


def check_conflicts(where: str, locale: LocaleDefinition, model: Model) -> Iterator[Finding]:
    """Yield utterances that mean what another intent's utterance means, or that the classifier hears as another intent."""
    lines = [
        _Line(intent.name, utterance, cache_key(utterance))
        for intent in locale.intents
        for utterance in intent.utterances
        if cache_key(utterance)
    ]
    if not lines:
        return
    yield from _alike(where, lines, model)
    yield from _meanings(where, locale, lines, model)


def _alike(where: str, lines: list[_Line], model: Model) -> Iterator[Finding]:
    vectors = model.encode([line.utterance for line in lines])
    intents = np.array([line.intent for line in lines])
    keys = np.array([line.key for line in lines])
    reported: set[frozenset[str]] = set()
    for start in range(0, len(lines), _ROWS_AT_ONCE):
        nearness = vectors[start : start + _ROWS_AT_ONCE] @ vectors.T
        for row, line in enumerate(lines[start : start + _ROWS_AT_ONCE]):
            is_other = (intents != line.intent) & (keys != line.key)  # the very same text is another rule's
            place = int(np.argmax(np.where(is_other, nearness[row], -1.0)))
            pair = frozenset((line.key, lines[place].key))
            if is_other[place] and nearness[row, place] >= LIKELY_SAME and pair not in reported:
                reported.add(pair)
                yield _conflict(where, line, lines[place], float(nearness[row, place]))


def _meanings(where: str, locale: LocaleDefinition, lines: list[_Line], model: Model) -> Iterator[Finding]:
    owners = {meaning: intent.name for intent in locale.intents for meaning in intent.meanings}
    if not owners or not model.intents:
        return
    for line in lines:
        found = model.intent(line.utterance)
        owner = owners.get(found.intent)
        if owner and owner != line.intent and found.confidence >= SURE_MEANING:
            yield Finding(
                "utterance-meaning",
                "warning",
                f"{where}/{line.intent}",
                f"“{line.utterance}” is heard as {found.intent} ({found.confidence:.2f}), which is {owner}'s",
                f"move it to {owner}, or say it otherwise",
            )


def _conflict(where: str, line: _Line, other: _Line, likeness: float) -> Finding:
    return Finding(
        "utterance-conflict",
        "warning",
        f"{where}/{line.intent}",
        f"“{line.utterance}” means what “{other.utterance}” of {other.intent} means (likeness {likeness:.2f})",
        "keep it in one of the two intents, or make the two more different",
    )
