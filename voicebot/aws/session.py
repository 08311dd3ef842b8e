"""Amazon Web Services: one session, and calls that end in time, with errors in our own words.

botocore's own retries are off. `AwsService.call` repeats what can succeed later (throttling, 5xx, broken connections)
within a time budget per call, while a process-wide `RetryBudget` stops repeats altogether during an outage, so that
retries never multiply the load on a service that is down.
"""

import logging
import random
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    InvalidRegionError,
)
from botocore.parsers import ResponseParserError
from botocore.session import Session

from voicebot.aws.refusals import CREDENTIAL_ERRORS, is_throttle, no_credentials, refusal
from voicebot.clock import Clock, SystemClock
from voicebot.errors import ConfigError, StorageError

_log = logging.getLogger(__name__)

FIRST_PAUSE_S = 0.025
LONGEST_PAUSE_S = 1.0


class RetryBudget:
    """How many repeats a process may still make: each one takes a token, each success gives a part of one back.

    Args:
        tokens: The most that can be saved up.
        refund: What a success gives back: the share of repeats among calls that a steady fault may cause.
    """

    def __init__(self, tokens: float = 100.0, refund: float = 0.2) -> None:
        self._most = self._tokens = tokens
        self._refund = refund
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one token; return False when there is none."""
        with self._lock:
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True

    def succeed(self) -> None:
        """Give back a part of a token."""
        with self._lock:
            self._tokens = min(self._most, self._tokens + self._refund)


class AwsService:
    """One service's operations.

    Args:
        client: A botocore client that does not retry.
        clock: Time to pause by between attempts.
        budget_s: How long a call may take with its repeats, apart from the last one's own time.
        retries: How many repeats the process may make.
    """

    def __init__(self, client: Any, clock: Clock, budget_s: float, retries: RetryBudget) -> None:
        self._client = client
        self.clock = clock
        self.budget_s = budget_s
        self._retries = retries

    @property
    def client(self) -> Any:
        """The botocore client."""
        return self._client

    @property
    def region(self) -> str:
        """The region it is in."""
        return str(self.client.meta.region_name)

    @property
    def _service(self) -> str:
        return str(self.client.meta.service_model.service_name)

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Return the reply to `operation` (botocore's name for it).

        Raises:
            ConditionError: The write's condition did not hold.
            ConfigError: A table or bucket is missing; credentials are missing, wrong or not allowed to do this.
            InputError: An item is larger than the service takes.
            StorageError: The service is throttling, failing or out of reach, and the budget is used up.
        """
        deadline_s = self.clock.now() + self.budget_s
        is_repeat = False
        attempt = 0
        while True:
            try:
                reply: dict[str, Any] = getattr(self.client, operation)(**parameters)
            except (ClientError, BotoCoreError, ResponseParserError) as exc:
                problem = refusal(exc, self._service, self.region, operation, is_repeat)
                if problem is None:
                    raise
                if not isinstance(problem, StorageError):
                    raise problem from exc
                pause_s = random.uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt))
                if self.clock.now() + pause_s > deadline_s or not self._retries.take():
                    raise problem from exc
                attempt += 1
                is_repeat = is_repeat or not is_throttle(exc)
                _log.info("%s.%s: %s; attempt %d follows", self._service, operation, problem.message, attempt + 1)
                self.clock.sleep(pause_s)
            else:
                self._retries.succeed()
                return reply


class _LateService(AwsService):
    """A service whose client is made by its first call: what only names things, such as an object's URL, pays for none."""

    def __init__(self, session: "AwsSession", name: str, clock: Clock, budget_s: float, retries: RetryBudget) -> None:
        super().__init__(None, clock, budget_s, retries)
        self._session = session
        self._name = name
        self._lock = threading.Lock()

    @property
    def client(self) -> Any:
        """The botocore client."""
        with self._lock:
            if self._client is None:
                self._client = self._session.make_client(self._name)
            return self._client

    @property
    def region(self) -> str:
        """The region it is in."""
        return self._session.region

    @property
    def _service(self) -> str:
        return self._name


