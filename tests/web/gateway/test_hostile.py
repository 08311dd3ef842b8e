"""What a stranger on the network may try, over real sockets."""

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import Serve
from tests.web.gateway.conftest import CALLER, SHOP, bearer
from tests.web.test_frame import exchange
from voicebot.call.status.webhook import TOLERANCE_S, secret_bytes, sign
from voicebot.web.frame.auth import MAX_WRONG, WINDOW_S

pytestmark = pytest.mark.contract

SECRET = "a-secret-that-signs-webhooks-0123"
NUMBER = "010-2345-6789"


def test_ten_thousand_wrong_tokens_are_limited_and_logged_once(
    http: httpx.Client, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        replies = [http.get(f"{url}/api/status", headers=bearer(f"wrong-token-{number}")) for number in range(10_000)]
    assert [reply.status_code for reply in replies] == [401] * MAX_WRONG + [429] * (10_000 - MAX_WRONG)
    assert all(1 <= int(reply.headers["retry-after"]) <= WINDOW_S for reply in replies[MAX_WRONG:])
    assert len(caplog.records) == 1
    assert "wrong-token" not in caplog.text
    assert http.get(f"{url}/healthz").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Basic c2hvcDpzaG9w", "Bearer", f"Token {SHOP}", f"Bearer {SHOP} x", f"Bearer {SHOP[:-1]}", "Bearer é"],
)
def test_what_is_not_the_token_is_refused(http: httpx.Client, url: str, header: str) -> None:
    assert http.get(f"{url}/api/status", headers={"Authorization": header.encode("latin-1")}).status_code == 401


def test_a_token_in_the_address_or_a_cookie_is_none(http: httpx.Client, url: str) -> None:
    assert http.get(f"{url}/api/status?token={SHOP}&access_token={SHOP}").status_code == 401
    assert http.get(f"{url}/api/status", headers={"Cookie": f"voicebot_session={SHOP}"}).status_code == 401


@pytest.mark.parametrize("path", ["/synthesize", "/voice/eleven", "/v1/audio/speech", "/api/v1/chat", "/api/call_fish"])
def test_two_gigabytes_are_refused_before_they_are_read(url: str, path: str) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {CALLER}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n"
    )
    assert exchange(url, head.encode() + b"x" * 1000).startswith(b"HTTP/1.1 413 ")


def test_a_body_without_a_length_is_cut_off_at_the_limit(serve_gateway: Serve) -> None:
    url = serve_gateway(web__max_upload_mb=1)

    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 65_536

    with httpx.Client() as http:
        try:
            status = http.post(f"{url}/synthesize", content=endless(), headers=bearer(SHOP)).status_code
        except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
            status = 413  # the server had hung up before all was written
    assert status == 413


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
REFUSED = b"POST /synthesize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400\r\n\r\n"


@pytest.mark.parametrize(
    ("before", "drips"),
    [
        (b"", HEALTH + b"X-Slow: "),
        (HEALTH + b"\r\n", HEALTH + b"X-Slow: "),
        (HEALTH + b"\r\n" + HEALTH, b"X-Slow: "),
        (REFUSED, b""),
        (HEALTH + b"\r\n", None),
        (b"", None),
    ],
    ids=[
        "the first head",
        "a later head",
        "a head begun with the one before",
        "a body that is refused",
        "idle",
        "silent",
    ],
)
def test_whoever_takes_too_long_is_hung_up_on(serve_gateway: Serve, before: bytes, drips: bytes | None) -> None:
    host, port = serve_gateway(web__request_timeout_s=0.5).removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        if before:
            connection.sendall(before)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 ")
        started_s = time.monotonic()
        if drips is None:
            while connection.recv(65_536):  # what is left of the answer; it times out unless the server hangs up
                continue
        else:
            _drip(connection, drips + b"x" * 300)
        assert 0.3 < time.monotonic() - started_s < 5


def _drip(connection: socket.socket, data: bytes) -> None:
    """Send a letter at a time, until the other side hangs up."""
    connection.settimeout(0.05)
    for number in range(len(data)):
        try:
            connection.sendall(data[number : number + 1])
            if connection.recv(65_536) == b"":
                return
        except TimeoutError:
            continue
        except ConnectionError:
            return
    pytest.fail("the server took it all")


