"""What may be approved without a person."""

from dataclasses import replace
from pathlib import Path

import pytest

from voicebot.cache.approval.rules import Rule, sensitive
from voicebot.cache.protocol import InboxItem
from voicebot.errors import InputError, NotFoundError

pytestmark = pytest.mark.unit

INTENTS = {"business_hours", "complaint", "price_quote"}
ITEM = InboxItem("k", "물음", "답", "business_hours", "", "call", "claimed", 1, 1, "o", "", 0.0, 0.0, confidence=0.9)


def written(folder: Path, text: str) -> Path:
    path = folder / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_rule_says_what_needs_a_person_and_why(tmp_path: Path) -> None:
    rule = Rule.load(written(tmp_path, "approve:\n  business_hours: 0.85\n  '*': 0.95\nnever: [complaint]\n"), INTENTS)
    assert rule.objection(ITEM, "아홉 시에 열어요.") == ""
    assert "0.80 is below 0.85" in rule.objection(replace(ITEM, confidence=0.8), "아홉 시에 열어요.")
    assert "0.90 is below 0.95" in rule.objection(replace(ITEM, intent=""), "아홉 시에 열어요.")
    assert "always asked" in rule.objection(replace(ITEM, intent="complaint", confidence=1.0), "죄송해요.")
    assert "price" in rule.objection(ITEM, "30,000원이에요.")
    assert "phone number" in rule.objection(ITEM, "1588-0000으로 전화 주세요.")


def test_an_intent_that_the_rule_does_not_name_is_asked() -> None:
    assert "does not name" in Rule({"price_quote": 0.5}).objection(ITEM, "아홉 시에 열어요.")
    assert "does not name" in Rule({}).objection(ITEM, "아홉 시에 열어요.")


def test_what_an_answer_may_hold_is_the_rules_own_choice(tmp_path: Path) -> None:
    rule = Rule.load(written(tmp_path, "approve: {business_hours: 0.5}\nask: [phone_number]\n"), INTENTS)
    assert rule.objection(ITEM, "30,000원이에요.") == ""
    assert rule.objection(ITEM, "02-123-4567이에요.") != ""


@pytest.mark.parametrize(
    "text",
    [
        "30,000원이에요.", "3만 원입니다.", "3만5천원부터예요.", "삼만 원이에요.", "만오천 원 정도 해요.", "십이만원이고요.", "₩5,000입니다.",
        "20달러예요.", "비용은 1만원대예요.",
    ],
)  # fmt: skip
def test_a_price_is_seen_written_or_spoken(text: str) -> None:
    assert sensitive(text) == ["price"]


@pytest.mark.parametrize(
    "text",
    [
        "1588-0000으로 전화 주세요.", "02-123-4567번이에요.", "010-1234-5678로 연락드릴게요.", "공일공 일이삼사 오육칠팔이에요.",
        "일오팔팔 공공공공이에요.", "080 123 4567로 걸어 주세요.", "031)123-4567이에요.",
    ],
)  # fmt: skip
def test_a_phone_number_is_seen_written_or_spoken(text: str) -> None:
    assert sensitive(text) == ["phone_number"]


@pytest.mark.parametrize(
    "text",
    [
        "상담원에게 연결해 드릴게요.", "직원이 도와드려요.", "오전 9시부터 오후 7시까지 열어요.", "강남역 3번 출구에서 5분이에요.", "회원이시면 무료예요.",
        "2026년 11월 25일에 오세요.", "15,000킬로미터마다 바꾸세요.", "병원 옆이에요.", "이원 주차장이에요.", "타이어는 205/55R16이에요.",
        "수원점은 30대까지 세울 수 있어요.",
    ],
)  # fmt: skip
def test_other_numbers_and_words_are_no_price_and_no_phone_number(text: str) -> None:
    assert sensitive(text) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("approve: {buisness_hours: 0.8}", "there is no intent 'buisness_hours'"),
        ("never: [complaints]", "never: there is no intent 'complaints'"),
        ("never: ['*']", "there is no intent '\\*'"),
        ("approve: {business_hours: 1.5}", r"approve.business_hours: .*at most 1"),
        ("approve: {business_hours: high}", r"approve.business_hours: .*number"),
        ("approve: [business_hours]", "approve: must be keys with values"),
        ("ask: [address]", r"ask.0: .*'price' or 'phone_number'"),
        ("allow: {}", "allow: is not known here"),
        ("approve: {complaint: 0.5}\nnever: [complaint]", "under approve and under never"),
        ("approve: {business_hours: 0.8", "rule.yaml:1: is not YAML"),
        ("- approve", "must hold approve, never or ask"),
        ("", "must hold approve, never or ask"),
    ],
)
def test_a_rule_that_is_none_says_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        Rule.load(written(tmp_path, text), INTENTS)
    assert "rule.yaml" in caught.value.message
    assert caught.value.hint


def test_a_slip_of_the_pen_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Rule.load(written(tmp_path, "approve: {buisness_hours: 0.8}"), INTENTS)
    assert caught.value.hint == "did you mean business_hours?"


def test_a_rule_that_is_not_there_or_not_utf_8(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        Rule.load(tmp_path / "none.yaml", INTENTS)
    path = tmp_path / "rule.yaml"
    path.write_bytes("approve: {} # 규칙".encode("cp949"))
    with pytest.raises(InputError, match="UTF-8"):
        Rule.load(path, INTENTS)
