"""AWS by script: real botocore clients, whose own models check every request and every reply."""

from typing import Any

from botocore.stub import Stubber

from voicebot.aws.session import AwsService, AwsSession, RetryBudget
from voicebot.clock import Clock, VirtualClock

REGION = "ap-northeast-2"
ACCOUNT = "123456789012"


class ScriptedAws(AwsSession):
    """A session whose services answer in the order in which their replies were scripted."""

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(REGION, "http://127.0.0.1:9")
        self.clock = clock or VirtualClock(1_000.0)
        self.stubs: dict[str, Stubber] = {}
        self._scripted: dict[str, AwsService] = {}

    def service(self, name: str) -> AwsService:
        if name not in self._scripted:
            client = self.make_client(name)
            self.stubs[name] = Stubber(client)
            self.stubs[name].activate()
            self._scripted[name] = AwsService(client, self.clock, 0.0, RetryBudget())
        return self._scripted[name]

    def answer(self, service: str, operation: str, reply: dict[str, Any], **asked: Any) -> None:
        """Script a reply; with `asked`, the request must be exactly that."""
        self.service(service)
        self.stubs[service].add_response(operation, reply, asked or None)

    def refuse(self, service: str, operation: str, code: str, message: str = "", status: int = 400) -> None:
        """Script an error."""
        self.service(service)
        self.stubs[service].add_client_error(operation, code, message, http_status_code=status)

    def check_all_asked(self) -> None:
        """Fail where a scripted reply was never asked for."""
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()
