"""What an outbound call must say first."""

import pytest

from voicebot.call.guard.first_prompt import check_first_prompt
from voicebot.call.intro import IntroWriter, addressed
from voicebot.call.plan import Purpose
from voicebot.errors import InputError

pytestmark = pytest.mark.unit

WRITER = IntroWriter("차집사", "1588-0000")
GOOD = WRITER.write("김민지", "service", "정비 예약 안내").text
GOOD_AD = WRITER.write("김민지", "ad", "엔진오일 할인 안내").text


def rules(text: str, purpose: Purpose = "service") -> list[str]:
    return [finding.rule for finding in check_first_prompt(text, "차집사", purpose)]


@pytest.mark.parametrize("purpose", ["service", "ad"])
@pytest.mark.parametrize("name", ["", "김민지", "김민지님", "박사장", "John"])
@pytest.mark.parametrize("about", ["정비 예약 안내", "타이어 점검", "수리 완료 확인차", "리콜", "K5 recall"])
def test_an_intro_that_is_written_here_says_everything(purpose: Purpose, name: str, about: str) -> None:
    intro = WRITER.write(name, purpose, about)
    assert intro.findings == ()
    assert about in intro.text


@pytest.mark.parametrize(
    ("piece", "instead", "rule"),
    [
        ("차집사입니다. ", "", "company"),
        ("정비 예약 안내로 전화드렸습니다. ", "", "purpose"),
        ("저는 인공지능 상담사이고, ", "", "ai"),
        ("통화 내용은 녹음됩니다.", "반갑습니다.", "recording"),
        ("통화 내용은 녹음됩니다.", "통화 내용은 녹음되지 않습니다.", "recording"),
        ("이런 전화를 원하지 않으시면 9번을 누르시거나 '수신 거부'라고 말씀해 주세요.", "", "refusal"),
        ("9번을 누르시거나 '수신 거부'라고 말씀해 주세요.", "어쩔 수 없습니다.", "refusal"),
        ("저는 인공지능 상담사이고", "저는 인공지능이 아닌 상담사이고", "ai"),
        ("저는 인공지능 상담사이고", "저는 자동응답 상담사이고", "ai"),
        ("9번을 누르시거나", "1번을 누르시거나", "refusal"),
        ("9번을 누르시거나", "구번이 아닌 일번을 누르시거나", "refusal"),
        ("'수신 거부'라고 말씀해 주세요", "말씀해 주셔도 수신 거부하실 수 없습니다", "refusal"),
    ],
)
def test_one_missing_piece_is_one_finding(piece: str, instead: str, rule: str) -> None:
    assert rules(GOOD) == []
    assert piece in GOOD
    assert rules(GOOD.replace(piece, instead)) == [rule]


def test_advertising_says_so_first_and_gives_a_number() -> None:
    assert rules(GOOD_AD, "ad") == []
    assert rules(GOOD_AD.replace("광고 전화입니다. ", ""), "ad") == ["ad"]
    assert rules(GOOD_AD.replace("광고 전화입니다. 안녕하세요,", "안녕하세요, 광고 전화입니다."), "ad") == ["ad"]
    assert rules(GOOD_AD.replace("문의 전화는 1588-0000번입니다. ", ""), "ad") == ["contact"]
    assert rules("(광고) " + GOOD_AD.removeprefix("광고 전화입니다. "), "ad") == []


def test_a_service_call_does_not_advertise() -> None:
    assert rules(GOOD.replace("정비 예약 안내", "타이어 할인 안내")) == ["sells"]
    found = check_first_prompt(GOOD, "차집사", "service", message="이번 달 특가 이벤트가 있어요")
    assert [finding.rule for finding in found] == ["sells"]


def test_a_prompt_has_a_length() -> None:
    assert "length" in rules("네")
    assert rules(GOOD + "가" * 400) == ["length"]


@pytest.mark.parametrize(
    ("name", "spoken"),
    [("김민지", "김민지 고객님"), ("김민지님", "김민지 고객님"), ("박사장님", "박사장님"), ("이선생", "이선생님")],
)
def test_people_are_spoken_to_politely(name: str, spoken: str) -> None:
    assert addressed(name) == spoken


@pytest.mark.parametrize(
    ("subject", "said"), [("점검", "점검으로"), ("안내", "안내로"), ("정산 결과 확인차", "확인차 전")]
)
def test_the_particle_fits_the_subject(subject: str, said: str) -> None:
    assert said in WRITER.write("", "service", subject).text


@pytest.mark.parametrize(
    ("name", "about"),
    [("김" * 21, "안내"), ("010-1234-5678", "안내"), ("<b>", "안내"), ("$.Attributes.x", "안내"), ("", "안" * 61)],
)
def test_what_cannot_be_spoken_is_refused(name: str, about: str) -> None:
    with pytest.raises(InputError):
        WRITER.write(name, "service", about)


def test_an_intro_of_ones_own_is_checked_and_kept() -> None:
    assert WRITER.check(GOOD, "service").findings == ()
    assert {finding.rule for finding in WRITER.check("안녕하세요, 여보세요, 계십니까?", "ad").findings} > {"ai", "ad"}
    with pytest.raises(InputError):
        WRITER.check("  ", "service")
