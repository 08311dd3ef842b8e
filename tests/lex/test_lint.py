"""The lint: one small bot a rule, each with one defect, and bots that stay clean."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from voicebot.errors import GateError
from voicebot.lex.definition import BotDefinition, load_bot
from voicebot.lex.lint import lint_bot, require_sound
from voicebot.lex.quotas import units
from voicebot.nlu.model import Model, load_model
from voicebot.resources import DATA_DIR, bundled

pytestmark = pytest.mark.unit

SAMPLES = [
    "영업시간이 어떻게 되나요", "몇 시까지 해요", "주차할 수 있나요", "지점이 어디예요", "엔진오일 갈아야 하나요", "타이어에 펑크가 났어요",
    "세차 예약하고 싶어요", "견적 받아 보고 싶어요", "카드 할부 되나요", "배터리 교체 비용 알려 주세요",
]  # fmt: skip
VALUES = [{"value": "소형차", "synonyms": ["경차"]}, "승합차"]


def bot(
    *intents: Mapping[str, Any], locale: Mapping[str, Any] | None = None, name: str = "ko_KR", **more: Any
) -> BotDefinition:
    """Return a sound bot with these intents beside its fallback, and with these keys changed."""
    fallback = {"name": "FallbackIntent", "parent": "AMAZON.FallbackIntent", "fulfillment_hook": True}
    tree = {
        "name": "Bot",
        "locales": {
            name: {
                "voice": {"id": "Seoyeon"},
                "audio": {"end_timeout_ms": 900},
                "intents": [*(intents or [asking()]), fallback],
                **(locale or {}),
            }
        },
        **more,
    }
    return BotDefinition.model_validate(tree)


def asking(**keys: Any) -> dict[str, Any]:
    return {"name": "Ask", "fulfillment_hook": True, "utterances": SAMPLES, **keys}


def slot(**keys: Any) -> dict[str, Any]:
    return asking(slots=[{"name": "Day", "type": "AMAZON.Date", "prompts": "언제 오시겠어요?", **keys}])


def types(*slot_types: Mapping[str, Any]) -> BotDefinition:
    return bot(slot(type=slot_types[0]["name"]), locale={"slot_types": slot_types})


DEFECTS: dict[str, tuple[BotDefinition, str]] = {
    "korean bot name": (bot(name="ko_KR", description="") .model_copy(update={"name": "차집사"}), "name"),
    "korean intent name": (bot(asking(name="물음")), "name"),
    "space in an intent name": (bot(asking(name="Ask me")), "name"),
    "two underscores": (bot(asking(name="Ask__me")), "name"),
    "name of 101 letters": (bot(asking(name="A" * 101)), "name"),
    "korean slot name": (bot(slot(name="날짜")), "name"),
    "korean slot type name": (types({"name": "차종", "values": VALUES}), "name"),
    "two intents of one name": (bot(asking(), asking(name="ask", utterances=[f"{u} 네" for u in SAMPLES])), "name-twice"),
    "two slots of one name": (
        bot(asking(slots=[{"name": "Day", "type": "AMAZON.Date", "prompts": "언제요?"}] * 2)), "name-twice",
    ),
    "no such locale": (bot(name="ko_KO"), "locale"),
    "no fallback": (bot(locale={"intents": [asking()]}), "fallback"),
    "two fallbacks": (bot(asking(), {"name": "Other", "parent": "AMAZON.FallbackIntent", "closing": "네"}), "fallback"),
    "fallback with utterances": (
        bot(locale={"intents": [asking(), {"name": "F", "parent": "AMAZON.FallbackIntent", "closing": "네", "utterances": ["뭐"]}]}),
        "fallback-content",
    ),
    "no such built-in intent": (bot(asking(), {"name": "H", "parent": "AMAZON.HelpMe", "closing": "네"}), "parent"),
    "kendra in korean": (
        bot(asking(), {"name": "K", "parent": "AMAZON.KendraSearchIntent", "closing": "네"}), "locale-intent",
    ),
    "vocabulary in korean": (bot(locale={"vocabulary": ["차집사"]}), "locale-vocabulary"),
    "contexts in korean": (bot(asking(lex={"inputContexts": [{"name": "booked"}]})), "locale-contexts"),
    "many values in korean": (bot(slot(many_values=True)), "locale-many-values"),
    "no voice": (bot(locale={"voice": None}), "voice"),
    "voice of another language": (bot(locale={"voice": {"id": "Joanna"}}), "voice"),
    "voice without the engine": (bot(locale={"voice": {"id": "Seoyeon", "engine": "generative"}}), "voice"),
    "no audio times": (bot(locale={"audio": None}), "audio"),
    "audio longer than connect takes": (bot(locale={"audio": {"end_timeout_ms": 900, "max_length_ms": 20000}}), "audio"),
    "speech shorter than a pause": (bot(locale={"audio": {"end_timeout_ms": 900, "max_length_ms": 900}}), "audio"),
    "pause too short for korean": (bot(locale={"audio": {"end_timeout_ms": 600}}), "audio-pause"),
    "no utterances": (bot(asking(utterances=[])), "utterances"),
    "few utterances": (bot(asking(utterances=SAMPLES[:3])), "utterances"),
    "nothing happens": (bot(asking(fulfillment_hook=False)), "intent-silent"),
    "unknown slot in an utterance": (bot(asking(utterances=[*SAMPLES, "{Day}에 갈게요"])), "utterance-slot"),
    "lone brace": (bot(asking(utterances=[*SAMPLES, "{내일 갈게요"])), "utterance-slot"),
    "empty utterance": (bot(asking(utterances=[*SAMPLES, " "])), "utterance-empty"),
    "utterance of punctuation": (bot(asking(utterances=[*SAMPLES, "..."])), "utterance-empty"),
    "free form alone": (
        bot(slot(type="AMAZON.FreeFormInput") | {"utterances": [*SAMPLES, "{Day}"]}), "utterance-free-form",
    ),
    "the same utterance in two intents": (
        bot(asking(), asking(name="Other", utterances=[f"{u} 네" for u in SAMPLES] + ["주차 할수있나요?"])), "utterance-twice",
    ),
    "the same utterance twice": (bot(asking(utterances=[*SAMPLES, "주차할수 있나요?"])), "utterance-twice"),
    "no such built-in slot type": (bot(slot(type="AMAZON.Day")), "slot-type"),
    "british post codes in korean": (bot(slot(type="AMAZON.UKPostalCode")), "slot-type"),
    "no such slot type": (bot(slot(type="CarType")), "slot-type"),
    "required slot without a prompt": (bot(slot(prompts=[])), "slot-prompt"),
    "slot type without values": (types({"name": "CarType"}), "slot-type-empty"),
    "pattern without its parent": (types({"name": "CarType", "values": VALUES, "pattern": "[0-9]+"}), "slot-type-pattern"),
    "the same value twice": (types({"name": "CarType", "values": ["소형차", " 소형차"]}), "value-twice"),
    "unused slot type": (bot(locale={"slot_types": [{"name": "CarType", "values": VALUES}]}), "slot-type-unused"),
    "a meaning of two intents": (
        bot(asking(meanings=["agent"]), asking(name="B", meanings=["agent"], utterances=[f"{u} 네" for u in SAMPLES])),
        "meaning-twice",
    ),
    "250 intents and the fallback": (
        bot(*(asking(name=f"I{n}", utterances=[f"{n}번 {u}" for u in SAMPLES]) for n in range(250))), "quota-intents",
    ),
    "101 slots": (
        bot(asking(slots=[{"name": f"S{n}", "type": "AMAZON.Date", "prompts": "언제요?"} for n in range(101)])),
        "quota-slots-per-intent",
    ),
    "1501 utterances": (bot(asking(utterances=[f"{n}번 지점 위치" for n in range(1501)])), "quota-utterances"),
    "utterance of 501": (bot(asking(utterances=[*SAMPLES, "가" * 501])), "quota-utterance-length"),
    "utterance of 251 emoji": (bot(asking(utterances=[*SAMPLES, "네" + "🚗" * 250])), "quota-utterance-length"),
    "200,000 characters": (
        bot(asking(utterances=[f"{n:04}" + "가" * 490 for n in range(410)])), "quota-utterance-characters",
    ),
    "11 utterances of a slot": (bot(slot(utterances=[f"{n}일" for n in range(11)])), "quota-utterances-per-slot"),
    "four variations": (bot(asking(closing=["네", "예", "그럼요", "좋아요"])), "quota-variations"),
    "message of 1001": (bot(asking(closing="가" * 1001)), "quota-message-length"),
    "description of 2001": (bot(asking(description="가" * 2001)), "quota-description-length"),
    "value of 141": (types({"name": "CarType", "values": ["가" * 141]}), "quota-value-length"),
    "10,001 values": (types({"name": "CarType", "values": [f"{n}번" for n in range(10_001)]}), "quota-values-per-type"),
    "pattern of 301": (
        types({"name": "CarType", "parent": "AMAZON.AlphaNumeric", "pattern": "[0-9]" * 60 + "."}), "quota-pattern-length",
    ),
    "101 slot types": (
        bot(slot(type="T0"), locale={"slot_types": [{"name": f"T{n}", "values": VALUES} for n in range(101)]}),
        "quota-slot-types",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEFECTS)
def test_a_defect_is_found_by_its_rule_and_no_other(case: str) -> None:
    defect, rule = DEFECTS[case]
    found = {finding.rule for finding in lint_bot(defect)}
    if rule != "slot-type-unused":
        found -= {"slot-type-unused"}
    assert found == {rule}
    assert all(finding.fix and finding.message and finding.block for finding in lint_bot(defect))


CLEAN = {
    "asking": bot(),
    "slots": bot(slot() | {"utterances": [*SAMPLES, "{Day}에 갈게요"]}),
    "alphanumeric in korean": bot(slot(type="AMAZON.AlphaNumeric")),
    "slot type with a pattern": types({"name": "Plate", "parent": "AMAZON.AlphaNumeric", "pattern": "[0-9]{4}"}),
    "help": bot(asking(), {"name": "Help", "parent": "AMAZON.HelpIntent", "closing": "무엇이든 물어보세요."}),
    "emoji at the limit": bot(asking(utterances=[*SAMPLES, "🚗" * 249 + "네"])),
}


@pytest.mark.parametrize("case", CLEAN)
def test_a_sound_bot_stays_clean(case: str) -> None:
    assert lint_bot(CLEAN[case]) == []


def test_lengths_are_counted_in_utf_16() -> None:
    assert [units(text) for text in ("", "가", "🚗", "가🚗a")] == [0, 1, 2, 4]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(DATA_DIR / "model")


def test_the_shipped_bot_has_no_finding(model: Model) -> None:
    assert lint_bot(load_bot(bundled("lex_bots/chajipsa")), model) == []


def test_utterances_that_mean_the_same_in_two_intents_are_found(model: Model) -> None:
    hours = asking(name="Hours", utterances=["영업시간이 어떻게 되나요", "예약 취소해 주세요"])
    other = asking(name="Other", utterances=["영업 시간 좀 알려 주세요", "예약 변경해 주세요"])
    found = [finding for finding in lint_bot(bot(hours, other), model) if finding.rule == "utterance-conflict"]
    assert [finding.block for finding in found] == ["ko_KR/Hours"]
    assert "영업 시간 좀 알려 주세요" in found[0].message
    assert re.search(r"likeness 0\.(8[5-9]|9)", found[0].message)


def test_an_utterance_that_the_classifier_hears_as_another_intent_is_found(model: Model) -> None:
    person = asking(name="Person", meanings=["agent"], utterances=["상담원 연결해 주세요"])
    other = asking(name="Other", utterances=["사람이랑 통화하고 싶어요", "타이어에 펑크가 났어요"])
    found = [finding for finding in lint_bot(bot(person, other), model) if finding.rule == "utterance-meaning"]
    assert len(found) == 1
    assert "사람이랑 통화하고 싶어요" in found[0].message
    assert "agent" in found[0].message


def test_a_bot_with_errors_is_not_built_and_one_with_warnings_is() -> None:
    with pytest.raises(GateError, match=r"Lex V2 has no such locale"):
        require_sound(DEFECTS["no such locale"][0])
    require_sound(DEFECTS["no audio times"][0])
