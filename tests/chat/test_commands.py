"""Wishes that a caller may have at any moment."""

from collections.abc import Callable

import pytest

from voicebot.chat.commands import (
    agrees,
    asks_for_number,
    asks_to_hold,
    asks_who_speaks,
    dialled_wrong,
    feels_misheard,
    finds_it_dear,
    hand_over_of,
    is_evident,
    is_hesitation,
    is_no,
    is_nothing_more,
    is_repeat,
    is_sorry,
    is_still_broken,
    is_stop,
    is_stranded,
    is_voicemail,
    is_wrong_number,
    is_yes,
    takes_note,
    takes_refusal_back,
    wants_texts_only,
    wants_to_ask,
    was_called,
    was_overcharged,
    will_be_late,
)
from voicebot.chat.requests import requested, wants_none

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("상담원", "agent"),
        ("상담원 연결해 주세요", "agent"),
        ("기계 말고 사람이랑 얘기할게요", "agent"),
        ("담당자분 좀 바꿔주세요", "agent"),
        ("상담원은 몇 시까지 통화돼요", ""),
        ("상담원 연결하려면 얼마나 기다려요", ""),
        ("다시는 전화하지 마세요", "opt_out"),
        ("수신거부 해 주세요", "opt_out"),
        ("마케팅 동의한 거 철회할게요", "opt_out"),
        ("수신 거부는 언제부터 적용돼요", ""),
        ("수신거부 취소하고 싶어요", ""),
        ("수신거부 했었는데요 그거 취소하고 싶은데", ""),
        ("수신거부 해 주시고 예약도 취소해 주세요", "opt_out"),
        ("이만 끊을게요", "goodbye"),
        ("알겠습니다 수고하세요", "goodbye"),
        ("엔진오일 얼마예요", ""),
        ("사람이 다쳤어요", ""),
        ("", ""),
    ],
)
def test_a_wish_to_go_elsewhere_is_heard(text: str, where: str) -> None:
    assert hand_over_of(text) == where


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("수신거부 취소하고 싶어요", True),
        ("수신 거부 해제해 주세요", True),
        ("거부한 거 풀어 주세요", True),
        ("차단한 것 좀 풀어 주세요", True),
        ("수신 거부를 철회할게요", True),
        ("수신거부 취소되나요", True),
        ("수신거부 해 주세요", False),
        ("수신거부 취소하지 마세요", False),
        ("수신거부 해제됐나 봐요 또 전화가 와요", False),
        ("거부한 거 풀렸나 봐요", False),
        ("마케팅 동의 철회할게요", False),
        ("예약 취소할게요", False),
        ("광고 수신에 다시 동의할게요", True),
        ("광고 문자 다시 받고 싶어요", True),
        ("전에 수신거부 했는데 다시 받고 싶어요", True),
        ("광고 문자 그만 보내세요 다시는 받고 싶지 않아요", False),
        ("수신거부 했는데 다시 전화가 와요", False),
        ("예약 문자 다시 보내 주세요", False),
        ("광고 동의 안 했는데 왜 자꾸 보내요", False),
    ],
)
def test_a_refusal_taken_back_is_none(text: str, expected: bool) -> None:
    assert takes_refusal_back(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("광고 문자 안 오게 해 주세요", True),
        ("전화 안 오게 해 주세요", True),
        ("문자 그만 받고 싶어요", True),
        ("연락 좀 안 했으면 좋겠어요", True),
        ("광고 안 보내셨으면 해요", True),
        ("명단에서 빼 주세요", True),
        ("그런 전화 걸지 않게 해 주세요", True),
        ("마케팅 동의 철회해 주세요", True),
        ("광고 수신 동의 안 할래요", True),
        ("광고 수신에 동의할게요", False),
        ("예약 문자가 안 왔는데요", False),
        ("문자로 보내 주세요", False),
        ("제 번호를 어떻게 알고 전화했어요", False),
    ],
)
def test_words_that_bear_out_the_opt_out(text: str, expected: bool) -> None:
    assert is_evident("opt_out", text) is expected


@pytest.mark.parametrize(
    ("said", "text", "expected"),
    [
        (asks_to_hold, "잠깐만요", True),
        (asks_to_hold, "아 잠시만요 카드 좀 찾고요", True),
        (asks_to_hold, "잠깐만요 얼마라고요?", False),
        (asks_to_hold, "아 잠깐만 금요일로 할게요", False),
        (finds_it_dear, "왜 이렇게 비싸요", True),
        (finds_it_dear, "다른 데는 더 싸던데", True),
        (finds_it_dear, "밤에 부르면 더 비싸요", False),
        (finds_it_dear, "바가지 씌우네요 비싸게", False),
        (was_overcharged, "견적이랑 왜 다르게 나왔어요", True),
        (was_overcharged, "지점마다 가격이 달라요", False),
        (asks_who_speaks, "너 로봇이야?", True),
        (asks_who_speaks, "사람이 다쳤어요", False),
        (is_wrong_number, "거기 치킨집이죠", True),
        (is_wrong_number, "거기 세차집이죠", False),
        (is_wrong_number, "거기 차집사 맞아요", False),
        (is_stranded, "배터리가 나갔어요", True),
        (is_stranded, "배터리 갈았어요", False),
        (will_be_late, "오늘 예약인데 늦을 것 같아요", True),
        (will_be_late, "늦게까지 해요", False),
        (wants_to_ask, "아 근데 하나만 더요", True),
        (wants_to_ask, "하나는 취소해 주세요", False),
        (takes_note, "네 알겠습니다", True),
        (takes_note, "알겠습니다 수고하세요", False),
        (is_sorry, "아 죄송합니다", True),
        (is_sorry, "미안한데 예약할게요", False),
    ],
)
def test_what_a_caller_means_by_it(said: Callable[[str], bool], text: str, expected: bool) -> None:
    assert said(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("다시 말해 주세요", True),
        ("뭐라고요?", True),
        ("네?", True),
        ("네", False),
        ("잘 안 들려요", True),
        ("다시 한번 바꿀 수 있어요", False),
        ("다시 전화할게요", False),
    ],
)
def test_once_more(text: str, expected: bool) -> None:
    assert is_repeat(text) is expected


