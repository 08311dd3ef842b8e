"""Small flows with one defect each, by the rule that must find it; and parts to make them of."""

from collections.abc import Mapping
from typing import Any

from tests.fakes.flow import block, document

FAILED = {"NoMatchingError": "end"}
UNMATCHED = {"NoMatchingCondition": "end"}
BOTH = {**UNMATCHED, **FAILED}
LAMBDA = "arn:aws:lambda:ap-northeast-2:123456789012:function:next_batch"
ALIAS = "arn:aws:lex:ap-northeast-2:123456789012:bot-alias/ABCDEFGHIJ/TSTALIASID"
QUEUE = "arn:aws:connect:ap-northeast-2:123456789012:instance/i/queue/q"
HOURS = "arn:aws:connect:ap-northeast-2:123456789012:instance/i/operating-hours/h"
FLOW = "arn:aws:connect:ap-northeast-2:123456789012:instance/i/contact-flow/f"
WAV = "https://prompts.s3.ap-northeast-2.amazonaws.com/welcome.wav"
END = block("end", "DisconnectParticipant")
LEAVE = block("end", "EndFlowExecution")
RETURN = block("end", "EndFlowModuleExecution")

Case = tuple[str, str | None, dict[str, Any]]


def korean(*blocks: dict[str, object], end: dict[str, object] = END) -> dict[str, Any]:
    """A flow that sets voice and language, runs the blocks (of which the first is next) and hangs up."""
    first = str(blocks[0]["Identifier"])
    return document(
        block("voice", "UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "Seoyeon"}, "language", FAILED),
        block("language", "UpdateContactData", {"LanguageCode": "ko-KR"}, first, FAILED),
        *blocks,
        end,
    )


def one(type_: str, parameters: Mapping[str, object] | None = None, **more: Any) -> dict[str, Any]:
    """A flow with one block in the middle, named "it"."""
    return korean(block("it", type_, parameters, more.pop("next_", "end"), **more))


def said(**parameters: object) -> dict[str, Any]:
    """A flow that plays one prompt."""
    return one("MessageParticipant", parameters, errors=FAILED)


def played(uri: str, **media: str) -> dict[str, Any]:
    return said(Media={"Uri": uri, "SourceType": "S3", "MediaType": "Audio", **media})


def called(errors: Mapping[str, str] = FAILED, **parameters: object) -> dict[str, Any]:
    given = {"LambdaFunctionARN": LAMBDA, "InvocationTimeLimitSeconds": "8", **parameters}
    return one("InvokeLambdaFunction", given, errors=errors)


def lex(
    errors: Mapping[str, str] = BOTH, conditions: Mapping[str, str] | None = None, **changes: object
) -> dict[str, Any]:
    return one("ConnectParticipantWithLexBot", lex_parameters(**changes), errors=errors, conditions=conditions)


def lex_parameters(**changes: object) -> dict[str, object]:
    given = {"Text": "말씀하세요.", "LexV2Bot": {"AliasArn": ALIAS}, **changes}
    return {key: value for key, value in given.items() if value is not None}


def menu(
    errors: Mapping[str, str] | None = None, conditions: Mapping[str, str] | None = None, **changes: object
) -> dict[str, Any]:
    given = {"Text": "번호를 누르세요.", "StoreInput": "False", "InputTimeLimitSeconds": "5", **changes}
    errors = {**BOTH, "InputTimeLimitExceeded": "end"} if errors is None else errors
    return one("GetParticipantInput", given, errors=errors, conditions=conditions or {"Equals 1": "end"})


def compared(conditions: Mapping[str, str], errors: Mapping[str, str] = UNMATCHED, **more: Any) -> dict[str, Any]:
    value = more.pop("value", "$.Attributes.plan")
    return one("Compare", {"ComparisonValue": value}, errors=errors, conditions=conditions, **more)


def hours(conditions: Mapping[str, str], errors: Mapping[str, str] = FAILED) -> dict[str, Any]:
    return one("CheckHoursOfOperation", {"HoursOfOperationId": HOURS}, errors=errors, conditions=conditions)


def looped(count: object = "3", **conditions: str) -> dict[str, Any]:
    named = conditions or {"ContinueLooping": "end", "DoneLooping": "end"}
    return one("Loop", {"LoopCount": count}, conditions={f"Equals {name}": to for name, to in named.items()})


def metric(conditions: Mapping[str, str], kind: str = "NumberOfAgentsAvailable") -> dict[str, Any]:
    return one("CheckMetricData", {"MetricType": kind}, errors=BOTH, conditions=conditions)


def changed(flow: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {key: value for key, value in {**flow, **changes}.items() if value is not ...}


def typed(console_type: str, flow: dict[str, Any]) -> dict[str, Any]:
    return {**flow, "Metadata": {"type": console_type}}


def with_transitions(flow: dict[str, Any], transitions: Any) -> dict[str, Any]:
    next(each for each in flow["Actions"] if each["Identifier"] == "it")["Transitions"] = transitions
    return flow


def with_operands(flow: dict[str, Any], *operands: str) -> dict[str, Any]:
    it = next(each for each in flow["Actions"] if each["Identifier"] == "it")
    it["Transitions"]["Conditions"][0]["Condition"]["Operands"] = list(operands)
    return flow


def without(flow: dict[str, Any], key: str) -> dict[str, Any]:
    it = next(each for each in flow["Actions"] if each["Identifier"] == "it")
    del it[key]
    return flow


HELLO = said(Text="안녕하세요.")
GREETING = block("it", "MessageParticipant", {"Text": "안녕하세요."}, "end", FAILED)


def greeting(**changes: Any) -> dict[str, Any]:
    return block("it", "MessageParticipant", {"Text": "안녕하세요."}, **{"next_": "end", "errors": FAILED, **changes})


def cases() -> list[Case]:
    """Each flow with the one rule that finds something in it, and the block."""
    return [
        # The document
        ("version", None, changed(said(Text="네"), Version="2020-01-01")),
        ("version", None, changed(said(Text="네"), Version=...)),
        ("old-format", None, {"modules": [], "version": "1", "type": "contactFlow", "start": "a"}),
        ("start-action", None, changed(said(Text="네"), StartAction={"Identifier": "voice"})),
        ("no-actions", None, changed(said(Text="네"), Actions=[])),
        ("no-actions", None, changed(said(Text="네"), Actions={"voice": {}})),
        ("content-size", None, changed(said(Text="네"), Metadata={"notes": "가" * 256_000})),
        ("action-count", None, korean(*(
            block(f"it{n}", "UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"}, f"it{n + 1}" if n < 249 else "end")
            for n in range(250)
        ))),
        ("metadata-case", None, changed(said(Text="네"), Metadata={"EntryPointPosition": {"X": 1, "Y": 2}})),
        ("metadata-case", None, changed(said(Text="네"), Metadata={"ActionMetadata": {"it": {"Position": {"X": 1, "Y": 2}}}})),
        # Identifiers
        ("missing-identifier", None, changed(said(Text="네"), Actions=[*said(Text="네")["Actions"], {"Type": "Compare"}])),
        ("duplicate-identifier", "end", changed(said(Text="네"), Actions=[*said(Text="네")["Actions"], END])),
        ("identifier-form", "인사(첫번째)", korean(block("인사(첫번째)", "MessageParticipant", {"Text": "네"}, "end", FAILED))),
        ("identifier-form", "a" * 51, korean(block("a" * 51, "MessageParticipant", {"Text": "네"}, "end", FAILED))),
        ("identifier-form", "toString", korean(block("toString", "MessageParticipant", {"Text": "네"}, "end", FAILED))),
        # Action types
        ("missing-type", "it", without(said(Text="네"), "Type")),
        *(
            ("unknown-action", "it", one(name, next_="end", errors=FAILED))
            for name in (
                "PlayPrompt", "Start", "Trigger", "EntryPoint", "SetVoice", "CheckAttribute", "CheckCondition",
                "TransferToQueue", "SetLoggingBehavior", "InvokeAgentAction", "CheckStaffing", "MessageParticipent",
            )
        ),
        # Parameters
        ("parameters-shape", "it", changed(said(Text="네"), Actions=[
            *said(Text="네")["Actions"][:2], {"Identifier": "it", "Type": "MessageParticipant", "Parameters": [],
             "Transitions": {"NextAction": "end"}}, END])),
        ("unknown-parameter", "it", one("UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "Seoyeon", "Engine": "Neural"}, errors=FAILED)),
        ("unknown-parameter", "it", one("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled", "LoggingBehavior": "Enabled"})),
        ("unknown-parameter", "it", one("TransferContactToQueue", {"QueueId": QUEUE}, errors={"QueueAtCapacity": "end", **FAILED})
            | {"Metadata": {"type": "queueTransfer"}}),
        ("missing-parameter", "it", one("InvokeLambdaFunction", {"InvocationTimeLimitSeconds": "8"}, errors=FAILED)),
        ("missing-parameter", "it", one("CreateCallbackContact", {"InitialCallDelaySeconds": "5", "MaximumConnectionAttempts": "1"}, errors=FAILED)),
        ("parameter-value", "it", one("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "On"})),
        ("parameter-value", "it", called(ResponseValidation={"ResponseType": "XML"})),
        ("parameter-value", "it", metric({"NumberGreaterThan 0": "end"}, "AgentsAvailable")),
        ("parameter-value", "it", looped("101")),
        ("parameter-value", "it", menu(DTMFConfiguration={"InterdigitTimeLimitSeconds": "30"})),
        ("parameter-value", "it", one("UpdateContactEventHooks", {"EventHooks": {"AgentHungUp": FLOW}}, errors=FAILED)),
        ("parameter-combination", "it", said(Text="네", SSML="<speak>네</speak>")),
        ("parameter-combination", "it", said()),
        ("parameter-combination", "it", lex(LexV2Bot=None)),
        ("parameter-combination", "it", one("UpdateContactTargetQueue", {"QueueId": QUEUE, "AgentId": QUEUE}, errors=FAILED)),
        ("parameter-combination", "it", one("UpdateContactRoutingBehavior", {})),
        ("lambda-time-limit", "it", called(InvocationTimeLimitSeconds="10")),
        ("lambda-time-limit", "it", called(InvocationTimeLimitSeconds="0")),
        ("static-parameter", "it", called(InvocationTimeLimitSeconds="$.Attributes.limit")),
        ("static-parameter", "it", menu(DTMFConfiguration={"InputTerminationSequence": "$.Name"})),
        ("single-reference", "it", one("UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "Seo$.Attributes.voice"}, errors=FAILED)),
        ("single-reference", "it", one("UpdateContactTargetQueue", {"QueueId": "arn:queue/$.Attributes.queue"}, errors=FAILED)),
        ("reference-required", "it", one("UpdateContactCallbackNumber", {"CallbackNumber": "+821012345678"},
            errors={"InvalidCallbackNumber": "end", "CallbackNumberNotDialable": "end"})),
        ("unknown-reference", "it", said(Text="$.Attribute.name님, 안녕하세요.")),
        ("unknown-reference", "it", compared({"Equals a": "end"}, value="$.attributes.plan")),
        ("broken-reference", "it", said(Text="$.Attributes.이름님, 안녕하세요.")),
        ("arn-form", "it", called(LambdaFunctionARN="next_batch")),
        ("arn-form", "it", lex(LexV2Bot={"AliasArn": "arn:aws:lex:ap-northeast-2:123456789012:bot/ABCDEFGHIJ"})),
        ("id-form", "it", one("UpdateContactTargetQueue", {"QueueId": "상담 대기열"}, errors=FAILED)),
        ("id-form", "it", one("CheckHoursOfOperation", {"HoursOfOperationId": "Basic Hours"}, errors=FAILED,
            conditions={"Equals True": "end", "Equals False": "end"})),
        ("language-code", "language", changed(said(Text="네"), Actions=[
            said(Text="네")["Actions"][0],
            block("language", "UpdateContactData", {"LanguageCode": "ko_KR"}, "it", FAILED),
            *said(Text="네")["Actions"][2:]])),
        ("number-as-string", "it", called(InvocationTimeLimitSeconds=8)),
        ("analytics-recording", "it", one("UpdateContactRecordingBehavior", {
            "RecordingBehavior": {"RecordedParticipants": ["Agent"]},
            "AnalyticsBehavior": {"Enabled": "True", "AnalyticsLanguage": "ko-KR"}})),
        # Branches
        ("transitions-shape", "it", with_transitions(said(Text="네"), {"NextAction": "end", "Errors": {"NoMatchingError": "end"}})),
        ("dangling-branch", "it", one("MessageParticipant", {"Text": "네"}, errors={"NoMatchingError": "nowhere"})),
        ("dangling-branch", "it", lex(conditions={"Equals AgentRequest": "agnet"})),
        ("missing-next", "it", with_transitions(said(Text="네"), {"Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}]})),
        ("after-the-end", "end", korean(GREETING, end=block("end", "DisconnectParticipant", {}, "it"))),
        ("missing-error-branch", "it", called(errors={})),
        ("missing-error-branch", "it", compared({"Equals gold": "end"}, errors={})),
        ("missing-error-branch", "it", lex(errors=FAILED)),
        ("missing-error-branch", "it", lex(errors=UNMATCHED)),
        ("missing-error-branch", "it", menu(errors=BOTH)),
        ("missing-error-branch", "it", hours({"Equals True": "end", "Equals False": "end"}, errors={})),
        ("missing-error-branch", "it", one("UpdateContactMediaStreamingBehavior", {
            "MediaStreamingState": "Enabled", "MediaStreamType": "Audio",
            "Participants": [{"ParticipantType": "Customer", "MediaDirections": ["From", "To"]}]})),
        ("missing-error-branch", "it", one("UpdateContactRecordingAndAnalyticsBehavior", {"VoiceBehavior": {}}, errors=FAILED)),
        ("missing-error-branch", "it", typed("queueTransfer", one("TransferContactToQueue", {}, errors=FAILED))),
        ("usual-error-branch", "it", one("MessageParticipant", {"Text": "네"})),
        ("refused-error-branch", "it", compared({"Equals gold": "end"}, errors=BOTH)),
        ("unknown-error-branch", "it", one("MessageParticipant", {"Text": "네"}, errors={"NoMatchingErorr": "end", **FAILED})),
        ("unknown-error-branch", "it", one("UpdateContactCallbackNumber", {"CallbackNumber": "$.CustomerEndpoint.Address"},
            errors={"InvalidNumber": "end", "InvalidCallbackNumber": "end", "CallbackNumberNotDialable": "end"})),
        ("refused-error-branch", "it", one("UpdateContactRecordingBehavior",
            {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}}, errors=FAILED)),
        ("unknown-error-branch", "it", one("MessageParticipant", {"Text": "네"}, errors={"Zzzz": "end", **FAILED})),
        ("unknown-parameter", "it", one("UpdateContactData", {"TextToSpeechVoice": "Seoyeon"}, errors=FAILED)),
        ("unexpected-error-branch", "it", one("MessageParticipant", {"Text": "네"}, errors={"QueueAtCapacity": "end", **FAILED})),
        ("duplicate-error-branch", "it", with_transitions(said(Text="네"), {"NextAction": "end", "Errors": [
            {"ErrorType": "NoMatchingError", "NextAction": "end"}, {"ErrorType": "NoMatchingError", "NextAction": "end"}]})),
        ("condition-not-allowed", "it", one("MessageParticipant", {"Text": "네"}, errors=FAILED, conditions={"Equals a": "end"})),
        ("condition-not-allowed", "it", menu(errors={**FAILED, "InputTimeLimitExceeded": "end"}, StoreInput="True",
            InputValidation={"CustomValidation": {"MaximumLength": "4"}})),
        ("condition-operator", "it", lex(conditions={"TextContains Agent": "end"})),
        ("condition-operator", "it", hours({"Equals True": "end", "Equals False": "end", "TextContains a": "end"})),
        ("condition-operand", "it", menu(conditions={"Equals 10": "end"})),
        ("condition-operand", "it", looped(ContinueLooping="end", DoneLooping="end", Complete="end")),
        ("missing-condition", "it", looped(ContinueLooping="end")),
        ("missing-condition", "it", hours({"Equals True": "end"})),
        ("duplicate-condition", "it", compared({"Equals a": "end"}) | {"Actions": [
            *compared({"Equals a": "end"})["Actions"][:2],
            with_two_conditions(), END]}),
        ("metric-condition", "it", metric({"NumberGreaterThan 3": "end"})),
        ("percentage-chain", "it", one("DistributeByPercentage", {}, errors=UNMATCHED,
            conditions={"NumberLessThan 50": "end", "NumberLessThan 20": "end"})),
        ("percentage-chain", "it", one("DistributeByPercentage", {}, errors=UNMATCHED, conditions={"NumberLessThan 120": "end"})),
        ("unknown-operator", "it", compared({"NumberEquals 3": "end"})),
        ("operand-count", "it", with_operands(compared({"Equals a": "end"}), "a", "b")),
        # The graph
        ("start-action", None, changed(said(Text="네"), StartAction="vocie")),
        ("unreachable-block", "lost", korean(GREETING, block("lost", "MessageParticipant", {"Text": "네"}, "end", FAILED))),
        ("endless-loop", "it", korean(greeting(next_="again"), block("again", "MessageParticipant", {"Text": "다시"}, "it", FAILED))),
        ("endless-loop", "it", korean(greeting(errors={"NoMatchingError": "it"}))),
        ("endless-loop", "it", korean(
            block("it", "Compare", {"ComparisonValue": "$.Attributes.a"}, "it", {"NoMatchingCondition": "it"}, {"Equals b": "end"}))),
        ("no-ending", "voice", ending_never()),
        ("retry-forever", "it", called(errors={"NoMatchingError": "it"})),
        # Types of flow
        ("flow-type", "it", typed("contactFlow", one("MessageParticipantIteratively", {"Messages": [{"Text": "기다려 주세요."}]}, errors=FAILED))),
        ("flow-type", "it", typed("customerHold", document(block("it", "MessageParticipant", {"Text": "기다려 주세요."}, "end", FAILED), LEAVE))),
        ("flow-type", "it", typed("customerQueue", document(block("it", "TransferContactToQueue", {}, "end", {"QueueAtCapacity": "end", **FAILED}), LEAVE))),
        ("flow-type", "it", typed("contactFlow", one("DequeueContactAndTransferToQueue", {"QueueId": QUEUE}, errors={"QueueAtCapacity": "end", **FAILED}))),
        ("flow-type", "it", typed("agentWhisper", document(block("it", "CheckHoursOfOperation", {"HoursOfOperationId": HOURS}, "end", FAILED,
            {"Equals True": "end", "Equals False": "end"}), LEAVE))),
        ("unknown-reference", "it", said(Text="$.Zzzzzz.a")),
        ("chat-only", "it", korean(
            block("it", "Wait", {"TimeLimitSeconds": "5"}, "say", FAILED, {"Equals WaitCompleted": "say"}),
            block("say", "MessageParticipant", {"SSML": "<speak>네</speak>"}, "end", FAILED))),
        ("queue-before-transfer", "it", one("TransferContactToQueue", {}, errors={"QueueAtCapacity": "end", **FAILED})),
        # Prompts and bots
        ("empty-prompt", "it", said(Text=" ")),
        ("text-length", "it", said(Text="가" * 3001)),
        ("text-length", "it", said(SSML="<speak>" + '<break time="1s"/>' * 350 + "</speak>")),
        ("ssml-form", "it", said(SSML="<speak>열고 닫지 않은 <break></speak>")),
        ("ssml-form", "it", said(SSML="<p>안녕하세요.</p>")),
        ("ssml-in-text", "it", said(Text="<speak>안녕하세요.</speak>")),
        ("media-uri", "it", played("s3://prompts/welcome.wav")),
        ("media-uri", "it", played("http://prompts.s3.ap-northeast-2.amazonaws.com/welcome.wav")),
        ("media-uri", "it", played("https://cdn.example.com/welcome.wav")),
        ("media-uri", "it", played("https://prompts.s3.ap-northeast-2.amazonaws.com/welcome.mp3")),
        ("media-type", "it", played(WAV, MediaType="audio/wav")),
        ("media-type", "it", played(WAV, SourceType="HTTP")),
        ("lex-media", "it", lex(Text=None, Media={"Uri": WAV, "SourceType": "S3", "MediaType": "Audio"})),
        ("lex-v1", "it", lex(LexV2Bot=None, LexBot={"Name": "Bot", "Region": "us-east-1", "Alias": "prod"})),
        ("lex-timeouts", "it", lex(LexSessionAttributes={"x-amz-lex:audio:max-length-ms:*:*": "30000"})),
        ("lex-timeouts", "it", lex(LexSessionAttributes={"x-amz-lex:audio:end-timeout-ms:*:*": "1.2s"})),
        ("language-before-lex", "it", document(
            block("voice", "UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "Seoyeon"}, "it", {"NoMatchingError": "it"}),
            block("it", "ConnectParticipantWithLexBot", lex_parameters(), "end", BOTH), END)),
        ("voice-before-speech", "it", document(block("it", "MessageParticipant", {"Text": "안녕하세요."}, "end", FAILED), END)),
    ]  # fmt: skip


def with_two_conditions() -> dict[str, Any]:
    """A Compare that asks the same question twice."""
    condition = {"NextAction": "end", "Condition": {"Operator": "Equals", "Operands": ["a"]}}
    return {
        "Identifier": "it",
        "Type": "Compare",
        "Parameters": {"ComparisonValue": "$.Attributes.plan"},
        "Transitions": {
            "NextAction": "end",
            "Conditions": [condition, condition],
            "Errors": [{"ErrorType": "NoMatchingCondition", "NextAction": "end"}],
        },
    }


def ending_never() -> dict[str, Any]:
    """A menu that comes back to itself whatever happens."""
    back = {"NoMatchingCondition": "it", "InputTimeLimitExceeded": "it", "NoMatchingError": "sorry"}
    keys = {"Text": "번호를 누르세요.", "InputTimeLimitSeconds": "5"}
    return document(
        block(
            "voice", "UpdateContactTextToSpeechVoice", {"TextToSpeechVoice": "Seoyeon"}, "it", {"NoMatchingError": "it"}
        ),
        block("it", "GetParticipantInput", keys, "it", back, {"Equals 1": "it"}),
        block("sorry", "MessageParticipant", {"Text": "죄송합니다."}, "it", {"NoMatchingError": "it"}),
    )
