"""Every rule finds its defect and nothing else; clean flows stay clean."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.flow import FLOWS, block, document
from tests.flow.lint.corpus import BOTH, FAILED, LAMBDA, LEAVE, QUEUE, RETURN, Case, cases, korean, lex, typed
from voicebot.flow.lint.linter import lint_document, lint_flow, repair_document
from voicebot.flow.lint.rules import RULES
from voicebot.resources import bundled

pytestmark = pytest.mark.unit

CASES = cases()
NEED_A_FILE = {"duplicate-key", "prompt-audio"}
EXPORTS = sorted((FLOWS / "exports").glob("*.json"))


def test_the_corpus_is_large_and_names_every_rule() -> None:
    assert len(CASES) >= 60
    assert {rule for rule, _, _ in CASES} | NEED_A_FILE == set(RULES)


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{rule}" for number, (rule, _, _) in enumerate(CASES)])
def test_one_defect_is_found_by_its_rule_and_no_other(case: Case) -> None:
    rule, where, flow = case
    findings = lint_document(flow)
    assert [(each.rule, each.block) for each in findings] == [(rule, where)], findings
    assert findings[0].message
    assert findings[0].fix


@pytest.mark.parametrize("case", CASES, ids=[f"{number}-{rule}" for number, (rule, _, _) in enumerate(CASES)])
def test_a_repair_leaves_nothing_that_it_could_repair(case: Case) -> None:
    _, _, flow = case
    before = json.dumps(flow)
    mended, repairs = repair_document(flow)
    assert json.dumps(flow) == before
    assert not [each for each in lint_document(mended) if each.repair]
    assert bool(repairs) == any(each.repair for each in lint_document(flow))


def test_a_key_that_stands_twice_is_found() -> None:
    text = json.dumps(korean(block("it", "MessageParticipant", {"Text": "네"}, "end", FAILED)))
    findings = lint_flow(text.replace('"Text": "\\ub124"', '"Text": "a", "Text": "b"')).findings
    assert [each.rule for each in findings] == ["duplicate-key"]


QUEUE_FLOW = typed(
    "customerQueue",
    document(
        block(
            "music",
            "MessageParticipantIteratively",
            {"Messages": [{"Text": "잠시만 기다려 주세요."}, {"PromptId": "p"}], "InterruptFrequencySeconds": "20"},
            "offer",
            FAILED | {"NoMatchingError": "end"},
            {"Equals MessagesInterrupted": "offer"},
        ),
        block("offer", "MessageParticipant", {"Text": "순서대로 연결해 드립니다."}, "music", FAILED),
        LEAVE,
    ),
)
WAITING = typed(
    "customerQueue",
    document(
        block("wait", "MessageParticipantIteratively", {"Messages": [{"SSML": "<speak><break time='5s'/></speak>"}]})
    ),
)
HOLD = typed(
    "customerHold",
    document(block("music", "MessageParticipantIteratively", {"Messages": [{"PromptId": "p"}]}, errors=FAILED), LEAVE),
)
MODULE = document(block("ask", "InvokeLambdaFunction", {"LambdaFunctionARN": LAMBDA}, "end", FAILED), RETURN)
CONVERSATION = lex(conditions={"Equals AgentRequest": "end", "Equals CaptureUtterance": "it"})
CALLBACK = typed(
    "queueTransfer",
    document(
        block("queue", "UpdateContactTargetQueue", {"QueueId": "$.Attributes.queue"}, "number", FAILED),
        block(
            "number",
            "UpdateContactCallbackNumber",
            {"CallbackNumber": "$.CustomerEndpoint.Address"},
            "call",
            {"InvalidCallbackNumber": "end", "CallbackNumberNotDialable": "end"},
        ),
        block(
            "call",
            "CreateCallbackContact",
            {"InitialCallDelaySeconds": "5", "MaximumConnectionAttempts": "2", "RetryDelaySeconds": "600"},
            "end",
            FAILED,
        ),
        LEAVE,
    ),
)
PERCENT = korean(
    block(
        "it",
        "DistributeByPercentage",
        {},
        "",
        {"NoMatchingCondition": "end"},
        {"NumberLessThan 21": "end", "NumericLessThan 61": "end"},
    )
)
PLACEHOLDERS = korean(
    block(
        "it",
        "ConnectParticipantWithLexBot",
        {"Text": "${Greeting}", "LexV2Bot": {"AliasArn": "${LexBotAliasArn}"}},
        "play",
        BOTH,
    ),
    block("play", "MessageParticipant", {"Media": {"Uri": "${Prompts}/a.wav", "SourceType": "S3", "MediaType": "Audio"}},
          "queue", FAILED),
    block("queue", "UpdateContactTargetQueue", {"QueueId": QUEUE}, "go", FAILED),
    block("go", "TransferContactToQueue", {}, "", {"QueueAtCapacity": "end", **FAILED}),
)  # fmt: skip


ASSISTANT = lex(
    Text=" ", errors={**BOTH, "InputTimeLimitExceeded": "end"}, LexV2Bot={"AliasArn": "{{LEX_BOT_ALIAS_ARN}}"}
)
MUSIC = document(
    block("music", "MessageParticipantIteratively", {"Messages": [{"PromptId": "p"}]}, "end", FAILED), RETURN
)


@pytest.mark.parametrize(
    "flow",
    [ASSISTANT, MUSIC, QUEUE_FLOW, HOLD, MODULE, CONVERSATION, CALLBACK, PERCENT, PLACEHOLDERS],
    ids=[
        "assistant",
        "music in a module",
        "queue",
        "hold",
        "module",
        "conversation",
        "callback",
        "percent",
        "placeholders",
    ],
)
def test_a_clean_flow_stays_clean(flow: dict[str, Any]) -> None:
    assert lint_document(flow) == ()


def test_a_queue_flow_may_wait_for_ever() -> None:
    assert [each.rule for each in lint_document(WAITING)] == ["usual-error-branch"]


@pytest.mark.parametrize("name", ["connect_flows/inbound.json"])
def test_our_own_flows_are_clean(name: str) -> None:
    assert lint_flow(bundled(name)).findings == ()


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_what_the_console_exports_has_no_false_error(path: Path) -> None:
    findings = lint_flow(path).findings
    assert [each for each in findings if each.severity != "note"] == []


def test_every_rule_is_on_its_page() -> None:
    page = (Path(__file__).parents[3] / "docs" / "flow-rules.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("| `")] == [
        f"| `{rule}` | {asks} |" for rule, asks in sorted(RULES.items())
    ]
