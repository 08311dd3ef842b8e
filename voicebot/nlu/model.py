"""A trained model on disk: its parts, its card, and the check that nothing of it has changed."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voicebot.disk import write_atomically
from voicebot.errors import ConfigError
from voicebot.nlu.arrays import checksum_of, map_arrays, pack_arrays
from voicebot.nlu.data import OUT_OF_SCOPE
from voicebot.nlu.encoder import Encoder
from voicebot.nlu.lexicon import Lexicon, shipped_lexicon
from voicebot.nlu.lines import analyse
from voicebot.nlu.verifier import Verifier

MODEL_VERSION = 2
CARD = "card.json"


@dataclass(frozen=True, slots=True)
class IntentResult:
    """What a line is about.

    Attributes:
        intent: The likeliest intent, `out_of_scope` when rejected.
        confidence: Its calibrated probability.
        ranking: All intents with their probabilities, likeliest first.
        is_rejected: True when the line is outside of what the bot does.
    """

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    is_rejected: bool


class Model:
    """What was learned, ready for use without torch.

    Args:
        card: The model's description; see `train.py`.
        arrays: Its weights.
        lexicon: The words it was trained with.
    """

    def __init__(self, card: dict[str, Any], arrays: dict[str, NDArray[Any]], lexicon: Lexicon) -> None:
        self.card = card
        self.lexicon = lexicon
        self.intents: tuple[str, ...] = tuple(card["intents"])
        self.threshold = float(card["threshold"])
        self.encoder = Encoder(_part(arrays, "encoder."), lexicon.vectors)
        self.verifier = Verifier(_part(arrays, "verifier."))
        self._temperature = float(card["temperature"])
        self.rejection = float(card["rejection"])

    @cached_property
    def fingerprint(self) -> str:
        """A hash of the weights; an index belongs to one fingerprint."""
        return str(self.card["weights_sha256"])

    def intent(self, text: str) -> IntentResult:
        """Return what `text` is about.

        Raises:
            ConfigError: The model was trained without intents.
        """
        if not self.intents:
            raise ConfigError("this model was trained without intents", hint="train it with an intents file")
        shares = self.intent_shares([text])[0]
        order = np.argsort(-shares, kind="stable")
        ranking = tuple((self.intents[i], float(shares[i])) for i in order)
        outside = float(shares[self.intents.index(OUT_OF_SCOPE)]) if OUT_OF_SCOPE in self.intents else 0.0
        if outside >= self.rejection:
            return IntentResult(OUT_OF_SCOPE, outside, ranking, True)
        intent, confidence = next(item for item in ranking if item[0] != OUT_OF_SCOPE)
        return IntentResult(intent, confidence, ranking, False)

    def intent_shares(self, texts: list[str]) -> NDArray[np.float32]:
        """Return one row a text, one probability an intent."""
        return self.shares(self.encoder.intent_logits([analyse(text, self.lexicon) for text in texts]))

    def shares(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return calibrated probabilities for an encoder's logits, one row a line."""
        return cooled(logits, self._temperature)

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Return one unit row a text."""
        return self.encoder.encode([analyse(text, self.lexicon) for text in texts])


def cooled(logits: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Return the softmax of logits, shape (lines, labels), at a temperature."""
    scaled = logits / temperature
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)


def load_model(folder: Path) -> Model:
    """Return the model in `folder`.

    Raises:
        ConfigError: It is missing, of another version, or a byte of it has changed.
    """
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as exc:
        raise ConfigError(f"{folder / CARD}: no readable model", hint="train one with: voicebot nlu train") from exc
    hint = "train it again, or restore the folder; a model already loaded stays in use"
    if not isinstance(card, dict) or card.get("version") != MODEL_VERSION:
        raise ConfigError(f"{folder / CARD}: not a model of version {MODEL_VERSION}", hint=hint)
    if hashlib.sha256(_unsigned(card)).hexdigest() != card.get("signature"):
        raise ConfigError(f"{folder / CARD}: changed after it was written", hint=hint)
    path = folder / weights_name(card["weights_sha256"])
    found = map_arrays(path, hint)
    if found.checksum != card["weights_crc32"]:
        raise ConfigError(f"{path}: damaged; its checksum is not the card's", hint=hint)
    lexicon = shipped_lexicon()
    if card["lexicon"] != lexicon.mark:
        raise ConfigError(f"{folder}: made with another lexicon", hint=hint)
    return Model(card, found.arrays, lexicon)


def save_model(folder: Path, card: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Model:
    """Write a model and return it; a reader, or a kill at any moment, finds the old one or the new one whole."""
    data = pack_arrays(arrays, {})
    digest = hashlib.sha256(data).hexdigest()
    lexicon = shipped_lexicon()
    full = card | {
        "version": MODEL_VERSION,
        "lexicon": lexicon.mark,
        "weights_sha256": digest,
        "weights_crc32": checksum_of(data),
    }
    full["signature"] = hashlib.sha256(_unsigned(full)).hexdigest()
    write_atomically(folder / weights_name(digest), data)
    write_atomically(folder / CARD, (json.dumps(full, ensure_ascii=False, indent=1) + "\n").encode())
    for old in folder.glob("weights-*"):
        if old.name != weights_name(digest):
            old.unlink()
    return Model(full, arrays, lexicon)


def weights_name(digest: str) -> str:
    """Return the name of a weights file, which says what must be in it."""
    return f"weights-{digest[:12]}.arrays"


def _unsigned(card: dict[str, Any]) -> bytes:
    rest = {name: value for name, value in card.items() if name != "signature"}
    return json.dumps(rest, ensure_ascii=False, sort_keys=True).encode()


def _part(arrays: dict[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
