import pytest

from tests.fakes.flow import Bench, block, branches, ending, flow_of
from voicebot.flow.actions.catalog import KNOWN_BY_NAME
from voicebot.flow.contact import ContactStart
from voicebot.flow.mocks import BlockMock, Blocks
from voicebot.flow.result import Callback
from voicebot.flow.world import Queue, ThirdParty, World

pytestmark = pytest.mark.unit

NUMBER = "+82212345678"
FAILURES = {"CallFailed": "failed", "ConnectionTimeLimitExceeded": "late", "NoMatchingError": "error"}
ENDS = ending("end", "failed", "late", "error")


def third_party(**parameters: object) -> dict[str, object]:
    given = {"ThirdPartyPhoneNumber": NUMBER, "ThirdPartyConnectionTimeLimitSeconds": "20", **parameters}
    return block("전화", "TransferParticipantToThirdParty", given, "end", FAILURES)


@pytest.mark.parametrize(
    ("party", "branch", "seconds"),
    [
        (ThirdParty(answers_after_s=3, talks_s=30), "NextAction", 33),
        (ThirdParty(is_busy=True), "CallFailed", 0),
        (ThirdParty(answers_after_s=None), "ConnectionTimeLimitExceeded", 20),
        (ThirdParty(answers_after_s=21), "ConnectionTimeLimitExceeded", 20),
    ],
)
def test_a_third_party_answers_or_does_not(party: ThirdParty, branch: str, seconds: float) -> None:
    result = Bench(world=World(third_parties={NUMBER: party})).run(flow_of(third_party(), *ENDS))

    assert branches(result)[0] == ("전화", branch)
    assert result.duration_s == seconds


def test_a_number_that_is_none_fails() -> None:
    result = Bench().run(flow_of(third_party(ThirdPartyPhoneNumber="02-1234-5678"), *ENDS))

    assert branches(result)[0] == ("전화", "CallFailed")


def test_a_flow_that_does_not_go_on_ends_with_the_third_party() -> None:
    result = Bench().run(flow_of(third_party(ContinueFlowExecution="False"), *ENDS))

    assert (branches(result), result.disconnect_reason) == ([("전화", None)], "THIRD_PARTY_DISCONNECT")


CALLBACK = {"InitialCallDelaySeconds": "5", "MaximumConnectionAttempts": "2", "RetryDelaySeconds": "600"}


def test_a_call_back_is_promised_to_the_number_that_was_set() -> None:
    numbers = {"InvalidCallbackNumber": "bad", "CallbackNumberNotDialable": "bad"}
    flow = flow_of(
        block("큐", "UpdateContactTargetQueue", {"QueueId": "q1"}, "번호"),
        block("번호", "UpdateContactCallbackNumber", {"CallbackNumber": "$.Attributes.back"}, "약속", numbers),
        block("약속", "CreateCallbackContact", CALLBACK, "end", {"NoMatchingError": "bad"}),
        *ending("end", "bad"),
    )

    result = Bench().run(flow, ContactStart("c", "+821011112222", "+827012345678", {"back": NUMBER}))

    assert result.callbacks == (Callback(queue="q1", number=NUMBER, delay_s=5, attempts=2),)
    for number, branch in (("12", "InvalidCallbackNumber"), ("+33123456789", "CallbackNumberNotDialable")):
        refused = Bench().run(flow, ContactStart("c", "+821011112222", "+827012345678", {"back": number}))
        assert branches(refused)[1] == ("번호", branch)
        assert refused.callbacks == ()


def test_a_call_back_without_a_queue_fails() -> None:
    flow = flow_of(
        block("약속", "CreateCallbackContact", CALLBACK, "end", {"NoMatchingError": "bad"}), *ending("end", "bad")
    )

    assert branches(Bench().run(flow))[0] == ("약속", "NoMatchingError")


QUEUE = block("큐", "UpdateContactTargetQueue", {"QueueId": "q1"}, "수")


