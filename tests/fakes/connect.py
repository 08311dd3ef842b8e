"""An Amazon Connect that answers through botocore's Stubber, and keeps what it was asked in a file.

Each request is queued as an expectation in the moment in which it is made, so that the Stubber checks its parameters and
the shape of each answer, in whatever order the requests come. As Connect does, it takes a repeated ClientToken for the
same call. It can kill its own process before or after it has noted a call, as a machine would that loses power.
"""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import botocore.session
from botocore.stub import Stubber

from voicebot.aws.session import AwsService, RetryBudget
from voicebot.clock import VirtualClock

INSTANCE = "11111111-2222-3333-4444-555555555555"
FLOW = "66666666-7777-8888-9999-000000000000"
OWN = "+827012345678"
TALK_S = 2.0
METHODS = {
    "StartOutboundVoiceContact": "start_outbound_voice_contact",
    "DescribeContact": "describe_contact",
    "StopContact": "stop_contact",
    "ListPhoneNumbersV2": "list_phone_numbers_v2",
}


class StubbedConnect:
    """Connect in a file.

    Args:
        folder: Where the file is.
        clock: The time of each request.
        kill_at: The number of the call, over all processes, at which this one dies; 0 for never.
        is_noted_first: Whether that call has reached Connect before the process dies.
    """

    def __init__(self, folder: Path, clock: VirtualClock, kill_at: int = 0, is_noted_first: bool = True) -> None:
        self._file = folder / "connect.jsonl"
        self._clock = clock
        self._kill_at = kill_at
        self._is_noted_first = is_noted_first
        session = botocore.session.Session()
        self.client = session.create_client(
            "connect", "ap-northeast-2", aws_access_key_id="local", aws_secret_access_key="local"
        )
        self._stubber = Stubber(self.client)
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        self.starts: list[dict[str, Any]] = [json.loads(line) for line in lines]
        """Every call that was asked for, in any process."""
        self._stubber.activate()
        self.client.meta.events.register("provide-client-params.connect.*", self._expect)
        self.service = AwsService(self.client, clock, 3.0, RetryBudget())
        self.errors: list[tuple[str, str]] = []
        """The next refusals, as (code, operation)."""
        self.pages: list[dict[str, str]] = []
        """What more the next pages of numbers hold."""
        self.count: Counter[str] = Counter()

    def _expect(self, params: dict[str, Any], model: Any, **more: object) -> None:
        """Queue what Connect will answer to the request that is being made."""
        name, asked = str(model.name), dict(params)
        self.count[name] += 1
        if self.errors and self.errors[0][1] == name:
            code, _ = self.errors.pop(0)
            self._stubber.add_client_error(METHODS[name], code, http_status_code=400, expected_params=asked)
            return
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "StartOutboundVoiceContact": self._start,
            "DescribeContact": self._describe,
            "StopContact": lambda params: {},
            "ListPhoneNumbersV2": self._numbers,
        }
        self._stubber.add_response(METHODS[name], answers[name](asked), asked)

    def _numbers(self, params: dict[str, Any]) -> dict[str, Any]:
        page = self.pages.pop(0) if self.pages else {}
        return {"ListPhoneNumbersSummaryList": [{"PhoneNumber": OWN}], **page}

    def _start(self, params: dict[str, Any]) -> dict[str, Any]:
        is_last = self._kill_at and len(self.starts) + 1 == self._kill_at
        contact_id = str(uuid5(NAMESPACE_URL, params["ClientToken"]))
        known = any(start["contact_id"] == contact_id for start in self.starts)
        if is_last and not self._is_noted_first:
            os.kill(os.getpid(), signal.SIGKILL)
        line = {
            "at_s": self._clock.now(), "number": params["DestinationPhoneNumber"], "token": params["ClientToken"],
            "contact_id": contact_id, "is_repeat": known, "params": params,
        }  # fmt: skip
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.starts.append(line)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"ContactId": contact_id}

    def _describe(self, params: dict[str, Any]) -> dict[str, Any]:
        start = next(start for start in self.starts if start["contact_id"] == params["ContactId"])
        contact: dict[str, Any] = {"Id": params["ContactId"], "Channel": "VOICE", "InitiationMethod": "API"}
        if self._clock.now() >= start["at_s"] + TALK_S:
            contact |= {
                "ConnectedToSystemTimestamp": datetime.fromtimestamp(start["at_s"] + 1, UTC),
                "DisconnectTimestamp": datetime.fromtimestamp(start["at_s"] + TALK_S, UTC),
                "DisconnectReason": "CUSTOMER_DISCONNECT",
                "Attributes": {"outcome": "answered"},
            }
        return {"Contact": contact}
