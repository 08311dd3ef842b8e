"""The stack and its functions."""

import json
from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.deploy.doctor.finding import Finding
from voicebot.deploy.stack import Stack
from voicebot.errors import NotFoundError

ALIAS = "live"
_CALLERS = {
    "lex_hook": "lexv2.amazonaws.com",
    "next_batch": "connect.amazonaws.com",
    "opt_out": "connect.amazonaws.com",
}
_FIX = "voicebot deploy apply"


def look_at_stack(stack: Stack) -> Iterator[Finding]:
    """Say whether the stack is there and at rest."""
    try:
        status = stack.status()
    except NotFoundError as exc:
        yield Finding("functions", "stack", "problem", exc.message, _FIX)
        return
    if status.state.endswith("_IN_PROGRESS"):
        yield Finding("functions", f"stack {status.stack}", "unreachable", status.state, "voicebot deploy status")
    elif status.state in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        yield Finding("functions", f"stack {status.stack}", "ok", f"release {status.release}")
    else:
        fix = status.failures[0] if status.failures else "voicebot deploy status"
        yield Finding("functions", f"stack {status.stack}", "problem", status.state, fix)


def look_at_functions(service: AwsService, stack: str, names: Sequence[str], has_connect: bool) -> Iterator[Finding]:
    """Say which version each function's alias points to, whether it is ready, and whether its caller may call it."""
    for name in names:
        function = f"{stack}-{name}"
        try:
            alias = service.call("get_alias", FunctionName=function, Name=ALIAS)
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
            yield Finding("functions", name, "problem", f"has no alias {ALIAS}", _FIX)
            continue
        version = str(alias["FunctionVersion"])
        settings = service.call("get_function_configuration", FunctionName=function, Qualifier=ALIAS)
        if settings.get("State") not in (None, "Active", "Inactive"):
            yield Finding(
                "functions", name, "unreachable", f"version {version} is {settings['State']}", "wait a minute"
            )
            continue
        warm = settings.get("SnapStart", {}).get("OptimizationStatus", "Off")
        yield Finding("functions", name, "ok", f"version {version}, {settings['Runtime']}, SnapStart {warm.lower()}")
        caller = _CALLERS.get(name)
        if caller and has_connect and caller not in _callers(service, function):
            yield Finding("functions", f"{name}: permission", "problem", f"{caller} may not call it", _FIX)


def _callers(service: AwsService, function: str) -> set[str]:
    """Return the services that may call a function's alias."""
    try:
        policy = json.loads(service.call("get_policy", FunctionName=function, Qualifier=ALIAS)["Policy"])
    except ClientError as exc:
        if error_code(exc) != "ResourceNotFoundException":
            raise
        return set()
    principals = [one.get("Principal", {}) for one in policy["Statement"] if one.get("Effect") == "Allow"]
    return {one.get("Service", "") for one in principals if isinstance(one, dict)}
