"""The block that calls a Lambda function."""

import json

from voicebot.flow.actions.interactions import InvokeLambdaFunction
from voicebot.flow.blocks.outcome import Continues
from voicebot.flow.call import BlockFailed, Call, outside
from voicebot.flow.ports import FunctionFailed, FunctionThrottled, FunctionTimeout

RETRIES = 3
ANSWER_LIMIT_BYTES = 32768


def invoke_lambda_function(call: Call, parameters: InvokeLambdaFunction) -> Continues:
    """Call a function and keep its answer as `$.External`, which only ever holds the last answer.

    Source:
        https://docs.aws.amazon.com/connect/latest/adminguide/connect-lambda-functions.html
    """
    arn = call.fill(parameters.lambda_function_arn)
    given = {key: call.fill(value) for key, value in parameters.lambda_invocation_attributes.items()}
    event = json.dumps(call.contact.event(given))
    call.contact.external = {}
    if parameters.invocation_type == "ASYNCHRONOUS":
        with call.working(), outside():
            call.ports.functions.invoke_async(arn, json.loads(event))
        return Continues()
    with outside():
        answer = _checked(_invoke(call, arn, event, parameters.invocation_time_limit_seconds))
    if parameters.response_validation.response_type == "STRING_MAP":
        _check_string_map(answer)
    call.keep_answer(answer)
    return Continues()


def _invoke(call: Call, arn: str, event: str, limit_s: int) -> object:
    """Return the function's answer, after up to three retries within one limit for all of them."""
    deadline_s = call.line.elapsed_s + limit_s
    retries = 0
    while call.line.elapsed_s < deadline_s:
        try:
            with call.working():
                answer = call.ports.functions.invoke(arn, json.loads(event), deadline_s - call.line.elapsed_s)
        except FunctionTimeout:
            break
        except (FunctionThrottled, FunctionFailed) as exc:
            retries += 1
            if not exc.retryable or retries > RETRIES:
                raise
        else:
            if call.line.elapsed_s <= deadline_s:
                return answer
    call.wait(deadline_s - call.line.elapsed_s)
    raise FunctionTimeout(arn, limit_s)


def _checked(answer: object) -> object:
    """Return an answer as its JSON gives it, when that is small enough."""
    try:
        text = json.dumps(answer, ensure_ascii=False)
    except (TypeError, ValueError) as exc:
        raise BlockFailed("the function's answer is not JSON") from exc
    size = len(text.encode("utf-8", "surrogatepass"))
    if size >= ANSWER_LIMIT_BYTES:
        raise BlockFailed(f"the function's answer has {size} bytes; it must have fewer than {ANSWER_LIMIT_BYTES}")
    return json.loads(text)


def _check_string_map(answer: object) -> None:
    if not isinstance(answer, dict):
        raise BlockFailed(f"the function's answer is {_kind(answer)}; STRING_MAP is a flat object of strings")
    wrong = {key: value for key, value in answer.items() if not isinstance(value, str)}
    if wrong:
        found = ", ".join(f"{key} is {_kind(value)}" for key, value in wrong.items())
        raise BlockFailed(f"the function's answer is no STRING_MAP, whose values are strings: {found}")


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return kinds.get(type(value), "a number")
