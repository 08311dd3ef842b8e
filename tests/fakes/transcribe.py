"""Amazon Transcribe streaming on loopback: HTTP/2 over TLS, event streams whose checksums and signatures are checked.

It hears words that are written into the audio: a burst of a square wave whose level says which word it is. A burst that
is shorter than a word was cut in two, and is heard as `CUT`.
"""

import hmac
import json
import socket
import ssl
import threading
import time
import uuid
from binascii import crc32
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path
from struct import pack
from typing import Any

import h2.config
import h2.connection
import h2.events
import numpy as np
from botocore.eventstream import EventStreamBuffer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from numpy.typing import NDArray

from voicebot.transcribe.sound import BYTES_PER_S, RATE_HZ

ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "secret-of-the-example", "ap-northeast-2"
WORDS = [
    "안녕하세요",
    "차를",
    "맡기려고",
    "하는데요",
    "이번",
    "주",
    "토요일에",
    "자리",
    "있나요",
    "엔진오일도",
    "같이",
    "갈아",
    "주세요",
    "얼마나",
    "걸려요",
    "그럼",
    "오전",
    "열",
    "시로",
    "할게요",
    "브레이크에서",
    "소리가",
    "나요",
    "한번",
    "봐",
    "주시겠어요",
    "보험",
    "처리도",
    "되는지",
    "궁금해요",
    "네",
    "알겠습니다",
    "감사합니다",
    "수고하세요",
]
CUT = "<잘린 말>"
WORD_S, PAUSE_S, SENTENCE_PAUSE_S = 0.4, 0.12, 0.9
SHORTEST_WORD_S = 0.34
FINAL_AFTER_S = 0.6
_FIRST_LEVEL, _LEVEL_STEP = 2000, 400


