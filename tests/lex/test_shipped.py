"""The bot that comes with voicebot, its page, and the flows that use it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from voicebot.lex.definition import BotDefinition, load_bot
from voicebot.lex.lint import lint_bot
from voicebot.resources import bundled

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("flow", sorted(bundled("connect_flows").glob("*.json")), ids=lambda path: path.name)
def test_the_flows_send_the_bots_audio_times(flow: Path) -> None:
    audio = load_bot(bundled("lex_bots/chajipsa")).locales["ko_KR"].audio
    assert audio
    for action in json.loads(flow.read_text(encoding="utf-8"))["Actions"]:
        if action["Type"] == "ConnectParticipantWithLexBot":
            sent = action["Parameters"]["LexSessionAttributes"]
            times = {
                name: value for name, value in sent.items() if name.startswith(("x-amz-lex:audio:", "x-amz-lex:allow"))
            }
            assert len(times) >= 4
            assert times.items() <= audio.session_attributes().items()


def test_the_example_of_the_page_is_a_bot_without_errors() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lex.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert found
    bot = BotDefinition.model_validate(yaml.safe_load(found[1]))
    assert [finding for finding in lint_bot(bot) if finding.severity == "error"] == []
