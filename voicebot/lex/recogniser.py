"""What Lex would make of an utterance, on this machine: a sample utterance, or what our own classifier understands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from voicebot.korean.normalize import cache_key
from voicebot.lex.definition import IntentDefinition, LocaleDefinition

CLEAR_SIMILARITY = 0.72
"""How alike an utterance and a sample must be, as the Dice coefficient of their syllable pairs."""
CLEAR_CONFIDENCE = 0.8
"""How sure the classifier must be to act on a meaning that ends or hands over the call."""

Classifier = Callable[[str], tuple[str, float]]
"""Text to (meaning, confidence)."""


@dataclass(frozen=True)
class Interpretation:
    """An intent that an utterance may mean; the fallback intent has no confidence, as in Lex."""

    intent: IntentDefinition
    confidence: float | None


@dataclass(frozen=True)
class Heard:
    """An intent that an utterance may mean, here or at Lex.

    Attributes:
        intent: Its name.
        confidence: 0.0 to 1.0; None for the fallback intent.
        slots: Slot values by name.
    """

    intent: str
    confidence: float | None
    slots: Mapping[str, str]


class LocalRecogniser:
    """Recognises the intents of one locale.

    Args:
        locale: The intents.
        classify: Our own classifier; None compares with the sample utterances only.
    """

    def __init__(self, locale: LocaleDefinition, classify: Classifier | None = None) -> None:
        self._fallback = locale.fallback
        self._classify = classify
        self._by_meaning = {meaning: intent for intent in locale.intents for meaning in intent.meanings}
        self._samples = [
            (intent, _pairs(cache_key(utterance))) for intent in locale.intents for utterance in intent.utterances
        ]

    def interpret(self, utterance: str) -> Sequence[Interpretation]:
        """Return the interpretations of `utterance`, best first; the fallback intent is always among them."""
        best = self._by_samples(utterance)
        understood = self._understood(utterance)
        if understood:
            known = best.get(understood.intent.name)
            if known is None or (known.confidence or 0.0) < (understood.confidence or 0.0):
                best[understood.intent.name] = understood
        ranked = sorted(best.values(), key=lambda found: -(found.confidence or 0.0))[:4]
        fallback = Interpretation(self._fallback, None)
        if ranked and (ranked[0].confidence or 0.0) >= CLEAR_SIMILARITY:
            return (*ranked, fallback)
        return (fallback, *ranked)

    def hear(self, utterance: str) -> Sequence[Heard]:
        """Return what `interpret` returns, by name."""
        return [Heard(found.intent.name, found.confidence, {}) for found in self.interpret(utterance)]

    def _by_samples(self, utterance: str) -> dict[str, Interpretation]:
        pairs = _pairs(cache_key(utterance))
        best: dict[str, Interpretation] = {}
        for intent, sample in self._samples:
            confidence = round(_dice(pairs, sample), 2)
            known = best.get(intent.name)
            if known is None or confidence > (known.confidence or 0.0):
                best[intent.name] = Interpretation(intent, confidence)
        return best

    def _understood(self, utterance: str) -> Interpretation | None:
        if self._classify is None or not utterance.strip():
            return None
        meaning, confidence = self._classify(utterance)
        intent = self._by_meaning.get(meaning)
        return Interpretation(intent, round(confidence, 2)) if intent and confidence >= CLEAR_CONFIDENCE else None


def _pairs(key: str) -> frozenset[str]:
    padded = f"^{key}$"
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1))


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b))