class AwsSession:
    """Makes services of one region; they share connections, credentials and the retry budget.

    Args:
        region: Where tables and bucket are.
        endpoint_url: Another server for every service. None leaves it to botocore (AWS_ENDPOINT_URL_DYNAMODB,
            AWS_ENDPOINT_URL, the profile). At a plain http address, which is never Amazon's, placeholder credentials
            stand in for missing ones.
        connect_timeout_s: To open a connection.
        read_timeout_s: Between two bytes of a reply.
        budget_s: See `AwsService`.
        connections: The most connections to a service at a time.
        clock: Time to pause by between attempts: real time, even where calls are simulated.
        retries: How many repeats the process may make.
    """

    def __init__(
        self,
        region: str,
        endpoint_url: str | None = None,
        *,
        connect_timeout_s: float = 1.0,
        read_timeout_s: float = 3.0,
        budget_s: float = 3.0,
        connections: int = 64,
        clock: Clock | None = None,
        retries: RetryBudget | None = None,
    ) -> None:
        self.region = region
        self._endpoint_url = endpoint_url
        self._budget_s = budget_s
        self._clock = clock or SystemClock()
        self._retries = retries or RetryBudget()
        self._config: dict[str, Any] = {
            "connect_timeout": connect_timeout_s,
            "read_timeout": read_timeout_s,
            "max_pool_connections": connections,
            "retries": {"mode": "standard", "total_max_attempts": 1},
            "user_agent_appid": "voicebot",
        }
        self._services: dict[str, AwsService] = {}
        self._lock = threading.Lock()
        self._boto: Any = None
        self._account = ""

    def service(self, name: str) -> AwsService:
        """Return a service by botocore's name for it (``dynamodb``, ``s3``); always the same object."""
        with self._lock:
            if name not in self._services:
                self._services[name] = _LateService(self, name, self._clock, self._budget_s, self._retries)
            return self._services[name]

    def service_at(self, name: str, endpoint_url: str, read_timeout_s: float) -> AwsService:
        """Return a service at an address of its own, such as Kinesis Video names for each stream; always a new object.

        Args:
            name: As for `service`.
            endpoint_url: The address.
            read_timeout_s: Between two bytes of a reply.
        """
        client = self.make_client(name, endpoint_url, read_timeout_s)
        return AwsService(client, self._clock, self._budget_s, self._retries)

    def credentials(self) -> Any:
        """Return what botocore signs with, renewed by itself; None when there is nothing."""
        given = self._placeholders(self._session())
        return Credentials(*given.values()) if given else self._session().get_credentials()

    def account(self) -> str:
        """Return the number of the account that the credentials belong to; it is asked for once."""
        if not self._account:
            self._account = str(self.service("sts").call("get_caller_identity")["Account"])
        return self._account

    def default_bucket(self) -> str:
        """Return the name of the bucket where none is set; names are shared by all accounts of the world."""
        return f"voicebot-{self.account()}-{self.region}"

    def connect_instance_arn(self, instance_id: str, region: str) -> str:
        """Return the ARN of a Connect instance of this account; an ARN is returned as it is."""
        if instance_id.startswith("arn:"):
            return instance_id
        partition = "aws-cn" if region.startswith("cn-") else "aws"
        return f"arn:{partition}:connect:{region}:{self.account()}:instance/{instance_id}"

    def make_client(self, name: str, endpoint_url: str | None = None, read_timeout_s: float | None = None) -> Any:
        """Return a new botocore client of a service; the session's address and time are used where none are given.

        Raises:
            ConfigError: The region, the endpoint or the credentials cannot be used.
        """
        try:
            boto = self._session()
            style = {"addressing_style": "path"} if self._endpoint_url else {}
            times = {"read_timeout": read_timeout_s} if read_timeout_s else {}
            config = Config(**{**self._config, **times}, s3=style)
            return boto.create_client(
                name,
                region_name=self.region,
                endpoint_url=endpoint_url or self._endpoint_url,
                config=config,
                **self._placeholders(boto),
            )
        except CREDENTIAL_ERRORS as exc:
            raise no_credentials(name, exc) from exc
        except InvalidRegionError as exc:
            raise ConfigError("aws.region: is not the name of a region", hint="e.g. ap-northeast-2") from exc
        except ValueError as exc:
            raise ConfigError("the AWS endpoint is not a URL", hint="e.g. http://127.0.0.1:5000") from exc

    def _session(self) -> Any:
        if self._boto is None:
            self._boto = Session()
        return self._boto

    def _placeholders(self, boto: Any) -> Mapping[str, str]:
        if not self._endpoint_url or urlsplit(self._endpoint_url).scheme != "http":
            return {}
        resolver = boto.get_component("credential_provider")
        for provider in ("container-role", "iam-role"):  # asking the machine's own role would only wait for a timeout
            resolver.remove(provider)
        if boto.get_credentials() is not None:
            return {}
        return {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
