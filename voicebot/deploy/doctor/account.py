"""The AWS account: who asks, the clock, quotas, permissions."""

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

from voicebot.aws.pages import entries
from voicebot.aws.session import AwsSession
from voicebot.deploy.doctor.finding import Finding

MOST_SKEW_S = 60.0
"""AWS refuses signatures that are five minutes off; a minute is worth knowing."""

DEPLOY_ACTIONS = (
    "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet", "iam:CreateRole", "iam:PutRolePolicy",
    "iam:PassRole", "lambda:CreateFunction", "lambda:PublishVersion", "lambda:CreateAlias", "lambda:AddPermission",
    "dynamodb:CreateTable", "s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutObject", "logs:CreateLogGroup", "logs:PutMetricFilter",
    "cloudwatch:PutMetricAlarm", "events:PutRule", "sqs:CreateQueue", "lex:CreateBot", "lex:CreateBotAlias",
    "connect:CreateContactFlow", "connect:CreateIntegrationAssociation",
)  # fmt: skip
"""What `voicebot deploy apply` does in the account."""

_WANTED_QUOTAS = {
    ("connect", "Concurrent active calls per instance"): 10.0,
    ("lambda", "Concurrent executions"): 100.0,
}
"""What a small call centre needs at least."""


def look_at_credentials(session: AwsSession, now: Callable[[], float]) -> Iterator[Finding]:
    """Say whose credentials these are, and whether this machine's clock is right."""
    reply = session.service("sts").call("get_caller_identity")
    yield Finding("account", "credentials", "ok", f"account {reply['Account']}, {_kind(str(reply['Arn']))}")
    yield Finding("account", "region", "ok", session.region)
    date = reply["ResponseMetadata"]["HTTPHeaders"].get("date")
    if not date:
        return
    skew_s = now() - parsedate_to_datetime(date).timestamp()
    is_right = abs(skew_s) <= MOST_SKEW_S
    fix = "" if is_right else "set the clock (timedatectl set-ntp true)"
    yield Finding("account", "clock", "ok" if is_right else "problem", f"{abs(skew_s):.0f} s off", fix)


def look_at_quotas(session: AwsSession) -> Iterator[Finding]:
    """Say how much the account may do at a time."""
    for service in sorted({service for service, _ in _WANTED_QUOTAS}):
        asked = session.service("service-quotas")
        listed = entries(asked.call, "list_service_quotas", "Quotas", ServiceCode=service)
        quotas: dict[str, float] = {one["QuotaName"]: one["Value"] for one in listed}
        for (owner, name), least in _WANTED_QUOTAS.items():
            if owner != service:
                continue
            value = quotas.get(name)
            if value is None:
                yield Finding("account", f"quota: {name}", "unknown", "not told", "look in the Service Quotas console")
                continue
            is_enough = value >= least
            fix = "" if is_enough else f"ask for at least {least:.0f} in the Service Quotas console"
            yield Finding("account", f"quota: {name}", "ok" if is_enough else "warning", f"{value:.0f}", fix)


def look_at_permissions(session: AwsSession) -> Iterator[Finding]:
    """Say what `deploy apply` needs and this identity may not do.

    Source: https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    iam = session.service("iam")
    arn = str(session.service("sts").call("get_caller_identity")["Arn"])
    if arn.endswith(":root"):
        fix = "sign in with a role; the root user is for the account itself"
        yield Finding("account", "permissions", "warning", "these are the root user's credentials", fix)
        return
    if ":assumed-role/" in arn:
        arn = str(iam.call("get_role", RoleName=arn.split("/")[1])["Role"]["Arn"])
    reply = iam.call("simulate_principal_policy", PolicySourceArn=arn, ActionNames=list(DEPLOY_ACTIONS))
    results = reply["EvaluationResults"]
    denied = [str(one["EvalActionName"]) for one in results if one["EvalDecision"] != "allowed"]
    if denied:
        fix = "needed by voicebot deploy apply: give this identity these actions"
        yield Finding("account", "permissions", "warning", f"not allowed: {', '.join(denied)}", fix)
    else:
        yield Finding("account", "permissions", "ok", f"{len(results)} actions of deploy apply are allowed")


def _kind(arn: str) -> str:
    return {"assumed-role": "a role", "user": "a user"}.get(arn.split(":")[-1].split("/")[0], "the root user")