def spoken(words: Sequence[int], pauses: Sequence[float] | None = None, lead_s: float = 0.5) -> NDArray[np.int16]:
    """Return audio in which the words of these numbers are said, each followed by a pause."""
    parts = [np.zeros(round(lead_s * RATE_HZ), np.int16)]
    for place, word in enumerate(words):
        level = _FIRST_LEVEL + _LEVEL_STEP * word
        parts.append(np.tile(np.array([level, -level], np.int16), round(WORD_S * RATE_HZ) // 2))
        pause_s = pauses[place] if pauses else SENTENCE_PAUSE_S if place % 4 == 3 else PAUSE_S
        parts.append(np.zeros(round(pause_s * RATE_HZ), np.int16))
    return np.concatenate(parts)


class Ears:
    """Hears the words in a stream, in frames of 10 ms."""

    FRAME = RATE_HZ // 100

    def __init__(self) -> None:
        self._id = uuid.uuid4().hex
        self._rest = b""
        self._at = 0
        self._run: list[int] = []
        self._words: list[tuple[float, float, str]] = []
        self._quiet = 0
        self._segment = 0

    def hear(self, pcm: bytes) -> Iterator[dict[str, Any]]:
        """Yield results as Transcribe words them."""
        self._rest += pcm
        size = 2 * self.FRAME
        while len(self._rest) >= size:
            frame, self._rest = self._rest[:size], self._rest[size:]
            peak = int(np.abs(np.frombuffer(frame, "<i2").astype(np.int32)).max())
            yield from self._frame(peak)

    def end(self) -> Iterator[dict[str, Any]]:
        """Yield what is left."""
        self._word()
        if self._words:
            yield self._result(False)

    def _frame(self, peak: int) -> Iterator[dict[str, Any]]:
        self._at += 1
        if peak >= _FIRST_LEVEL // 2:
            self._run.append(peak)
            self._quiet = 0
            return
        if self._word():
            yield self._result(True)
        self._quiet += 1
        if self._words and self._quiet >= FINAL_AFTER_S * 100:
            yield self._result(False)
            self._words = []
            self._segment += 1

    def _word(self) -> bool:
        if not self._run:
            return False
        length_s, level = len(self._run) / 100, sorted(self._run)[len(self._run) // 2]
        number = round((level - _FIRST_LEVEL) / _LEVEL_STEP)
        end_s = (self._at - 1) / 100
        text = WORDS[number] if length_s >= SHORTEST_WORD_S and 0 <= number < len(WORDS) else CUT
        self._words.append((end_s - length_s, end_s, text))
        self._run = []
        return True

    def _result(self, is_partial: bool) -> dict[str, Any]:
        items = [{"StartTime": a, "EndTime": b, "Content": text, "Type": "pronunciation"} for a, b, text in self._words]
        transcript = " ".join(text for _, _, text in self._words)
        return {
            "ResultId": f"{self._id}-{self._segment}",
            "StartTime": self._words[0][0],
            "EndTime": self._words[-1][1],
            "IsPartial": is_partial,
            "Alternatives": [{"Transcript": transcript, "Items": items}],
        }


@dataclass
class Server:
    """What the server was asked, and what a test lets it do.

    Attributes:
        url: Its address.
        ca_file: Its certificate.
        requests: Headers of each stream.
        problems: What was wrong with what was sent.
        audio_s: Seconds of audio by stream.
        patience_s: After so long without audio a stream is ended, as Transcribe does after 15 s.
        break_after_s: A stream is broken off after so many seconds of audio, once for each entry.
        refusal: Status and exception for streams, instead of a transcript.
    """

    url: str = ""
    ca_file: Path = Path()
    requests: list[dict[str, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    audio_s: list[float] = field(default_factory=list)
    patience_s: float = 15.0
    break_after_s: list[float] = field(default_factory=list)
    refusal: tuple[int, str] | None = None


class _Stream:
    """One stream: decodes, checks, hears."""

    def __init__(self, server: Server, headers: dict[str, str]) -> None:
        self._server = server
        self._number = len(server.audio_s)
        server.audio_s.append(0.0)
        self._buffer = EventStreamBuffer()
        self._ears = Ears()
        self._signature = bytes.fromhex(headers["authorization"].rpartition("Signature=")[2])
        self.last_audio_at = time.monotonic()
        self.is_done = False

    @property
    def audio_s(self) -> float:
        return self._server.audio_s[self._number]

    def take(self, data: bytes) -> Iterator[bytes]:
        """Yield the events that answer some bytes of the request."""
        self._buffer.add_data(data)
        for outer in self._buffer:
            self._check_signature(outer.headers, outer.payload)
            if not outer.payload:
                self.is_done = True
                yield from (event(result) for result in self._ears.end())
                return
            inner = EventStreamBuffer()
            inner.add_data(outer.payload)
            message = next(iter(inner))
            if message.headers.get(":event-type") != "AudioEvent":
                self._server.problems.append(f"event {message.headers}")
            if len(message.payload) > 32_000:
                self._server.problems.append(f"an event of {len(message.payload)} bytes")
            self._server.audio_s[self._number] += len(message.payload) / BYTES_PER_S
            self.last_audio_at = time.monotonic()
            yield from (event(result) for result in self._ears.hear(message.payload))

    def _check_signature(self, headers: dict[str, Any], payload: bytes) -> None:
        date = headers[":date"]
        moment = date if isinstance(date, datetime) else datetime.fromtimestamp(date / 1000, UTC)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        millis = round(moment.timestamp() * 1000)
        stamp = moment.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{REGION}/transcribe/aws4_request"
        encoded = b"\x05:date\x08" + pack("!q", millis)
        wanted = "\n".join(
            [
                "AWS4-HMAC-SHA256-PAYLOAD",
                stamp,
                scope,
                self._signature.hex(),
                sha256(encoded).hexdigest(),
                sha256(payload).hexdigest(),
            ]
        )
        key = f"AWS4{SECRET_KEY}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), sha256).digest()
        expected = hmac.new(key, wanted.encode(), sha256).digest()
        if expected != headers[":chunk-signature"]:
            self._server.problems.append("a chunk signature is wrong")
        self._signature = headers[":chunk-signature"]


def event(result: dict[str, Any]) -> bytes:
    """Return a transcript event."""
    payload = json.dumps({"Transcript": {"Results": [result]}}, ensure_ascii=False).encode()
    return message(
        {":message-type": "event", ":event-type": "TranscriptEvent", ":content-type": "application/json"}, payload
    )


def exception(kind: str, text: str) -> bytes:
    """Return an exception event."""
    headers = {":message-type": "exception", ":exception-type": kind, ":content-type": "application/json"}
    return message(headers, json.dumps({"Message": text}).encode())


def message(headers: dict[str, str], payload: bytes) -> bytes:
    """Return an event stream message: lengths, their checksum, headers, payload, the checksum of it all."""
    head = b"".join(
        pack("!B", len(name)) + name.encode() + b"\x07" + pack("!H", len(value.encode())) + value.encode()
        for name, value in headers.items()
    )
    prelude = pack("!II", len(head) + len(payload) + 16, len(head))
    body = prelude + pack("!I", crc32(prelude)) + head + payload
    return body + pack("!I", crc32(body))


class _Connection(threading.Thread):
    """One HTTP/2 connection."""

    def __init__(self, server: Server, connection: ssl.SSLSocket, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._server, self._socket, self._halt = server, connection, stop
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._streams: dict[int, _Stream] = {}

    def run(self) -> None:
        self._socket.settimeout(0.02)
        self._h2.initiate_connection()
        with suppress(OSError):
            self._flush()
            while not self._halt.is_set():
                try:
                    data = self._socket.recv(65536)
                except TimeoutError:
                    self._lose_patience()
                    continue
                if not data:
                    break
                for each in self._h2.receive_data(data):
                    self._handle(each)
                self._lose_patience()
                self._flush()
        self._socket.close()

    def _handle(self, each: Any) -> None:
        if isinstance(each, h2.events.RequestReceived):
            headers = dict(each.headers)
            self._server.requests.append(headers)
            if self._server.refusal:
                status, kind = self._server.refusal
                answer = [(":status", str(status)), ("x-amzn-errortype", kind), ("content-type", "application/json")]
                self._h2.send_headers(each.stream_id, answer)
                self._h2.send_data(each.stream_id, json.dumps({"Message": "no"}).encode(), end_stream=True)
                return
            self._streams[each.stream_id] = _Stream(self._server, headers)
            answer = [
                (":status", "200"),
                ("content-type", "application/vnd.amazon.eventstream"),
                ("x-amzn-request-id", "r"),
            ]
            self._h2.send_headers(each.stream_id, answer)
        elif isinstance(each, h2.events.DataReceived):
            self._h2.acknowledge_received_data(each.flow_controlled_length, each.stream_id)
            stream = self._streams.get(each.stream_id)
            if stream is None:
                return
            for answer in stream.take(each.data):
                self._h2.send_data(each.stream_id, answer)
            breaks = self._server.break_after_s
            if breaks and stream.audio_s >= breaks[0]:
                breaks.pop(0)
                self._h2.reset_stream(each.stream_id)
                del self._streams[each.stream_id]
            elif stream.is_done:
                self._end(each.stream_id)
        elif isinstance(each, h2.events.StreamReset):
            self._streams.pop(each.stream_id, None)

    def _lose_patience(self) -> None:
        for stream_id, stream in list(self._streams.items()):
            if time.monotonic() - stream.last_audio_at > self._server.patience_s:
                text = "Your request timed out because no new audio was received for 15 seconds."
                self._h2.send_data(stream_id, exception("BadRequestException", text))
                self._end(stream_id)
        self._flush()

    def _end(self, stream_id: int) -> None:
        self._h2.end_stream(stream_id)
        self._streams.pop(stream_id, None)

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._socket.sendall(data)


@contextmanager
def transcribe_server(folder: Path) -> Iterator[Server]:
    """A server on loopback; its certificate is written into `folder`."""
    certificate, key = _certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_alpn_protocols(["h2"])
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    server = Server(f"https://localhost:{listener.getsockname()[1]}", certificate)
    stop = threading.Event()
    connections: list[_Connection] = []

    def accept() -> None:
        while not stop.is_set():
            try:
                plain, _ = listener.accept()
            except TimeoutError:
                continue
            plain.settimeout(5.0)
            try:
                connections.append(_Connection(server, context.wrap_socket(plain, server_side=True), stop))
                connections[-1].start()
            except OSError:
                plain.close()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join()
        for connection in connections:
            connection.join()
        listener.close()


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, key_file = folder / "localhost.pem", folder / "localhost.key"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return certificate, key_file
