"""The frame around every application: names, tokens, origins, limits."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from tests.web.conftest import Serve
from voicebot.errors import ConfigError
from voicebot.settings.tree import Settings
from voicebot.web.frame.auth import MAX_WRONG, WINDOW_S, BearerAuth, Tokens
from voicebot.web.server import Serving

pytestmark = pytest.mark.contract

TOKEN = "a-token-of-the-test-0123456789"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_where_others_can_reach_it_a_token_is_needed(web_settings: Callable[..., Settings], host: str) -> None:
    with pytest.raises(ConfigError, match="no token"):
        Serving(web_settings(web__host=host).web)


def test_a_port_in_use_is_said_in_one_line(web_settings: Callable[..., Settings]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1 port {port}"):
            Serving(web_settings(web__port=port).web)


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ConfigError, match="shorter than 16"):
        Tokens({"web": SecretStr("secret")})


def test_the_api_asks_for_the_token_and_the_page_does_not(serve: Serve, http: httpx.Client) -> None:
    url = serve(web__token=TOKEN)
    assert http.get(url + "/healthz").status_code == 200
    assert http.get(url + "/").status_code == 200
    refused = http.get(url + "/api/status")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert http.get(url + "/api/status", headers=bearer(TOKEN)).status_code == 200
    assert http.get(url + "/api/status", headers=bearer(TOKEN + "x")).status_code == 401


def test_a_page_gets_a_cookie_for_the_token(serve: Serve, http: httpx.Client) -> None:
    url = serve(web__token=TOKEN)
    given = http.post(url + "/api/v1/session", headers=bearer(TOKEN))
    cookie = given.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert http.get(url + "/api/status").status_code == 200
    assert http.delete(url + "/api/v1/session").status_code == 204
    assert http.get(url + "/api/status").status_code == 401


def test_ten_thousand_wrong_tokens_are_limited_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    now_s = [100.0]
    statuses: list[int] = []

    async def inside(scope: object, receive: object, send: Callable[..., object]) -> None:
        statuses.append(200)

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    auth = BearerAuth(inside, Tokens({"web": SecretStr(TOKEN)}), timer=lambda: now_s[0])  # type: ignore[arg-type]

    def ask(token: str, client: str = "192.0.2.7") -> int:
        scope = {
            "type": "http", "path": "/api/status", "client": (client, 1),
            "headers": [(b"authorization", f"Bearer {token}".encode())],
        }  # fmt: skip
        asyncio.run(auth(scope, receive, send))  # type: ignore[arg-type]
        return statuses[-1]

    with caplog.at_level(logging.WARNING):
        answers = [ask(f"wrong-{n}") for n in range(10_000)]
    assert answers == [401] * MAX_WRONG + [429] * (10_000 - MAX_WRONG)
    assert len(caplog.records) == 1
    assert "wrong-" not in caplog.text
    assert ask(TOKEN) == 429
    assert ask(TOKEN, "192.0.2.8") == 200
    now_s[0] += WINDOW_S + 1
    assert ask(TOKEN) == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""])
def test_a_name_that_is_not_ours_gets_nothing(serve: Serve, http: httpx.Client, host: str) -> None:
    assert http.get(serve() + "/api/status", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:5051", "127.0.0.1", "[::1]:5051", "BOT.example.com"])
def test_our_own_names_are_known(serve: Serve, http: httpx.Client, host: str) -> None:
    url = serve(web__allowed_hosts="bot.example.com")
    assert http.get(url + "/api/status", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_change_anything(serve: Serve, http: httpx.Client, headers: dict[str, str]) -> None:
    assert http.post(serve() + "/api/v1/session", headers=headers).status_code == 403


def test_the_page_itself_and_a_program_can(serve: Serve, http: httpx.Client) -> None:
    url = serve()
    assert (
        http.post(url + "/api/v1/session", headers={"Origin": url, "Sec-Fetch-Site": "same-origin"}).status_code == 200
    )
    assert http.post(url + "/api/v1/session").status_code == 200


def test_every_answer_tells_the_browser_to_be_strict(serve: Serve, http: httpx.Client) -> None:
    headers = http.get(serve() + "/").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_a_request_keeps_its_own_plain_id_and_no_other(serve: Serve, http: httpx.Client) -> None:
    url = serve() + "/healthz"
    assert http.get(url, headers={"X-Request-Id": "order-7"}).headers["x-request-id"] == "order-7"
    assert http.get(url, headers={"X-Request-Id": "a b"}).headers["x-request-id"] != "a b"


def exchange(url: str, request: bytes) -> bytes:
    """Send raw bytes, and return what comes until the server closes."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        got = b""
        while data := connection.recv(65536):
            got += data
        return got


def test_two_gigabytes_are_refused_before_they_are_read(serve: Serve) -> None:
    head = b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2147483648\r\n\r\n"
    got = exchange(serve(), head + b"x" * 1000)
    assert got.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_comes_too_slowly_is_given_up(serve: Serve) -> None:
    url = serve(web__request_timeout_s=0.2)
    head = b"POST /api/tts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    started_s = time.monotonic()
    got = exchange(url, head + b"Content-Length: 100\r\n\r\ntext=")
    assert got.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 404 "))
    assert time.monotonic() - started_s < 9


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded; charset=utf-8"]
)
def test_a_form_that_is_not_percent_encoded_is_read_as_utf8(serve: Serve, http: httpx.Client, kind: str) -> None:
    url = serve() + "/api/chat-chajipsa"
    plain = http.post(url, content="message=주차 되나요".encode(), headers={"Content-Type": kind}).json()
    assert plain["reply"] == http.post(url, data={"message": "주차 되나요"}).json()["reply"]
    assert "주차장" in plain["reply"]


def test_a_head_that_never_ends_is_hung_up_on(serve: Serve) -> None:
    assert exchange(serve(web__request_timeout_s=0.2), b"GET /healthz HTTP/1.1\r\nHost: local") == b""


def test_no_log_has_the_address_path_or_query_of_a_request(
    serve: Serve, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    url = serve()
    access = logging.getLogger("uvicorn.access")
    access.addHandler(caplog.handler)  # what a program's own set-up of its logs may do
    try:
        with caplog.at_level(logging.INFO), caplog.at_level(logging.INFO, "uvicorn.access"):
            http.get(f"{url}/healthz?number=010-2345-6789")
            http.get(f"{url}/api/v1/calls/010-2345-6789?name=nobody")
    finally:
        access.removeHandler(caplog.handler)
    server_side = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    text = "\n".join(record.getMessage() for record in server_side)
    for secret in ("2345", "127.0.0.1", "nobody"):
        assert secret not in text
