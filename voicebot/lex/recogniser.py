"""What Lex would make of an utterance, on this machine: the nearest sample utterance wins."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.korean.normalize import cache_key
from voicebot.lex.definition import IntentDefinition, LocaleDefinition

CLEAR_SIMILARITY = 0.72
"""How alike an utterance and a sample must be, as the Dice coefficient of their syllable pairs."""


@dataclass(frozen=True)
class Interpretation:
    """An intent that an utterance may mean; the fallback intent has no confidence, as in Lex."""

    intent: IntentDefinition
    confidence: float | None


class LocalRecogniser:
    """Recognises the intents of one locale."""

    def __init__(self, locale: LocaleDefinition) -> None:
        self._fallback = locale.fallback
        self._samples = [
            (intent, _pairs(cache_key(utterance))) for intent in locale.intents for utterance in intent.utterances
        ]

    def interpret(self, utterance: str) -> Sequence[Interpretation]:
        """Return the interpretations of `utterance`, best first; the fallback intent is always among them."""
        pairs = _pairs(cache_key(utterance))
        best: dict[str, Interpretation] = {}
        for intent, sample in self._samples:
            confidence = round(_dice(pairs, sample), 2)
            known = best.get(intent.name)
            if known is None or confidence > (known.confidence or 0.0):
                best[intent.name] = Interpretation(intent, confidence)
        ranked = sorted(best.values(), key=lambda found: -(found.confidence or 0.0))[:4]
        fallback = Interpretation(self._fallback, None)
        if ranked and (ranked[0].confidence or 0.0) >= CLEAR_SIMILARITY:
            return (*ranked, fallback)
        return (fallback, *ranked)


def _pairs(key: str) -> frozenset[str]:
    padded = f"^{key}$"
    return frozenset(padded[i : i + 2] for i in range(len(padded) - 1))


def _dice(a: frozenset[str], b: frozenset[str]) -> float:
    return 2 * len(a & b) / (len(a) + len(b))
