"""Webhooks: signed, repeated when they fail, told once, and nowhere that they may not go."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.calls import NUMBER, client_at
from voicebot.call.service import CallRequest
from voicebot.call.status.log import LoggedCall
from voicebot.call.status.webhook import CallWebhook, WebhookReceiver, secret_bytes, sign
from voicebot.call.status.webhook_target import check_webhook_url
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import ConfigError, RefusedError, StorageError

pytestmark = pytest.mark.unit

KEY = b"k" * 32
CALL = LoggedCall("c-1", "ended", "answered", "p" * 32, "service", "fish", "fall", 1, 1e9, 1e9 + 5, 1e9 + 65, "X")


class Server:
    """A server on loopback that answers as it is told, and keeps what it got."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.got.append((dict(self.headers), body))
                status = outer.answers.pop(0) if outer.answers else 204
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("location", f"{outer.url}/elsewhere")
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/calls?x=1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def client(tmp_path: Path) -> Voicebot:
    return client_at(tmp_path, "2026-11-25 10:00")


def webhook(client: Voicebot, url: str) -> CallWebhook:
    return CallWebhook(lambda: check_webhook_url(url, is_private=True), KEY, client.call_records, client.clock)


def receiver(client: Voicebot) -> WebhookReceiver:
    seen: set[str] = set()

    def is_new(message_id: str) -> bool:
        return message_id not in seen and not seen.add(message_id)

    return WebhookReceiver(KEY, client.clock, is_new)


def test_a_call_is_told_signed_and_without_its_number(client: Voicebot, server: Server) -> None:
    assert webhook(client, server.url).tell(CALL)
    headers, body = server.got[0]
    assert receiver(client).check(headers, body)
    message = json.loads(body)
    assert message["type"] == "call.ended"
    assert message["data"]["contact_id"] == "c-1"
    assert message["data"]["talk_s"] == 60.0
    assert message["data"]["connected_at"] == "2001-09-09T01:46:45.000+00:00"
    assert headers["host"] == server.url.split("/")[2]


def test_each_thing_is_told_once(client: Voicebot, server: Server) -> None:
    one = webhook(client, server.url)
    assert one.tell(LoggedCall("c-1", "connected"))
    assert not webhook(client, server.url).tell(LoggedCall("c-1", "connected"))
    assert one.tell(CALL)
    assert not one.tell(CALL)
    assert not one.tell(LoggedCall("c-2", "created"))
    ids = [headers["webhook-id"] for headers, _ in server.got]
    assert len(ids) == len(set(ids)) == 2


@pytest.mark.parametrize("answers", [[500, 503], [429], [408, 425, 502]])
def test_a_server_that_is_busy_is_told_again_with_the_same_id(
    client: Voicebot, server: Server, answers: list[int]
) -> None:
    server.answers = list(answers)
    assert webhook(client, server.url).tell(CALL)
    assert len(server.got) == len(answers) + 1
    assert len({headers["webhook-id"] for headers, _ in server.got}) == 1
    check = receiver(client)
    assert check.check(*server.got[-1])
    assert not check.check(*server.got[-1])


@pytest.mark.parametrize(("answers", "count"), [([500] * 9, 4), ([404], 1), ([410], 1), ([302], 1), ([400], 1)])
def test_a_server_that_does_not_take_it_is_for_later(
    client: Voicebot, server: Server, answers: list[int], count: int
) -> None:
    server.answers = list(answers)
    one = webhook(client, server.url)
    with pytest.raises(StorageError, match=str(answers[0])):
        one.tell(CALL)
    assert len(server.got) == count
    server.answers = []
    assert one.tell(CALL)


def test_a_server_that_is_not_there_is_for_later(client: Voicebot, server: Server) -> None:
    server.close()
    with pytest.raises(StorageError, match="does not answer"):
        webhook(client, server.url).tell(CALL)


def signed(client: Voicebot, body: bytes = b"{}", **change: str) -> dict[str, str]:
    stamp = int(client.clock.now())
    headers = {
        "Webhook-Id": "m",
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": sign(KEY, "m", stamp, body),
    }
    return headers | change


