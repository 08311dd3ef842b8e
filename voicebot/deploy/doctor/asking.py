"""Looks that ask Amazon Web Services, and what stops them."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from voicebot.aws.refusals import error_code
from voicebot.deploy.doctor.finding import Finding, Look, examine
from voicebot.errors import ConfigError


def examine_aws(area: str, what: str, look: Look) -> Iterator[Finding]:
    """Yield what `look` finds; what stops it is a finding too, and stops nothing else."""

    def asked() -> Iterator[Finding]:
        try:
            yield from look()
        except (BotoCoreError, ResponseParserError) as exc:
            yield Finding(area, what, "unreachable", type(exc).__name__, "check the network and try again")
        except ClientError as exc:
            detail = f"cannot be looked at ({error_code(exc)})"
            yield Finding(area, what, "unknown", detail, "give this identity the permission to look")
        except ConfigError as exc:
            if not (isinstance(exc.__cause__, ClientError) and "is not allowed" in exc.message):
                raise
            yield Finding(area, what, "unknown", exc.message, exc.hint or "")

    return examine(area, what, asked)
