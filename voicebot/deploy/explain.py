"""Why a stack failed, from its events: the first cause, and what to do about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_CANCELLED = re.compile(r"cancell?ed", re.IGNORECASE)

_HINTS = (
    (
        r"already exists|AlreadyExists|EntityAlreadyExists",
        "something outside of the stack has that name: give it another one in the settings, or remove it",
    ),
    (r"not authorized|AccessDenied|is not allowed|UnauthorizedTaggingOperation", "give this identity the permission"),
    (r"[Ll]imit ?[Ee]xceeded|[Qq]uota|Maximum number", "remove what is no longer used, or ask AWS for a higher quota"),
    (r"Throttl|Rate exceeded|TooManyRequests", "run the same command again"),
    (r"InvalidContactFlow|contact flow", "voicebot flow lint names what Connect refuses"),
    (
        r"NoSuchKey|key does not exist|S3 Error",
        "the package is not in the code bucket: run voicebot deploy apply again",
    ),
    (r"BotLocale|bot locale|AutoBuild|ImportBot|Bot build", "voicebot lex lint names what Lex refuses"),
    (r"SnapStart", "set deploy.warm_start to provisioned or none"),
    (
        r"ConcurrentExecution|UnreservedConcurrent",
        "ask AWS for more concurrency, or lower deploy.provisioned_environments",
    ),
    (r"[Tt]imed? ?out|did not stabilize", "run the same command again; if it stays so, look at the resource itself"),
)


@dataclass(frozen=True)
class Failure:
    """A resource that could not be made, changed or removed."""

    resource: str
    kind: str
    reason: str
    hint: str


def failures_of(events: Sequence[dict[str, Any]]) -> list[Failure]:
    """Return what failed, the first cause first.

    Args:
        events: Stack events, oldest first. What was only cancelled because of another failure is left out.
    """
    return [
        Failure(event["LogicalResourceId"], event.get("ResourceType", ""), reason, hint_for(reason))
        for event in events
        if event.get("ResourceStatus", "").endswith("_FAILED")
        and event.get("ResourceType") != "AWS::CloudFormation::Stack"
        and not _CANCELLED.search(reason := event.get("ResourceStatusReason", ""))
    ]


def hint_for(reason: str) -> str:
    """Return what to do about a reason that CloudFormation gives."""
    return next((hint for source, hint in _HINTS if re.search(source, reason)), "see the stack's events in the console")
