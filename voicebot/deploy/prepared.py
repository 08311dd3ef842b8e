"""What is made when packages are built, so that a function that starts cold need not make it."""

from collections.abc import Sequence

from voicebot.chat.learned import build_questions, questions_name
from voicebot.chat.responses import Response
from voicebot.nlu.model import Model

_READER = "voicebot/chat/learned.py"


def prepared(model: Model, responses: Sequence[Response]) -> dict[str, dict[str, bytes]]:
    """Return files by name, by the source file that looks for them: the index of the written answers' questions."""
    name = f"voicebot/data/index/{questions_name(model, responses)}"
    return {_READER: {name: build_questions(model, responses).packed()}}
