"""Who may call whom: Lex the code hook's function, the Connect instance the bot."""

import json
from functools import partial
from typing import Any

from voicebot.aws.pages import entries
from voicebot.aws.session import AwsService
from voicebot.errors import InputError, NotFoundError, StorageError
from voicebot.lex.models import call

LEX = "lexv2.amazonaws.com"


def may_lex_call(service: AwsService, function_arn: str, alias_arn: str) -> bool:
    """Return whether an alias may already call a function."""
    try:
        policy = json.loads(call(service, "get_policy", **_target(function_arn))["Policy"])
    except NotFoundError:
        return False
    return any(_grants(statement, alias_arn) for statement in policy.get("Statement", ()))


def let_lex_call(service: AwsService, function_arn: str, alias_arn: str) -> None:
    """Let an alias of a bot call a function."""
    parts = alias_arn.split("/")
    try:
        call(
            service,
            "add_permission",
            **_target(function_arn),
            StatementId=f"voicebot-lex-{parts[1]}-{parts[2]}",
            Action="lambda:InvokeFunction",
            Principal=LEX,
            SourceArn=alias_arn,
            SourceAccount=alias_arn.split(":")[4],
        )
    except StorageError as exc:
        if not may_lex_call(service, function_arn, alias_arn):  # a statement of that name may allow something else
            raise InputError(f"{exc.message}", hint="remove that statement from the function's policy") from exc


def is_associated(service: AwsService, instance_id: str, alias_arn: str) -> bool:
    """Return whether a Connect instance knows an alias."""
    ask = partial(call, service)
    bots = entries(ask, "list_bots", "LexBots", InstanceId=instance_id, LexVersion="V2", MaxResults=25)
    return any(bot.get("LexV2Bot", {}).get("AliasArn") == alias_arn for bot in bots)


def associate(service: AwsService, instance_id: str, alias_arn: str) -> None:
    """Let the flows of a Connect instance use an alias."""
    call(service, "associate_bot", InstanceId=instance_id, LexV2Bot={"AliasArn": alias_arn})


def _target(function_arn: str) -> dict[str, str]:
    """Return a function and its qualifier as Lambda's calls take them.

    Raises:
        InputError: It is not a function's ARN.
    """
    parts = function_arn.split(":")
    if len(parts) not in (7, 8) or parts[2] != "lambda" or parts[5] != "function":
        raise InputError(
            "lex.hook_arn is not the ARN of a Lambda function",
            hint="arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :ALIAS when it has one",
        )
    return {"FunctionName": ":".join(parts[:7])} | ({"Qualifier": parts[7]} if len(parts) == 8 else {})


def _grants(statement: dict[str, Any], alias_arn: str) -> bool:
    conditions = statement.get("Condition", {})
    source = next((test.get("AWS:SourceArn") for test in conditions.values() if test.get("AWS:SourceArn")), None)
    principal = statement.get("Principal", {})
    service = principal.get("Service") if isinstance(principal, dict) else principal
    return statement.get("Effect") == "Allow" and service == LEX and source == alias_arn
