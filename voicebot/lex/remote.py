"""What Lex itself makes of an utterance."""

from typing import Any
from uuid import uuid4

from voicebot.aws.session import AwsService
from voicebot.errors import NotFoundError
from voicebot.lex.definition import AudioDefinition
from voicebot.lex.models import LexModels, call
from voicebot.lex.recogniser import Heard

TEST_ALIAS = "TSTALIASID"
"""The alias of the draft, which every bot has."""


def recognise_text(
    models: LexModels, runtime: AwsService, name: str, alias: str, locale: str, text: str, audio: AudioDefinition | None
) -> tuple[Heard, ...]:
    """Return what a published bot makes of a text, best first; its code hook is called as in a call.

    Args:
        models: Finds the bot.
        runtime: ``lexv2-runtime``.
        name: The bot's name.
        alias: The alias's name; DRAFT is what was imported last.
        locale: Such as ko_KR.
        text: What a caller says.
        audio: Sent along as a flow would.

    Raises:
        NotFoundError: There is no such bot or alias.
    """
    bot_id = models.find_bot(name)
    if bot_id is None:
        raise NotFoundError(f"there is no bot {name} in {models.region}", hint="run: voicebot lex publish")
    found = None if alias == "DRAFT" else models.find_alias(bot_id, alias)
    if alias != "DRAFT" and found is None:
        raise NotFoundError(f"bot {name} has no alias {alias}", hint="run: voicebot lex publish")
    reply = call(
        runtime,
        "recognize_text",
        botId=bot_id,
        botAliasId=found.id if found else TEST_ALIAS,
        localeId=locale,
        sessionId=f"voicebot-try-{uuid4().hex}",
        text=text,
        sessionState={"sessionAttributes": audio.session_attributes() if audio else {}},
    )
    return tuple(_heard(each) for each in reply.get("interpretations", ()))


def _heard(raw: dict[str, Any]) -> Heard:
    confidence = raw.get("nluConfidence")
    slots = raw["intent"].get("slots") or {}
    values = {
        name: slot["value"].get("interpretedValue", "") for name, slot in slots.items() if slot and "value" in slot
    }
    return Heard(raw["intent"]["name"], confidence["score"] if isinstance(confidence, dict) else confidence, values)