def test_a_receiver_takes_what_is_signed_by_one_of_several_keys(client: Voicebot) -> None:
    headers = signed(client)
    headers["Webhook-Signature"] = f"v1,{base64.b64encode(b'other').decode()} {headers['Webhook-Signature']}"
    assert receiver(client).check(headers, b"{}")


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Id": "other"},
        {"Webhook-Id": ""},
        {"Webhook-Timestamp": ""},
        {"Webhook-Timestamp": "-1"},
        {"Webhook-Timestamp": "9" * 40},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,한글"},
    ],
)
def test_a_receiver_refuses_what_was_changed(client: Voicebot, change: dict[str, str]) -> None:
    with pytest.raises(RefusedError):
        receiver(client).check(signed(client, **change), b"{}")
    with pytest.raises(RefusedError):
        receiver(client).check(signed(client), b"{ }")


@pytest.mark.parametrize("offset_s", [301, -301])
def test_a_receiver_refuses_what_is_old_or_from_the_future(client: Voicebot, offset_s: int) -> None:
    stamp = int(client.clock.now()) - offset_s
    headers = {"webhook-id": "m", "webhook-timestamp": str(stamp), "webhook-signature": sign(KEY, "m", stamp, b"{}")}
    with pytest.raises(RefusedError):
        receiver(client).check(headers, b"{}")


def test_the_signature_is_that_of_standard_webhooks() -> None:
    key = secret_bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [None, "", "short", "whsec_c2hvcnQ=", "whsec_한글"])
def test_a_secret_is_long_enough(secret: str | None) -> None:
    with pytest.raises(ConfigError):
        secret_bytes(secret)


# Where it may go.


def resolving(*addresses: str) -> Any:
    return lambda host, port: addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "hooks.example.com", "https://", "https:///path",
        "https://user:secret@hooks.example.com/", "https://hooks.example.com/#part", "https://hooks.example.com:22/",
        "https://hooks.example.com:99999/", "https://hooks.example.com/ x", "https://훅.example.com/", f"https://a/{'x' * 2100}",
    ],
)  # fmt: skip
def test_a_url_of_another_form_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        check_webhook_url(url, resolve=resolving("93.184.216.34"))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_of_the_internet_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="private"):
        check_webhook_url("https://hooks.example.com/", resolve=resolving(address))
    with pytest.raises(ConfigError, match="private"):
        check_webhook_url("https://hooks.example.com/", resolve=resolving("93.184.216.34", address))


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "[::1]", "localhost"])
def test_an_address_in_another_spelling_is_refused(host: str) -> None:
    with pytest.raises(ConfigError):
        check_webhook_url(f"https://{host}/")


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    target = check_webhook_url("https://hooks.example.com/a/b?c=d", resolve=resolving("93.184.216.34"))
    assert (target.url, target.host) == ("https://93.184.216.34:443/a/b?c=d", "hooks.example.com")
    target = check_webhook_url("https://hooks.example.com:8443", resolve=resolving("2606:2800:220:1::1"))
    assert (target.url, target.host) == ("https://[2606:2800:220:1::1]:8443/", "hooks.example.com:8443")


def test_a_name_that_does_not_resolve_is_for_later() -> None:
    def fail(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(StorageError):
        check_webhook_url("https://hooks.example.com/", resolve=fail)


def test_the_clock_of_a_message_is_the_webhooks_own(client: Voicebot, server: Server) -> None:
    assert isinstance(client.clock, VirtualClock)
    webhook(client, server.url).tell(CALL)
    assert server.got[0][0]["webhook-timestamp"] == str(int(client.clock.now()))


def test_a_call_on_this_machine_is_told_and_a_server_that_fails_keeps_no_call_back(
    tmp_path: Path, server: Server
) -> None:
    settings: dict[str, Any] = {"call__webhook_url": server.url, "call__webhook_is_private": True}
    client = client_at(tmp_path, "2026-11-25 10:00", keys__webhook="s" * 32, **settings)
    calls = client.calls()
    calls.place(calls.plan(CallRequest(NUMBER, "service")))
    server.answers = [404]
    assert calls.place(calls.plan(CallRequest(NUMBER, "service", attempt=2))).is_new
    assert [json.loads(body)["type"] for _, body in server.got] == ["call.ended", "call.ended"]
    assert NUMBER[3:].encode() not in server.got[0][1]
