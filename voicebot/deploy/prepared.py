"""What is made when packages are built, so that a function that starts cold need not make it."""

from typing import TYPE_CHECKING

from voicebot.chat.learned import build_questions, questions_name
from voicebot.chat.responses import load_responses
from voicebot.nlu.model import load_model
from voicebot.resources import DATA_DIR

if TYPE_CHECKING:
    from voicebot.settings.tree import Settings

_READER = "voicebot/chat/learned.py"


def prepared(settings: "Settings") -> dict[str, dict[str, bytes]]:
    """Return files by name, by the source file that looks for them: the index of the written answers' questions."""
    model = load_model(DATA_DIR / "model")
    responses = load_responses(settings.chat.response_bank or DATA_DIR / "response_bank.csv")
    name = f"voicebot/data/index/{questions_name(model, responses)}"
    return {_READER: {name: build_questions(model, responses).packed()}}
