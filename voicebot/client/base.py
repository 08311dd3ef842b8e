"""What every room of the client stands on: the settings, the time, and Amazon Web Services."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.clock import Clock, SystemClock
from voicebot.errors import ConfigError

if TYPE_CHECKING:
    from voicebot.aws.session import AwsService, AwsSession
    from voicebot.settings.tree import Settings


class Base:
    """What every room stands on.

    Args:
        settings: What is configured.
        handlers: The Lambda handlers' module names by function name; the local backend calls them as Lambda would.
        clock: The time that services see.
    """

    def __init__(
        self, settings: Settings, handlers: Mapping[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._handlers = dict(handlers or {})

    def resolve(self, path: Path) -> Path:
        """Return a file named on the command line, or the one of that name that comes with voicebot."""
        from voicebot.resources import find

        return find(path)

    @cached_property
    def keyed_settings(self) -> Settings:
        """The settings with the secrets that AWS Secrets Manager keeps for them."""
        name = self.settings.keys.secret
        if not name:
            return self.settings
        service = self.aws.service("secretsmanager")
        from voicebot.aws.secrets import fetch_secret
        from voicebot.settings.secrets import parse_secrets, with_secrets

        return with_secrets(self.settings, parse_secrets(fetch_secret(service, name), name))

    @cached_property
    def is_on_aws(self) -> bool:
        """True when the stores are Amazon's."""
        return self.settings.backend == "aws"

    @cached_property
    def aws(self) -> AwsSession:
        """Amazon Web Services."""
        return self.aws_in(self.settings.aws.region)

    def aws_in(self, region: str, read_timeout_s: float | None = None, budget_s: float | None = None) -> AwsSession:
        """Return Amazon Web Services in a region, with the settings' time limits unless others are given."""
        try:
            from voicebot.aws.session import AwsSession
        except ModuleNotFoundError as exc:
            raise ConfigError("backend aws needs boto3", hint="pip install 'voicebot[aws]'") from exc
        aws = self.settings.aws
        return AwsSession(
            region,
            aws.endpoint_url,
            connect_timeout_s=aws.connect_timeout_s,
            read_timeout_s=read_timeout_s or aws.read_timeout_s,
            budget_s=aws.retry_budget_s if budget_s is None else budget_s,
        )

    @cached_property
    def patient_aws(self) -> AwsSession:
        """Amazon Web Services for work that nobody waits for on a telephone."""
        return self.aws_in(self.settings.aws.region, read_timeout_s=60.0, budget_s=60.0)

    @cached_property
    def connect_aws(self) -> AwsSession:
        """Amazon Web Services where the Connect instance is, and Lex and the functions with it."""
        aws = self.settings.aws
        return self.aws if aws.connect_region == aws.region else self.aws_in(aws.connect_region)

    @cached_property
    def connect(self) -> AwsService:
        """Amazon Connect."""
        return self.connect_aws.service("connect")

    def _bucket(self) -> str:
        return self.settings.aws.bucket or self.aws.default_bucket()
