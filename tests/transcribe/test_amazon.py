"""The adapter of Amazon Transcribe against a server that speaks its protocol."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from tests.fakes.transcribe import ACCESS_KEY, REGION, SECRET_KEY, WORDS, Server, spoken, transcribe_server
from voicebot.errors import ConfigError, EngineError
from voicebot.transcribe.amazon import AmazonTranscriber
from voicebot.transcribe.protocol import Result, SpeechStream

pytestmark = pytest.mark.contract


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with transcribe_server(tmp_path) as server:
        yield server


def transcriber(server: Server, **options: Any) -> AmazonTranscriber:
    def credentials() -> Credentials:
        return Credentials(ACCESS_KEY, SECRET_KEY, "token")

    return AmazonTranscriber(REGION, credentials, endpoint_url=server.url, ca_file=server.ca_file, **options)


def until(done: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def send(stream: SpeechStream, words: list[int]) -> None:
    audio = spoken(words).tobytes()
    for at in range(0, len(audio), 1024):
        stream.send(audio[at : at + 1024])


def test_words_come_back_with_their_times_partial_and_final(server: Server) -> None:
    stream = transcriber(server).open()
    send(stream, [0, 1, 2, 3])
    assert stream.finish(10.0)
    results = stream.take()
    assert [result.text for result in results if not result.is_partial] == [" ".join(WORDS[:4])]
    assert next(result.text for result in results if result.is_partial) == WORDS[0]
    final = results[-1]
    assert (final.start_s, final.end_s) == pytest.approx((0.5, 0.5 + 4 * 0.4 + 3 * 0.12), abs=0.02)
    assert len({result.id for result in results}) == 1
    assert server.problems == []
    asked = server.requests[0]
    assert asked[":path"] == "/stream-transcription"
    assert asked["x-amzn-transcribe-language-code"] == "ko-KR"
    assert (asked["x-amzn-transcribe-sample-rate"], asked["x-amzn-transcribe-media-encoding"]) == ("8000", "pcm")


def test_two_sides_are_two_streams_at_once(server: Server) -> None:
    engine = transcriber(server)
    first, second = engine.open(), engine.open()
    send(first, [0, 1])
    send(second, [5, 6])
    assert first.finish(10.0)
    assert second.finish(10.0)

    def last(results: list[Result]) -> str:
        return results[-1].text

    assert (last(first.take()), last(second.take())) == (" ".join(WORDS[0:2]), " ".join(WORDS[5:7]))
    assert len(server.audio_s) == 2


def test_long_silence_is_sent_in_events_that_the_service_takes(server: Server) -> None:
    stream = transcriber(server).open()
    stream.send(bytes(16000 * 20))
    assert stream.finish(10.0)
    assert server.problems == []
    assert server.audio_s == [pytest.approx(20.0)]


def test_a_backlog_is_sent_no_faster_than_its_signatures_last(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.transcribe.amazon.AHEAD_S", 1.0)
    stream = transcriber(server, speed=5.0).open()
    started = time.monotonic()
    stream.send(bytes(16000 * 4))
    assert stream.finish(10.0)
    assert 0.5 <= time.monotonic() - started < 5.0


def test_a_stream_without_audio_is_ended_by_the_service_and_can_be_tried_again(server: Server) -> None:
    server.patience_s = 0.1
    stream = transcriber(server).open()
    with pytest.raises(EngineError, match="timed out") as caught:
        until(lambda: bool(stream.take()))
    assert caught.value.retryable


def test_a_stream_that_breaks_off_can_be_tried_again(server: Server) -> None:
    server.break_after_s = [0.5]
    stream = transcriber(server).open()
    stream.send(bytes(16000))
    with pytest.raises(EngineError) as caught:
        until(lambda: bool(stream.take()))
    assert caught.value.retryable
    stream.abort()


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (403, "UnrecognizedClientException", ConfigError),
        (403, "AccessDeniedException", ConfigError),
        (400, "BadRequestException", EngineError),
        (429, "LimitExceededException", EngineError),
        (503, "ServiceUnavailableException", EngineError),
    ],
)
def test_each_refusal_has_its_error(server: Server, status: int, kind: str, error: type[Exception]) -> None:
    server.refusal = (status, kind)
    with pytest.raises(error) as caught:
        transcriber(server).open()
    assert getattr(caught.value, "retryable", None) == (None if error is ConfigError else status in (429, 503))


def test_a_server_that_is_not_there_and_missing_credentials(tmp_path: Path) -> None:
    with transcribe_server(tmp_path) as server:
        pass
    with pytest.raises(EngineError) as caught:
        transcriber(server).open()
    assert caught.value.retryable
    with pytest.raises(ConfigError, match="no credentials"):
        AmazonTranscriber(REGION, lambda: None).open()


def test_a_certificate_that_nobody_trusts_is_refused(server: Server) -> None:
    engine = AmazonTranscriber(REGION, lambda: Credentials(ACCESS_KEY, SECRET_KEY), endpoint_url=server.url)
    with pytest.raises(EngineError):
        engine.open()
