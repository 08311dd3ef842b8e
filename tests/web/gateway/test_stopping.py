"""The server as a process: how it starts, what it writes, how it stops."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from tests.fakes.speech_servers.eleven import ElevenWire
from tests.fakes.speech_servers.server import KEY, Fault, SpeechServer
from tests.web.gateway.conftest import SHOP, bearer

pytestmark = pytest.mark.system

TEXT = "주문하신 엔진오일이 나왔습니다. 천천히 오셔도 됩니다. " * 60
SLOWLY_S = 1.5
STARTS_WITHIN_S = 60


class Process:
    """`voicebot serve --gateway` in a process of its own."""

    def __init__(self, popen: "subprocess.Popen[str]") -> None:
        self.popen = popen

    def url(self) -> str:
        """Return where it serves, once it does."""
        assert self.popen.stdout
        return self.popen.stdout.readline().removeprefix("serving ").strip()

    def stop(self) -> None:
        """Ask it to stop."""
        self.popen.send_signal(signal.SIGTERM)

    def log(self) -> list[dict[str, object]]:
        """Return its log, when it has ended."""
        assert self.popen.stderr
        return [json.loads(line) for line in self.popen.stderr.read().splitlines()]


@contextmanager
def started(tmp_path: Path, *options: str, **environment: str) -> Iterator[Process]:
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    own = {
        "HOME": str(tmp_path),
        "VOICEBOT_DATA_DIR": str(tmp_path / "data"),
        "VOICEBOT_SPEECH_SERVER__ENGINE": "local",
    }
    command = [sys.executable, "-m", "voicebot", "serve", "--gateway", "--port", "0", *options]
    with subprocess.Popen(
        command, env={**kept, **own, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as popen:
        try:
            yield Process(popen)
        finally:
            popen.kill()


@contextmanager
def listening(url: str) -> Iterator[http.client.HTTPResponse]:
    """Lend the answer to a long text, of which the first audio has come. The kernel has no room for the rest."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.sock = socket.socket()
    with closing(connection):
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.sock.settimeout(30)
        connection.sock.connect((connection.host, connection.port))
        body = json.dumps({"text": TEXT, "stream": True})
        connection.request("POST", "/synthesize", body, {**bearer(SHOP), "Content-Type": "application/json"})
        with connection.getresponse() as reply:
            assert reply.status == 200
            yield reply


def test_audio_under_way_is_finished_and_nothing_new_is_begun(tmp_path: Path, tokens_file: Path) -> None:
    with started(tmp_path, VOICEBOT_GATEWAY_SERVER__TOKENS_FILE=str(tokens_file)) as process:
        url = process.url()
        with listening(url) as reply:
            reply.read()  # the voice may vary; what is kept of it does not
        with listening(url) as reply:
            whole = reply.read()
        with listening(url) as reply:
            got = reply.read(1000)
            process.stop()
            with pytest.raises(subprocess.TimeoutExpired):
                process.popen.wait(SLOWLY_S)
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{url}/healthz")
            got += reply.read()
        assert process.popen.wait(10) == 0
        log = process.log()
    assert len(whole) > 10_000_000
    assert got == whole
    requests = [line for line in log if "request" in line]
    assert [(line["route"], line["status"], line["token"]) for line in requests] == [("/synthesize", 200, "shop")] * 3
    used = json.loads((tmp_path / "data" / "gateway-usage.json").read_text(encoding="utf-8"))
    assert used["counts"] == {"shop": {"characters": 3 * len(TEXT)}}


def test_a_listener_who_takes_nothing_holds_it_up_for_the_time_that_is_set(tmp_path: Path, tokens_file: Path) -> None:
    limits = {"VOICEBOT_WEB__SHUTDOWN_S": "1", "VOICEBOT_GATEWAY_SERVER__TOKENS_FILE": str(tokens_file)}
    with started(tmp_path, **limits) as process, listening(process.url()):
        process.stop()
        started_s = time.monotonic()
        assert process.popen.wait(10) == 0
        assert time.monotonic() - started_s > 0.9
        log = process.log()
    assert [line for line in log if line["level"] == "ERROR" and "exceeded" in str(line["message"])]
    assert not [line for line in log if "exception" in line]
    used = json.loads((tmp_path / "data" / "gateway-usage.json").read_text(encoding="utf-8"))
    assert used["counts"] == {"shop": {"characters": len(TEXT)}}


def test_an_engine_that_does_not_come_back_does_not_hold_it_up(tmp_path: Path, tokens_file: Path) -> None:
    with SpeechServer(ElevenWire(), Fault("silent")) as eleven:
        environment = {
            "VOICEBOT_WEB__SHUTDOWN_S": "0",
            "VOICEBOT_GATEWAY_SERVER__TOKENS_FILE": str(tokens_file),
            "ELEVENLABS_API_KEY": KEY,
            "VOICEBOT_TTS__ELEVEN__BASE_URL": eleven.url,
        }
        with started(tmp_path, **environment) as process:
            host, port = process.url().removeprefix("http://").split(":")
            with socket.create_connection((host, int(port))) as connection:
                body = json.dumps({"text": "안녕하세요", "stream": True}).encode()
                head = f"POST /voice/eleven HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {SHOP}\r\n"
                connection.sendall(f"{head}Content-Type: application/json\r\n".encode())
                connection.sendall(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                deadline_s = time.monotonic() + 10
                while not eleven.seen:
                    assert time.monotonic() < deadline_s
                    time.sleep(0.05)
                process.stop()
                assert connection.recv(1000).startswith(b"HTTP/1.1 503 ")
                assert process.popen.wait(10) == 0


def test_a_second_signal_stops_it_at_once(tmp_path: Path, tokens_file: Path) -> None:
    with (
        started(tmp_path, VOICEBOT_GATEWAY_SERVER__TOKENS_FILE=str(tokens_file)) as process,
        listening(process.url()),
    ):
        process.stop()
        with pytest.raises(subprocess.TimeoutExpired):
            process.popen.wait(0.5)
        process.stop()
        assert process.popen.wait(2) == -signal.SIGTERM


def test_beyond_this_machine_it_needs_a_token(tmp_path: Path, tokens_file: Path) -> None:
    with started(tmp_path, "--host", "0.0.0.0") as process:
        _, talk = process.popen.communicate(timeout=STARTS_WITHIN_S)
        assert process.popen.returncode == 3
        assert "no token" in talk
    with started(tmp_path, "--host", "0.0.0.0", VOICEBOT_GATEWAY_SERVER__TOKENS_FILE=str(tokens_file)) as process:
        assert process.url().startswith("http://0.0.0.0:")


@pytest.mark.parametrize(
    ("options", "text", "code", "words"),
    [
        (("--tts",), "shop: {token: 0123456789abcdef}", 2, "two servers"),
        ((), "shop: {token: short}", 3, "shorter than 16"),
        ((), None, 4, "No such file"),
    ],
    ids=["two servers", "a short token", "no file"],
)
def test_what_is_wrong_is_said_in_a_line(
    tmp_path: Path, options: tuple[str, ...], text: str | None, code: int, words: str
) -> None:
    path = tmp_path / "own.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with started(tmp_path, *options, VOICEBOT_GATEWAY_SERVER__TOKENS_FILE=str(path)) as process:
        said, talk = process.popen.communicate(timeout=STARTS_WITHIN_S)
    assert process.popen.returncode == code
    assert words in talk
    assert said == ""
