from typing import Any

import pytest

from tests.fakes.flow import FLOWS, Bench, FakeCaller, block, branches, ending, flow_of
from voicebot.errors import FlowError, InputError
from voicebot.flow.load import load_flow
from voicebot.flow.model import Flow
from voicebot.flow.ports import CallerTurn, Pressed, Said, Silent

pytestmark = pytest.mark.unit


def storing(errors: dict[str, str] | None = None, next_: str = "저장", **parameters: Any) -> Flow:
    given = {
        "Text": "눌러 주세요.",
        "StoreInput": "True",
        "InputTimeLimitSeconds": "5",
        "InputValidation": {"CustomValidation": {"MaximumLength": "6"}},
        **parameters,
    }
    save = block("저장", "UpdateContactAttributes", {"Attributes": {"keys": "$.StoredCustomerInput"}}, "end")
    return flow_of(block("번호", "GetParticipantInput", given, next_, errors), save, *ending("end", "error", "late"))


def stored(flow: Flow, *turns: CallerTurn) -> tuple[str, float]:
    result = Bench(caller=FakeCaller(turns)).run(flow)
    caller = [entry for entry in result.entries if entry.who == "caller"]
    return result.attributes["keys"], result.duration_s - caller[-1].end_s


def test_one_key_decides_the_branch_and_a_number_is_stored() -> None:
    turns = [Pressed("1"), Pressed("01012345678#")]
    bench = Bench(caller=FakeCaller(turns))

    result = bench.run(load_flow(FLOWS / "keypad.json"))

    assert branches(result)[:2] == [("메뉴", "Equals 1"), ("번호", "NextAction")]
    assert result.attributes == {"callback": "01012345678"}
    assert bench.caller.asked == ["digits", "digits"]
    assert [entry.kind for entry in result.entries] == ["speech", "digits", "speech", "digits"]


def test_a_wrong_key_no_key_and_no_phone_number_take_their_branches() -> None:
    bench = Bench(caller=FakeCaller([Pressed("7"), Silent(9), Pressed("1"), Pressed("12#"), Pressed("0")]))

    result = bench.run(load_flow(FLOWS / "keypad.json"))

    assert branches(result) == [
        ("메뉴", "NoMatchingCondition"),
        ("잘못 누름", "NextAction"),
        ("메뉴", "InputTimeLimitExceeded"),
        ("대답 없음", "NextAction"),
        ("메뉴", "Equals 1"),
        ("번호", "InvalidPhoneNumber"),
        ("잘못 누름", "NextAction"),
        ("메뉴", "Equals 0"),
        ("끊기", None),
    ]


def test_words_count_for_nothing_where_keys_are_awaited() -> None:
    result = Bench(caller=FakeCaller([Said("일 번이요"), Pressed("0")])).run(load_flow(FLOWS / "keypad.json"))

    assert [entry.text for entry in result.entries if entry.who == "caller"] == ["일 번이요", "0"]
    assert branches(result)[0] == ("메뉴", "Equals 0")


def test_words_alone_run_into_the_time_limit() -> None:
    result = Bench(caller=FakeCaller([Said("일 번이요")] * 5)).run(load_flow(FLOWS / "keypad.json"))

    assert branches(result)[0] == ("메뉴", "InputTimeLimitExceeded")


@pytest.mark.parametrize(
    ("keys", "found", "waits_s", "dtmf"),
    [
        ("123#", "123", 0.0, {}),
        ("123", "123", 5.0, {}),
        ("123", "123", 2.0, {"InterdigitTimeLimitSeconds": "2"}),
        ("123456", "123456", 0.0, {}),
        ("1234567", "123456", 0.0, {}),
        ("12*34#", "34", 0.0, {}),
        ("12*34#", "12*34", 0.0, {"DisableCancelKey": "True"}),
        ("12#34**", "12#34", 0.0, {"InputTerminationSequence": "**", "DisableCancelKey": "True"}),
    ],
)
def test_keys_end_as_they_are_configured(keys: str, found: str, waits_s: float, dtmf: dict[str, str]) -> None:
    value, waited_s = stored(storing(DTMFConfiguration=dtmf), Pressed(keys))

    assert (value, waited_s) == (found, pytest.approx(waits_s, abs=0.02))


def test_stored_input_that_never_came_is_timeout_and_goes_on() -> None:
    assert stored(storing({"NoMatchingError": "error"}), Silent(60))[0] == "Timeout"


def test_stored_input_that_never_came_takes_its_own_branch_if_there_is_one() -> None:
    flow = storing({"InputTimeLimitExceeded": "late"})

    assert branches(Bench(caller=FakeCaller([Silent(60)])).run(flow))[0] == ("번호", "InputTimeLimitExceeded")


def test_the_touchtone_buffer_is_only_noted() -> None:
    flow = flow_of(block("버퍼", "GetParticipantInput", {"EnableDTMFBuffer": "true"}, "end"), *ending("end"))

    assert branches(Bench().run(flow)) == [("버퍼", "NextAction"), ("end", None)]


def test_encrypted_input_cannot_be_run() -> None:
    flow = storing(InputEncryption={"EncryptionKeyId": "k", "Key": "pem"})

    with pytest.raises(FlowError, match="block '번호': encrypted input"):
        Bench().run(flow)


@pytest.mark.parametrize("keys", ["", "1a", "１", "1 2"])
def test_only_keys_can_be_pressed(keys: str) -> None:
    with pytest.raises(InputError, match="keys"):
        Pressed(keys)