@pytest.mark.parametrize(
    ("metric", "condition", "queue", "branch"),
    [
        ("NumberOfAgentsAvailable", "NumberGreaterThan 0", Queue("q1"), "NumberGreaterThan 0"),
        ("NumberOfAgentsAvailable", "NumberGreaterThan 0", Queue("q1", agents_available=0), "NoMatchingCondition"),
        ("NumberOfContactsInQueue", "NumberLessThan 5", Queue("q1", contacts=7), "NoMatchingCondition"),
        ("OldestContactInQueueAgeSeconds", "NumberLessThan 300", Queue("q1", oldest_s=20), "NumberLessThan 300"),
    ],
)
def test_the_numbers_of_a_queue_decide(metric: str, condition: str, queue: Queue, branch: str) -> None:
    errors = {"NoMatchingCondition": "b", "NoMatchingError": "b"}
    check = block("수", "CheckMetricData", {"MetricType": metric}, "b", errors, {condition: "a"})

    result = Bench(world=World({"q1": queue})).run(flow_of(QUEUE, check, *ending("a", "b")))

    assert branches(result)[1] == ("수", branch)


def test_the_numbers_of_a_queue_can_be_referred_to() -> None:
    flow = flow_of(
        QUEUE,
        block("수", "GetMetricData", {}, "말", {"NoMatchingError": "end"}),
        block(
            "말", "MessageParticipant", {"Text": "$.Metrics.Queue.Size명, $.Metrics.Agents.Available.Count명"}, "end"
        ),
        *ending("end"),
    )

    result = Bench(world=World({"q1": Queue("상담", contacts=4, agents_available=2)})).run(flow)

    assert [entry.text for entry in result.entries] == ["4명, 2명"]


def test_a_campaign_call_branches_on_who_answered() -> None:
    conditions = {"Equals CallAnswered": "a", "Equals VoicemailBeep": "b"}
    flow = flow_of(block("누구", "CheckOutboundCallStatus", {}, "b", conditions=conditions), *ending("a", "b"))

    assert branches(Bench(world=World(answered_by="VoicemailBeep")).run(flow))[0] == ("누구", "Equals VoicemailBeep")


@pytest.mark.parametrize("type_", [name for name in KNOWN_BY_NAME if name != "AuthenticateParticipant"])
def test_other_services_are_taken_to_work(type_: str) -> None:
    flow = flow_of(
        block("밖", type_, {"Anything": {"at": "all"}}, "end", {"NoMatchingError": "bad"}), *ending("end", "bad")
    )

    assert branches(Bench().run(flow))[0] == ("밖", "NextAction")


@pytest.mark.parametrize("type_", ["ShowView", "AuthenticateParticipant", "Wait"])
def test_blocks_for_chat_take_their_error_branch(type_: str) -> None:
    parameters = {"TimeLimitSeconds": "5"} if type_ == "Wait" else {}
    flow = flow_of(block("채팅", type_, parameters, "end", {"NoMatchingError": "bad"}), *ending("end", "bad"))

    assert branches(Bench().run(flow))[0] == ("채팅", "NoMatchingError")


def test_a_mock_stands_for_a_block_by_its_name_or_its_action() -> None:
    errors = {"NoneFoundError": "none", "NoMatchingError": "end"}
    flow = flow_of(
        block("찾기", "GetCustomerProfile", {}, "인사", errors),
        block("인사", "MessageParticipant", {"Text": "$.Customer.FirstName님"}, "다시", {"NoMatchingError": "end"}),
        block("다시", "GetCustomerProfile", {}, "end", errors),
        *ending("end", "none"),
    )
    found = BlockMock(data={"Customer": {"FirstName": "민지"}})

    result = Bench(blocks=Blocks({"찾기": found, "GetCustomerProfile": [BlockMock(error="NoneFoundError")]})).run(flow)

    assert [entry.text for entry in result.entries] == ["민지님"]
    assert branches(result)[2] == ("다시", "NoneFoundError")
