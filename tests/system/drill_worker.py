"""Approvers of the drill: stores that fail now and then, a voice that never says a text twice alike.

Takes a JSON object a line: ``env`` (the whole environment of voicebot), ``seed``, ``delay_s``, ``workers``, ``throttled`` and
``lost_uploads`` (shares of calls). Each becomes one run in a process of its own, forked from this one, which has all
imports behind it. Says ``pid N`` when it begins, what becomes of each item, and ``exit N`` when it has ended.
"""

import json
import os
import random
import sys
import threading
from typing import Any

from tests.fakes.voices import ScriptedVoice, answer_voice
from voicebot.cache.approval.approver import Approval
from voicebot.client import Voicebot
from voicebot.errors import StorageError
from voicebot.settings.load import load


class Faults:
    """Decides by a seed of its own which calls fail."""

    def __init__(self, seed: int, throttled: float, lost_uploads: float) -> None:
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._throttled = throttled
        self._lost_uploads = lost_uploads

    def roll(self) -> float:
        with self._lock:
            return self._dice.random()

    def is_throttled(self) -> bool:
        return self.roll() < self._throttled

    def is_lost(self) -> bool:
        return self.roll() < self._lost_uploads


class Failing:
    """A local store whose calls fail before or after they were done."""

    def __init__(self, store: Any, fails: Any) -> None:
        self._store = store
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*arguments: Any, **more: Any) -> Any:
            if self._fails(name):
                raise StorageError("too many requests")
            return method(*arguments, **more)

        return call


def with_local_faults(voicebot: Voicebot, faults: Faults) -> None:
    """Have the stores of a client on this machine fail."""
    for name in ("inbox", "answers"):
        voicebot.__dict__[name] = Failing(getattr(voicebot, name), lambda method: faults.is_throttled())
    voicebot.__dict__["blobs"] = Failing(voicebot.blobs, lambda method: method == "put" and faults.is_lost())


def with_aws_faults(voicebot: Voicebot, faults: Faults) -> None:
    """Have Amazon's replies be errors: a throttled call is not done, a lost upload is done or not."""
    from botocore.httpsession import URLLib3Session

    from tests.fakes.aws_replies import reply_to

    def throttle(request: Any, **_: object) -> Any:
        body = b'{"__type": "com.amazonaws.dynamodb#ThrottlingException", "message": "slow down"}'
        return reply_to(request, 400, body) if faults.is_throttled() else None

    def lose(request: Any, **_: object) -> Any:
        if not faults.is_lost():
            return None
        if faults.roll() < 0.5:
            URLLib3Session().send(request)
        return reply_to(request, 500, b"<Error><Code>InternalError</Code></Error>")

    voicebot.aws.service("dynamodb").client.meta.events.register("before-send.dynamodb", throttle)
    voicebot.aws.service("s3").client.meta.events.register("before-send.s3.PutObject", lose)


def approve(order: dict[str, Any]) -> int:
    """Approve what there is; return 6 when a store gave up, as `cache approve` does."""
    voicebot = Voicebot(load(env=order["env"]))
    faults = Faults(order["seed"], order["throttled"], order["lost_uploads"])
    (with_aws_faults if voicebot.is_on_aws else with_local_faults)(voicebot, faults)
    voice = answer_voice(ScriptedVoice(delay_s=order["delay_s"], noise=random.SystemRandom().random))
    publisher = voicebot.answer_publisher(voice)
    lease_s = voicebot.settings.cache.lease_s
    approval = Approval(voicebot.inbox, publisher, voice, voicebot.orphans, voicebot.clock, lease_s)
    print(f"pid {os.getpid()}", flush=True)
    try:
        report = approval.run(workers=order["workers"], on_item=lambda result: print(result.line(), flush=True))
    except StorageError as exc:
        print(f"stopped: {exc.message}", flush=True)
        return 6
    return 6 if report.failed else 0


def main() -> None:
    """Run what is ordered, one after the other."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(approve(json.loads(line)))
        _, status = os.waitpid(pid, 0)
        print(f"exit {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
