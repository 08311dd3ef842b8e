"""What a stranger on the network may try, over real sockets."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.web.gateway.conftest import CALLER, bearer
from tests.web.test_frame import exchange

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("path", ["/synthesize", "/voice/eleven", "/v1/audio/speech", "/api/v1/chat", "/api/call_fish"])
def test_two_gigabytes_are_refused_before_they_are_read(url: str, path: str) -> None:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {CALLER}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n"
    )
    assert exchange(url, head.encode() + b"x" * 1000).startswith(b"HTTP/1.1 413 ")


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
