"""What fillers say."""

from pathlib import Path

import pytest
import yaml

from voicebot.client import Voicebot
from voicebot.errors import ConfigError
from voicebot.fillers.catalogue import CATEGORY_OF_INTENT, LENGTHS, load_catalogue

pytestmark = pytest.mark.unit


def test_there_are_eight_categories_with_four_variants_of_each_length(voicebot: Voicebot) -> None:
    counts: dict[tuple[str, str], int] = {}
    for filler in voicebot.filler_texts:
        counts[filler.category, filler.length] = counts.get((filler.category, filler.length), 0) + 1
    categories = {category for category, _ in counts}
    assert len(categories) >= 8
    assert set(counts) == {(category, length) for category in categories for length in LENGTHS}
    assert min(counts.values()) >= 4


def test_every_intent_leads_to_a_category_that_there_is(voicebot: Voicebot) -> None:
    assert set(CATEGORY_OF_INTENT.values()) <= {filler.category for filler in voicebot.filler_texts}
    assert set(CATEGORY_OF_INTENT) <= {response.intent for response in voicebot.responses}


@pytest.mark.parametrize(
    ("thinking", "reason"),
    [
        ({"short": ["네."], "medium": ["가.", "나."], "long": ["다.", "라."]}, "thinking.short"),
        ({"short": ["네.", "네."], "medium": ["가.", "나."], "long": ["다.", "라."]}, "twice"),
        (["네."], "thinking.short"),
    ],
)
def test_a_catalogue_that_would_repeat_itself_is_refused(tmp_path: Path, thinking: object, reason: str) -> None:
    path = tmp_path / "fillers.yaml"
    path.write_text(yaml.safe_dump({"thinking": thinking}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigError, match=reason):
        load_catalogue(path)