def test_a_body_that_comes_too_slowly_is_given_up(serve_gateway: Serve) -> None:
    head = (
        f"POST /synthesize HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {SHOP}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    assert exchange(serve_gateway(web__request_timeout_s=0.3), head.encode()).startswith(b"HTTP/1.1 408 ")


@contextmanager
def listening() -> Iterator[tuple[str, list[object]]]:
    """Listen for the length of the block; give the address and whoever came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, peer = server.accept()
                except OSError:
                    return
                came.append(peer)
                connection.close()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/secret.wav", came
        server.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_no_field_makes_the_server_fetch_anything(http: httpx.Client, url: str) -> None:
    http.headers.update(bearer(CALLER))
    with listening() as (inside, came):
        names = (
            "engine", "voice", "voice_id", "speaker_embedding", "style", "ref_audio", "reference", "url", "audio_url",
            "callback", "status_url",
        )  # fmt: skip
        for address in (inside, inside.replace("http", "file"), inside.removeprefix("http:")):
            for path in ("/synthesize", "/voice/eleven", "/voice/brain/gpt-voice/start"):
                for name in names:
                    reply = http.post(url + path, json={"text": "안녕하세요", "chat": "none", name: address})
                    assert reply.status_code in (200, 404, 422, 501), (path, name, reply.text)
            fields = {"input": address, "voice": address, "model": address}
            for name in fields:
                body = {"model": "local", "input": "안녕하세요", name: address}
                assert http.post(f"{url}/v1/audio/speech", json=body).status_code in (200, 400, 404)
            assert http.get(f"{url}/v1/audio/voices", params={"engine": address}).status_code == 404
            assert http.post(f"{url}/api/v1/chat", json={"message": address, "session": "a"}).status_code == 200
        assert came == []


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "/etc/passwd", "..%2f..%2fetc", "a\0b", "https://evil.example"]
)
def test_no_name_leads_out_of_its_folder(http: httpx.Client, url: str, tmp_path: Path, name: str) -> None:
    http.headers.update(bearer(CALLER))
    before = sorted(path for path in tmp_path.rglob("*"))
    for field in ("voice", "speaker_embedding"):
        reply = http.post(f"{url}/synthesize", json={"text": "안녕하세요", field: name})
        assert reply.status_code in (404, 422), reply.text
        assert "root:" not in reply.text
    assert http.post(f"{url}/api/v1/chat", json={"message": "안녕하세요", "session": name}).status_code == 422
    for path in (f"/api/v1/calls/{name}", f"/api/v1/chat/sessions/{name}", f"/jobs/{name}/clips/0.wav"):
        assert http.get(url + path.replace("\0", "%00")).status_code in (401, 404, 422)
    assert {path.name for path in sorted(tmp_path.rglob("*")) if path not in before} <= {"audio-cache", "data"} | {
        path.name for path in (tmp_path / "data").rglob("*")
    }


@pytest.mark.parametrize("path", ["/synthesize", "/v1/audio/speech", "/api/v1/chat", "/api/v1/calls"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"text": "\\ud800", "input": "\\ud800", "model": "local", "message": "\\ud800"}'),
        ("application/json", b"\xff\xfe\x00"),
        ("application/json", b'{"text": 1e999999, "message": NaN}'),
        ("multipart/form-data", b"text=1"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("application/x-www-form-urlencoded", b"text=" + b"&a=b" * 5_000),
        ("text/plain; charset=\xff", b"text"),
    ],
    ids=["deep", "half a letter", "no text", "no number", "no boundary", "cut", "many fields", "no charset"],
)
def test_a_broken_body_is_the_clients_fault(
    http: httpx.Client, url: str, path: str, kind: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {**bearer(CALLER), "Content-Type": kind}
    reply = http.post(url + path, content=body, headers={k: v.encode("latin-1") for k, v in headers.items()})
    assert 400 <= reply.status_code < 500, reply.text
    assert "Traceback" not in caplog.text


def signed(body: bytes, message_id: str, at_s: float, secret: str = SECRET) -> dict[str, str]:
    """Return the headers of a message from the telephone system."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at_s)),
        "webhook-signature": sign(secret_bytes(secret), message_id, int(at_s), body),
        "Content-Type": "application/json",
    }


