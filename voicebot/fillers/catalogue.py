"""Which fillers there are, and which category covers the wait for which intent."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from voicebot.disk import explained
from voicebot.errors import ConfigError

Length = Literal["short", "medium", "long"]
LENGTHS: tuple[Length, ...] = ("short", "medium", "long")

DEFAULT_CATEGORY = "thinking"
LONG_WAIT = "long_wait"
VARIANTS = 2
"""The least number of texts of a category and length: with one alone a caller would hear it twice in a row."""

CATEGORY_OF_INTENT: Mapping[str, str] = {
    "booking_new": "booking",
    "booking_change": "booking",
    "booking_cancel": "booking",
    "booking_check": "booking",
    "pickup_delivery": "booking",
    "price_quote": "price",
    "payment_refund": "price",
    "promotion": "price",
    "business_hours": "place",
    "location": "place",
    "engine_oil": "repair",
    "tire": "repair",
    "battery": "repair",
    "brake": "repair",
    "inspection": "repair",
    "warning_light": "repair",
    "ev_care": "repair",
    "warranty": "repair",
    "emergency": "emergency",
    "insurance_accident": "emergency",
    "complaint": "apology",
}


@dataclass(frozen=True)
class FillerText:
    """One thing to say while the caller waits."""

    category: str
    length: Length
    variant: int
    text: str


def load_catalogue(path: Path) -> tuple[FillerText, ...]:
    """Return every filler of a catalogue file.

    Raises:
        ConfigError: The file is not a catalogue, or a caller could hear a text twice in a row; names the category and
            the length.
    """
    import yaml  # a function that only picks fillers reads no YAML

    with explained(path):
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: must hold categories")
    fillers: list[FillerText] = []
    for category, lengths in tree.items():
        for length in LENGTHS:
            texts = lengths.get(length) if isinstance(lengths, dict) else None
            if not isinstance(texts, list) or len(texts) < VARIANTS:
                raise ConfigError(f"{path}: {category}.{length}: must be a list of {VARIANTS} texts or more")
            fillers += [FillerText(str(category), length, n, str(text)) for n, text in enumerate(texts)]
    counted = Counter(filler.text for filler in fillers)
    twice = next((filler for filler in fillers if counted[filler.text] > 1), None)
    if twice:
        raise ConfigError(f"{path}: {twice.category}.{twice.length}: a text stands in the catalogue twice")
    return tuple(fillers)
