"""What is special about a turn of a call that we placed."""

import pytest

from voicebot.turns.outbound import answer_to_may_we_talk, is_voicemail, outbound_next
from voicebot.turns.protocol import TurnRequest

pytestmark = pytest.mark.unit

NOW_S = 1_000.0


def turn(utterance: str, **more: object) -> TurnRequest:
    values: dict[str, object] = {"turn": 1, "is_outbound": True, **more}
    return TurnRequest("call", utterance=utterance, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "greeting",
    [
        "연결이 되지 않아 음성 사서함으로 연결되오며 삐 소리 후 통화료가 부과됩니다",
        "고객님이 전화를 받을 수 없어 소리샘으로 연결됩니다",
        "전원이 꺼져 있어 음성사서함으로 연결됩니다",
        "지금 거신 번호는 없는 번호이오니 다시 확인하신 후 걸어 주시기 바랍니다",
        "안녕하세요 김민지입니다 지금은 전화를 받을 수 없으니 메시지를 남겨 주세요",
        "지금은 부재중이오니 용건을 남겨 주시면 연락드리겠습니다",
        "저희 회사는 고객 여러분의 성원에 힘입어 올해로 창립 삼십 주년을 맞이하였으며 앞으로도 변함없는 서비스로 보답하겠사오니 많은 관심과 사랑을 부탁드리며 좋은 하루 보내시기 바랍니다 감사합니다",
    ],
)
def test_a_machine_that_answers_is_recognised(greeting: str) -> None:
    assert is_voicemail(greeting)
    assert outbound_next(turn(greeting), NOW_S) == "voicemail"
    assert outbound_next(turn(greeting, is_outbound=False), NOW_S) is None


@pytest.mark.parametrize(
    "answer",
    [
        "여보세요", "네 괜찮아요", "누구세요", "네 말씀하세요", "지금 운전 중이에요", "엔진오일 교환하면 얼마예요",
        "제가 지난주에 예약을 했는데 혹시 그것 때문에 전화하신 건가요", "아 네 안녕하세요 예약 확인 때문에 전화 주셨어요",
        "메시지로 보내 주세요", "나중에 전화 주시겠어요",
    ],
)  # fmt: skip
def test_a_person_who_answers_is_not_taken_for_a_machine(answer: str) -> None:
    assert not is_voicemail(answer)


def test_a_machine_is_looked_for_only_at_first() -> None:
    assert outbound_next(turn("음성 사서함이 뭐예요", turn=3), NOW_S) is None


@pytest.mark.parametrize("answer", ["네", "네 괜찮아요", "여보세요", "예 말씀하세요", "네, 가능해요", "아 네"])
def test_whoever_has_time_goes_on(answer: str) -> None:
    assert answer_to_may_we_talk(answer) == "proceed"


@pytest.mark.parametrize(
    "answer",
    ["아니요", "지금 바빠요", "나중에요", "운전 중이에요", "네 지금 회의 중이라서요", "통화 어려워요", "안 돼요"],
)
def test_whoever_has_none_is_left_alone(answer: str) -> None:
    assert answer_to_may_we_talk(answer) == "later"


@pytest.mark.parametrize("answer", ["엔진오일 얼마예요", "어디시라고요", "네 그런데 토요일은 몇 시까지 하시나요", ""])
def test_whoever_says_something_else_is_heard(answer: str) -> None:
    assert answer_to_may_we_talk(answer) is None


@pytest.mark.parametrize("number", [1, 2, 7])
def test_the_key_refuses_at_any_time(number: int) -> None:
    assert outbound_next(turn("9", turn=number, is_keyed=True, deadline_s=1.0), NOW_S) == "opt_out"
    assert outbound_next(turn("8", turn=number, is_keyed=True), NOW_S) is None
    assert outbound_next(turn("9", turn=number), NOW_S) is None


def test_words_that_refuse_go_before_every_other_reading() -> None:
    assert outbound_next(turn("네 전화하지 마세요", lex_intent="OptOut", deadline_s=1.0), NOW_S) is None
    assert outbound_next(turn("아니요 사람 바꿔 주세요", lex_intent="AgentRequest"), NOW_S) is None


def test_the_call_comes_to_an_end() -> None:
    assert outbound_next(turn("그리고요", turn=5, deadline_s=NOW_S), NOW_S) == "goodbye"
    assert outbound_next(turn("그리고요", turn=5, deadline_s=NOW_S + 1), NOW_S) is None
    assert outbound_next(turn("그리고요", turn=5), NOW_S) is None
