"""The bot's code hook: looks the caller's words up and says where the flow goes on."""

import json
from collections.abc import Mapping
from typing import Any

from lambdas.events import LexEvent
from lambdas.replies import lex_close, lex_delegate, recovery_for
from lambdas.runtime import client, warm
from voicebot.client import Voicebot
from voicebot.errors import VoicebotError
from voicebot.turns.protocol import Next, TurnOutcome, TurnRequest

TURN = "voicebot_turn"
MEMORY = "voicebot_memory"


def handle(event: dict[str, Any], voicebot: Voicebot) -> dict[str, Any]:
    """Return the reply to a Lex V2 event. The dialog hook starts the turn, the fulfilment hook reports it."""
    lex = LexEvent.parse(event)
    turn = int(lex.session_attributes.get(TURN) or 0) + 1
    request = TurnRequest(
        contact_id=lex.session_id,
        turn=turn,
        utterance=lex.transcript,
        lex_intent=lex.intent.get("name", ""),
        memory=_memory(lex.session_attributes),
        is_outbound=lex.session_attributes.get("voicebot_direction") == "outbound",
        is_keyed=lex.is_keyed,
        deadline_s=float(lex.session_attributes.get("voicebot_deadline") or 0),
        engine=lex.session_attributes.get("voicebot_engine", ""),
    )
    try:
        outcome = voicebot.turns.open(request)
    except VoicebotError as exc:
        recovery = recovery_for(exc)
        if recovery in ("raise", "retry"):
            raise
        next_: Next = "agent" if recovery == "agent" else "reprompt"
        outcome = TurnOutcome("", next_, None, "", request.memory, {})
    if not lex.is_fulfillment:
        return lex_delegate(lex.intent, {**lex.session_attributes, **_stages(outcome)})
    return lex_close(lex.intent, {**lex.session_attributes, **_attributes(outcome, turn)})


def _attributes(outcome: TurnOutcome, turn: int) -> dict[str, str]:
    return {
        **_stages(outcome),
        TURN: str(turn),
        MEMORY: json.dumps(dict(outcome.memory), ensure_ascii=False),
        "voicebot_job": outcome.job_id,
        "voicebot_next": outcome.next,
        "voicebot_hit": {True: "true", False: "false", None: ""}[outcome.is_hit],
        "voicebot_intent": outcome.intent,
    }


def _memory(attributes: Mapping[str, str]) -> dict[str, str]:
    """Return what the dialog remembers; what is not ours to read counts as nothing."""
    try:
        memory = json.loads(attributes.get(MEMORY) or "{}")
    except json.JSONDecodeError:
        return {}
    return {str(name): str(value) for name, value in memory.items()} if isinstance(memory, dict) else {}


def _stages(outcome: TurnOutcome) -> dict[str, str]:
    return {f"voicebot_stage_{stage}_ms": str(ms) for stage, ms in outcome.stage_ms.items()}


def _prepare(voicebot: Voicebot) -> None:
    voicebot.prewarm_turns()


def _refresh(voicebot: Voicebot) -> None:
    voicebot.answer_index.refresh()


def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer Lex."""
    return handle(event, client())


warm(_prepare, _refresh)
