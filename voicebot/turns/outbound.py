"""What is special about a turn of a call that we placed: its first answer, voice mail, the key that refuses, its length."""

import re

from voicebot.korean.patterns import pattern
from voicebot.turns.protocol import Next, TurnRequest

OPT_OUT_KEY = "9"
"""Pressed in an outbound call, it refuses further calls."""

LONG_UTTERANCE_CHARS = 70
"""Nobody answers the phone with so many syllables in one breath; a recorded greeting does. About ten seconds of speech."""

_VOICEMAIL = (
    r"음성\s?사서함|소리샘|퀵\s?보이스|자동\s?응답기|부재\s?중|삐\s?(?:소리|하는|하고)"
    r"|(?:메시지|메세지|메모|음성|용건|말씀|녹음)[을를]?\s?(?:남겨|남기|녹음)"
    r"|전화를?\s?받(?:을|으실)\s?수\s?(?:가\s?)?없|연결(?:이|을)?\s?(?:되지|할\s?수)\s?(?:않|없)"
    r"|전원이\s?꺼져|통화료가?\s?부과|없는\s?(?:전화\s?)?번호|결번|지금\s?거신\s?(?:전화|번호)|고객님의?\s?사정"
)


_YES = r"(?:아\s?)?(?:(?:네|예|넵|응|어|그래|그래요)(?![가-힣])|여보세요|괜찮|말씀하세요|말씀하|됩니다|돼요|가능)"
_LATER = (
    r"바빠|바쁘|바쁩|나중에|다음에|이따|운전\s?중|회의\s?중|수업\s?중|통화\s?(?:가\s?)?(?:어려|힘들|곤란)|곤란"
    r"|안\s?(?:돼|되|됩|괜찮)|지금은\s?(?:좀|조금)|아니[요오]|못\s?받"
)
_SHORT_CHARS = 16


def outbound_next(request: TurnRequest, now_s: float) -> Next | None:
    """Return where the flow goes on at once, whatever was understood; None where the dialog decides.

    Args:
        request: The turn.
        now_s: Seconds since the Unix epoch.
    """
    if not request.is_outbound:
        return None
    if request.is_keyed and request.utterance.strip() == OPT_OUT_KEY:
        return "opt_out"
    if request.lex_intent != "OptOut" and 0 < request.deadline_s <= now_s:
        return "goodbye"
    is_first = request.turn == 1 or (request.turn == 2 and "missed" in request.memory)
    if is_first and is_voicemail(request.utterance):
        return "voicemail"
    if is_first and request.lex_intent not in ("OptOut", "AgentRequest"):
        return answer_to_may_we_talk(request.utterance)
    return None


def answer_to_may_we_talk(utterance: str) -> Next | None:
    """Return what a short first answer means: go on, or another time; None when it says something of its own."""
    words = utterance.strip(" .,!?")
    if len(words) > _SHORT_CHARS or not words:
        return None
    if pattern(_LATER).search(words):
        return "later"
    return "proceed" if pattern(_YES).match(words) else None


def is_voicemail(first_utterance: str) -> bool:
    """Return whether a machine has answered: by what it says, or by how long it speaks at first."""
    syllables = re.sub(r"[\s.,!?~]", "", first_utterance)
    return bool(pattern(_VOICEMAIL).search(first_utterance)) or len(syllables) >= LONG_UTTERANCE_CHARS
