"""What becomes of calls, told to a server of the user's own, signed.

Headers and signature are those of Standard Webhooks, so that its libraries can check them: the HMAC-SHA-256 of
``id.timestamp.body``, in base64, after ``v1,``. The id is the same whenever the same thing is told again.

Source:
    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial

import httpx

from voicebot.call.records import RecordStore
from voicebot.call.status.log import LoggedCall
from voicebot.call.status.webhook_target import WebhookTarget, check_webhook_url
from voicebot.clock import Clock
from voicebot.errors import ConfigError, RefusedError, StorageError
from voicebot.settings.call import CallSettings
from voicebot.settings.keys import KeysSettings

KIND = "webhook"
SHORTEST_SECRET_BYTES = 24
TOLERANCE_S = 300.0
"""A message that is older, or dated further ahead, is a replay."""

TRIES = 4
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
TIMEOUT_S = 5.0

_AGAIN = frozenset({408, 425, 429})


def secret_bytes(secret: str | None, name: str = "keys.webhook") -> bytes:
    """Return the key of a secret: what base64 holds after ``whsec_``, else the text itself.

    Args:
        secret: The secret.
        name: The setting that holds it, for the error.

    Raises:
        ConfigError: There is none, or it is too short.
    """
    key = b""
    if secret:
        try:
            prefix = "whsec_"
            is_encoded = secret.startswith(prefix)
            key = base64.b64decode(secret.removeprefix(prefix), validate=True) if is_encoded else secret.encode()
        except ValueError as exc:
            raise ConfigError(f"{name} is not base64 after whsec_", hint="make a new secret") from exc
    if len(key) < SHORTEST_SECRET_BYTES:
        raise ConfigError(
            f"{name} must be set: at least {SHORTEST_SECRET_BYTES} bytes that webhooks are signed with",
            hint="make one with: openssl rand -base64 32, and put whsec_ before it",
        )
    return key


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of one message."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def build_webhook(
    settings: CallSettings, keys: KeysSettings, records: RecordStore, clock: Clock
) -> "CallWebhook | None":
    """Return the webhook that is configured, or None.

    Raises:
        ConfigError: There is one without a secret to sign with.
    """
    if not settings.webhook_url:
        return None
    key = secret_bytes(keys.webhook.get_secret_value() if keys.webhook else None)
    target = partial(check_webhook_url, settings.webhook_url, settings.webhook_is_private)
    return CallWebhook(target, key, records, clock)


class WebhookReceiver:
    """The other end: checks that a message is from us, of now, and not a replay.

    Args:
        key: The secret's key.
        clock: The time.
        is_new: Is told of an id and returns whether it sees it for the first time.
    """

    def __init__(self, key: bytes, clock: Clock, is_new: Callable[[str], bool]) -> None:
        self._key = key
        self._clock = clock
        self._is_new = is_new

    def check(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Return whether a message is new; False for one that came before and may be passed over.

        Raises:
            RefusedError: It is not signed by us, or it is old.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        message_id, stamp = lowered.get("webhook-id", ""), lowered.get("webhook-timestamp", "")
        if not message_id or not stamp.isdecimal() or len(stamp) > 12:
            raise RefusedError("the webhook has no id or no timestamp")
        expected = sign(self._key, message_id, int(stamp), body)
        signatures = lowered.get("webhook-signature", "").split(" ")
        if not any(hmac.compare_digest(expected.encode(), signature.encode()) for signature in signatures):
            raise RefusedError("the webhook's signature is wrong")
        if abs(self._clock.now() - int(stamp)) > TOLERANCE_S:
            raise RefusedError("the webhook is too old, or from the future")
        return self._is_new(message_id)


class CallWebhook:
    """Tells a server that a call was answered, and how it ended, each once.

    Args:
        target: Looks at the URL anew for each message, and returns where to connect to.
        key: The secret's key.
        records: Where it is kept what was told.
        clock: The time.
        client: Sends.
    """

    def __init__(
        self,
        target: Callable[[], WebhookTarget],
        key: bytes,
        records: RecordStore,
        clock: Clock,
        client: httpx.Client | None = None,
    ) -> None:
        self._target = target
        self._key = key
        self._records = records
        self._clock = clock
        self._client = client or httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def tell(self, call: LoggedCall) -> bool:
        """Tell what is new about a call; return whether there was anything to tell.

        Raises:
            StorageError: The server does not take it now; tell it again.
            ConfigError: The URL may not be called.
        """
        if call.state not in ("connected", "ended"):
            return False
        kind = f"call.{call.state}"
        message_id = f"msg_{hashlib.sha256(f'{call.contact_id}|{kind}'.encode()).hexdigest()[:32]}"
        if self._records.get(KIND, message_id):
            return False
        self._send(message_id, _body(kind, call, self._clock.now()))
        self._records.insert(KIND, message_id, self._clock.now(), {"type": kind, "contact_id": call.contact_id})
        return True

    def _send(self, message_id: str, body: bytes) -> None:
        pause_s, problem = FIRST_PAUSE_S, "it does not answer"
        for attempt in range(TRIES):
            if attempt:
                self._clock.sleep(pause_s * random.uniform(0.8, 1.2))
                pause_s = min(LONGEST_PAUSE_S, pause_s * 3)
            status = self._post(self._target(), message_id, body)
            if status is not None and 200 <= status < 300:
                return
            problem = "it does not answer" if status is None else f"it answers with {status}"
            if status is not None and status < 500 and status not in _AGAIN:
                break
        raise StorageError(f"the webhook's server does not take the message: {problem}", hint="check call.webhook_url")

    def _post(self, target: WebhookTarget, message_id: str, body: bytes) -> int | None:
        """Send once; return the status, or None where there was no answer."""
        timestamp = int(self._clock.now())
        headers = {
            "host": target.host,
            "content-type": "application/json",
            "user-agent": "voicebot",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._key, message_id, timestamp, body),
        }
        name = target.host.rpartition(":")[0] if target.host.rpartition(":")[2].isdecimal() else target.host
        extensions = {"sni_hostname": name.strip("[]")}
        request = self._client.build_request("POST", target.url, content=body, headers=headers, extensions=extensions)
        try:
            response = self._client.send(request, stream=True)
        except httpx.HTTPError:
            return None
        response.close()
        return response.status_code


def _body(kind: str, call: LoggedCall, now_s: float) -> bytes:
    """Return the message; it holds no number."""
    data = {
        "contact_id": call.contact_id,
        "state": call.state,
        "outcome": call.outcome,
        "purpose": call.purpose,
        "engine": call.engine,
        "campaign": call.campaign,
        "attempt": call.attempt,
        "person": call.person,
        "placed_at": _time(call.placed_at_s or None),
        "connected_at": _time(call.connected_at_s),
        "ended_at": _time(call.ended_at_s),
        "talk_s": call.talk_s,
        "reason": call.reason,
    }
    return json.dumps({"type": kind, "timestamp": _time(now_s), "data": data}, ensure_ascii=False).encode()


def _time(at_s: float | None) -> str | None:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds") if at_s is not None else None