@pytest.mark.parametrize(
    ("text", "yes", "no", "right"),
    [
        ("네", True, False, True),
        ("네 맞아요", True, False, True),
        ("네네 그렇게 해 주세요", True, False, True),
        ("네 취소해 주세요", False, False, True),
        ("네 근데 얼마예요", False, False, False),
        ("아니요", False, True, False),
        ("아뇨 네 시요", False, True, False),
        ("예약", False, False, False),
        ("", False, False, False),
    ],
)
def test_yes_and_no(text: str, yes: bool, no: bool, right: bool) -> None:
    assert (is_yes(text), is_no(text), agrees(text)) == (yes, no, right)


@pytest.mark.parametrize("text", ["없어요", "네 없어요", "아니요 괜찮아요", "됐습니다", "이제 됐어요 감사합니다"])
def test_nothing_more(text: str) -> None:
    assert is_nothing_more(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("예약하고 싶은데요", "booking_new"),
        ("타이어 예약 좀 할게요", "booking_new"),
        ("예약 날짜 바꿔 주세요", "booking_change"),
        ("예약 취소할게요", "booking_cancel"),
        ("예약 취소하면 수수료 얼마예요", ""),
        ("예약 확인해 주세요", ""),
        ("예약금 있어요", ""),
        ("세차 얼마예요", ""),
    ],
)
def test_a_request_about_a_booking(text: str, intent: str) -> None:
    assert requested(text) == intent


@pytest.mark.parametrize(
    ("said", "yes", "no"),
    [
        (
            is_yes,
            "넵|맞심더|예 맞십니더|그렇게 하지 뭐|그거 맞아요 네|그러세요|그라이소|그려|예예|하이소|OK|맞당께|그럽시다|좋네요",
            "하지|그거|아니 그래|하지 마세요|그러지 마세요|맞지 않아요|어디|아|음|그래도|신청 안 해요|어떻게 하죠|어제|하하",
        ),
        (
            is_stop,
            "그냥 안 갈래요|안 할게요|안 해요|안 하기로 했어요|못 가겠어요|안 갈 거예요|관두죠|필요없어요",
            "안 바쁜 날로요|안 되겠다 내일로|안녕하세요|못 들었어요",
        ),
        (is_hesitation, "글쎄요|음 뭐가 좋을까|언제가 좋을까요|어디로 하지|어디 보자", "뭐|언제|몇 시|어디예요"),
        (
            is_still_broken,
            "오일 갈았는데 오일이 새요|차 고쳤는데 또 그래",
            "타이어 바꿨는데 얼마예요|고쳤어요|오일 갈았는데 언제 또 갈아요",
        ),
        (was_called, "부재중 전화가 있던데요|전화 왔던데요|아까 전화하셨죠", "전화했어요|전화 주세요"),
        (asks_for_number, "거기 전화번호 좀|강남점 번호 뭐예요", "제 번호 알려드릴까요|차 번호 뭐라고 해요"),
        (
            is_voicemail,
            "음성사서함으로 연결되며|삐 소리 후 녹음해 주세요",
            "브레이크에서 삐 소리가 나요|삐 소리 나는데 왜 그래요",
        ),
        (feels_misheard, "말귀를 못 알아듣네|답답하네요|몇 번을 말해요", "제가 못 알아들었어요|못 들었어요"),
        (
            wants_none,
            "예약은 안 할래요|예약 안 한다고요|예약 필요없어요",
            "예약 안 했는데 가도 돼요|예약 안 할 수 있나요|예약하려고요|예약 필요없이 가도 되죠",
        ),
        (wants_texts_only, "문자는 받고 전화는 그만 주세요", "문자도 전화도 하지 마세요|문자 그만 보내세요"),
        (dialled_wrong, "전화를 잘못 걸었네요|잘못 걸었습니다", "거기 치과죠|잘못 고쳤어요"),
    ],
)
def test_what_is_said_is_told_from_what_sounds_like_it(said: Callable[[str], bool], yes: str, no: str) -> None:
    assert [text for text in yes.split("|") if not said(text)] == []
    assert [text for text in no.split("|") if said(text)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("네 감사합니다 그렇게 해주세요", True),
        ("네 그렇게 예약 부탁드릴게요 감사합니다", True),
        ("네 알겠습니다", True),
        ("네 감사한데 시간이 얼마나 걸려요", False),
        ("네 근데 다른 날은 안 되나요", False),
    ],
)
def test_a_polite_yes_is_a_yes(text: str, expected: bool) -> None:
    assert agrees(text) is expected
