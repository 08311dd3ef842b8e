"""The events that Lex sends, and how it takes the replies."""

from collections.abc import Mapping
from typing import Any

import pytest

from voicebot.errors import InputError
from voicebot.lex.conversation import LocalConversation
from voicebot.lex.definition import load_bot
from voicebot.lex.recogniser import LocalRecogniser
from voicebot.resources import bundled

pytestmark = pytest.mark.unit

BOT = load_bot(bundled("lex_bots/chajipsa/bot.yaml"))
RECOGNISER = LocalRecogniser(BOT.locales["ko_KR"])


class Hook:
    """A code hook that answers by the book and keeps the events."""

    def __init__(self, reply: Mapping[str, Any] | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self._reply = reply

    def __call__(self, event: dict[str, Any]) -> Mapping[str, Any]:
        self.events.append(event)
        if self._reply is not None:
            return self._reply
        state = event["sessionState"]
        is_dialog = event["invocationSource"] == "DialogCodeHook"
        return {
            "sessionState": {
                "sessionAttributes": {**state["sessionAttributes"], "seen": event["invocationSource"]},
                "dialogAction": {"type": "Delegate" if is_dialog else "Close"},
                "intent": {**state["intent"], "state": "ReadyForFulfillment" if is_dialog else "Fulfilled"},
            },
            "messages": [],
        }


def conversation(hook: Hook) -> LocalConversation:
    return LocalConversation(BOT, "ko_KR", RECOGNISER, hook, "contact-1", {"kept": "yes"})


def test_an_utterance_is_heard_by_the_dialog_hook_and_then_by_the_fulfilment_hook() -> None:
    hook = Hook()
    outcome = conversation(hook).hear("엔진오일 교환 비용이 얼마예요")
    assert [event["invocationSource"] for event in hook.events] == ["DialogCodeHook", "FulfillmentCodeHook"]
    assert (outcome.is_done, outcome.intent_name, outcome.dialog_state) == (True, "CaptureUtterance", "Fulfilled")
    assert outcome.session_attributes == {"kept": "yes", "seen": "FulfillmentCodeHook"}


def test_the_event_has_the_documented_shape() -> None:
    hook = Hook()
    conversation(hook).hear("상담원 연결해 주세요")
    event = hook.events[0]
    assert event["messageVersion"] == "1.0"
    assert event["inputMode"] == "Speech"
    assert event["sessionId"] == "contact-1"
    assert event["inputTranscript"] == "상담원 연결해 주세요"
    assert event["bot"]["localeId"] == "ko_KR"
    assert event["interpretations"][0]["intent"]["name"] == "AgentRequest"
    assert event["interpretations"][-1]["intent"]["name"] == "FallbackIntent"
    assert "nluConfidence" not in event["interpretations"][-1]
    assert event["sessionState"]["intent"]["state"] == "ReadyForFulfillment"
    assert event["transcriptions"][0]["transcription"] == "상담원 연결해 주세요"


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("저기 상담원좀 연결해주세요", "AgentRequest"),
        ("사람 바꿔 주세요", "AgentRequest"),
        ("다시는 전화하지 마세요", "OptOut"),
        ("네 감사합니다", "Goodbye"),
        ("아니요 없어요", "Goodbye"),
        ("우리 아이 유치원 버스가 언제 오나요", "FallbackIntent"),
        ("전화 번호 알려 주세요", "FallbackIntent"),
        ("예약 취소하고 감사합니다 인사도 전해 주세요", "FallbackIntent"),
    ],
)
def test_only_a_clear_likeness_counts_as_an_intent(utterance: str, intent: str) -> None:
    assert RECOGNISER.interpret(utterance)[0].intent.name == intent


def test_silence_is_the_fallback_intent_with_an_empty_transcript() -> None:
    hook = Hook()
    outcome = conversation(hook).hear(None)
    assert outcome.intent_name == "FallbackIntent"
    assert hook.events[0]["inputTranscript"] == ""
    assert hook.events[0]["transcriptions"] == []


def test_a_hook_that_elicits_keeps_the_conversation_going() -> None:
    reply = {
        "sessionState": {"dialogAction": {"type": "ElicitIntent"}},
        "messages": [{"contentType": "PlainText", "content": "한 번 더 말씀해 주세요."}],
    }
    outcome = conversation(Hook(reply)).hear("엔진오일 교환 비용이 얼마예요")
    assert (outcome.is_done, outcome.messages) == (False, ("한 번 더 말씀해 주세요.",))


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"sessionState": {"dialogAction": {"type": "Hangup"}}},
        {"sessionState": {"dialogAction": {"type": "Close"}, "intent": {"state": "InProgress"}}},
        {"sessionState": {"dialogAction": {"type": "Delegate"}, "intent": {"state": "Done"}}},
        {"sessionState": {"dialogAction": {"type": "ElicitIntent"}}, "messages": []},
        {"sessionState": {"dialogAction": {"type": "Delegate"}, "sessionAttributes": {"turn": 3}}},
    ],
)
def test_a_reply_that_lex_would_refuse_is_refused(reply: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        conversation(Hook(reply)).hear("엔진오일 교환 비용이 얼마예요")


def test_the_classifier_recognises_what_no_sample_resembles() -> None:
    def classify(text: str) -> tuple[str, float]:
        return ("agent", 0.95) if "사람" in text else ("tire", 0.99) if "타이어" in text else ("opt_out", 0.5)

    recogniser = LocalRecogniser(BOT.locales["ko_KR"], classify)
    assert recogniser.interpret("답답해서 그러는데 진짜 사람하고 얘기하면 안 될까")[0].intent.name == "AgentRequest"
    assert recogniser.interpret("타이어 옆구리가 찢어진 것 같거든요")[0].intent.name == "FallbackIntent"
    assert recogniser.interpret("글쎄 그게 좀 그렇다니까")[0].intent.name == "FallbackIntent"