def test_a_webhook_counts_once_and_only_when_it_is_signed(http: httpx.Client, serve_gateway: Serve) -> None:
    url = serve_gateway(web__webhook_secret=SECRET)
    body = b'{"contact_id": "nobody", "status": "completed"}'

    def post(headers: dict[str, str], sent: bytes = body) -> int:
        return http.post(f"{url}/webhook/call-status", content=sent, headers=headers).status_code

    now_s = time.time()
    unsigned = {"Content-Type": "application/json"}
    assert post(signed(body, "m-1", now_s)) == 404  # believed; there is no such call
    assert post(signed(body, "m-1", now_s)) == 409
    assert post(signed(body, "m-1", now_s + 1)) == 409
    assert post(signed(body, "m-2", now_s, "another-secret-0123456789-0123")) == 401
    assert post(signed(body, "m-2", now_s), body.replace(b"nobody", b"anyone")) == 401
    assert post({**signed(body, "m-2", now_s), "webhook-id": "m-3"}) == 401
    assert post(signed(body, "m-2", now_s - TOLERANCE_S - 5)) == 401
    assert post(signed(body, "m-2", now_s + TOLERANCE_S + 5)) == 401
    assert post(unsigned) == 401
    assert post({**unsigned, **bearer(CALLER)}) == 401
    assert post(signed(body, "m-2", now_s)) == 404


def test_without_a_secret_a_webhook_needs_a_token_with_the_right(http: httpx.Client, url: str) -> None:
    body = {"contact_id": "nobody", "status": "completed"}
    assert http.post(f"{url}/webhook/call-status", json=body).status_code == 401
    assert http.post(f"{url}/webhook/call-status", json=body, headers=bearer(SHOP)).status_code == 403
    assert http.post(f"{url}/webhook/call-status", json=body, headers=bearer(CALLER)).status_code == 404


def test_another_sites_page_and_another_name_get_nothing(http: httpx.Client, url: str) -> None:
    asked = {"json": {"text": "안녕하세요"}}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert http.post(f"{url}/synthesize", headers={**bearer(SHOP), **headers}, **asked).status_code == 403  # type: ignore[arg-type]
    evil = {**bearer(SHOP), "Host": "evil.example"}
    assert http.post(f"{url}/synthesize", headers=evil, **asked).status_code == 421  # type: ignore[arg-type]


def test_no_log_has_words_numbers_or_tokens(http: httpx.Client, url: str, caplog: pytest.LogCaptureFixture) -> None:
    words = "제 이름은 김민지이고 번호는 공일공입니다"

    def ours() -> list[str]:
        names = ("voicebot", "uvicorn", "lambdas")
        lines = [record.getMessage() for record in caplog.records if record.name.startswith(names)]
        return [re.sub(r"^request=[0-9a-f]{32} ", "request ", line) for line in lines]

    with caplog.at_level(logging.DEBUG):
        for token in (SHOP, CALLER):
            http.headers.update(bearer(token))
            http.post(f"{url}/synthesize", json={"text": words, "voice": "nobody"})
            http.post(f"{url}/synthesize", json={"text": words})
            http.post(f"{url}/api/v1/chat", json={"message": words, "session": "a"})
            http.post(f"{url}/api/v1/calls", json={"number": NUMBER, "name": "김민지"})
            http.get(f"{url}/api/v1/calls/{NUMBER}?name=김민지")
        deadline_s = time.monotonic() + 10
        while len([line for line in ours() if line.startswith("request ")]) < 10:  # a line is written after its answer
            assert time.monotonic() < deadline_s
            time.sleep(0.02)
    text = "\n".join(ours())
    for secret in (SHOP, CALLER, words, "김민지", NUMBER, "2345", "127.0.0.1"):
        assert secret not in text
