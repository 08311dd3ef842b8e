"""Amazon Transcribe streaming: a stream a side of the call, each over HTTP/2, on one event loop in a thread of its own."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError
from pathlib import Path
from typing import Any

from amazon_transcribe.auth import CredentialResolver, Credentials
from amazon_transcribe.client import TranscribeStreamingClient
from amazon_transcribe.endpoints import StaticEndpointResolver
from amazon_transcribe.exceptions import BadRequestException, SDKError, UnknownServiceException
from amazon_transcribe.model import StartStreamTranscriptionEventStream
from awscrt import io
from awscrt.exceptions import AwsCrtError

from voicebot.errors import ConfigError, EngineError
from voicebot.transcribe.protocol import Result
from voicebot.transcribe.sound import BYTES_PER_S, RATE_HZ

NAME = "transcribe"
OPEN_TIMEOUT_S = 10.0
LARGEST_EVENT = BYTES_PER_S // 4
"""Bytes of one audio event: 250 ms; Amazon advises 50 to 200 ms and takes 32 KB."""
AHEAD_S = 30.0
"""How far ahead of real time audio may be sent; a signature is worth five minutes."""

_NO_ACCESS = frozenset(
    {"AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException"}
)


class AmazonTranscriber:
    """`StreamRecogniser` of Amazon Transcribe.

    Args:
        region: Where.
        credentials: Returns what botocore would sign with.
        language: Such as ko-KR.
        endpoint_url: Another address than Amazon's.
        ca_file: Certificates to trust instead of the system's.
        speed: How many times faster than real time a backlog is sent.
    """

    def __init__(
        self,
        region: str,
        credentials: Callable[[], Any],
        language: str = "ko-KR",
        endpoint_url: str | None = None,
        ca_file: Path | None = None,
        speed: float = 1.0,
    ) -> None:
        self._region = region
        self._credentials = _Resolver(credentials)
        self._language = language
        self._endpoint_url = endpoint_url
        self._ca_file = ca_file
        self._speed = speed
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def open(self) -> "AmazonStream":
        """Begin a stream."""
        self._credentials.check()
        future = asyncio.run_coroutine_threadsafe(self._start(), self._running_loop())
        try:
            stream = future.result(OPEN_TIMEOUT_S)
        except LateError as exc:  # left to end by itself: Amazon's client does not survive being cancelled
            raise EngineError("does not answer", engine=NAME, retryable=True) from exc
        except (SDKError, AwsCrtError, OSError) as exc:
            raise explain(exc) from exc
        return AmazonStream(self._running_loop(), stream, self._speed)

    async def _start(self) -> StartStreamTranscriptionEventStream:
        resolver = StaticEndpointResolver(self._endpoint_url) if self._endpoint_url else None
        client = TranscribeStreamingClient(
            region=self._region, endpoint_resolver=resolver, credential_resolver=self._credentials
        )
        if self._ca_file:
            options = io.TlsContextOptions()
            options.override_default_trust_store_from_path(None, str(self._ca_file))
            client._session_manager._tls_ctx = io.ClientTlsContext(options)
        return await client.start_stream_transcription(
            language_code=self._language, media_sample_rate_hz=RATE_HZ, media_encoding="pcm"
        )

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="transcribe", daemon=True).start()
            return self._loop


class AmazonStream:
    """`SpeechStream` of Amazon Transcribe.

    Args:
        loop: Where it lives.
        stream: What was opened.
        speed: See `AmazonTranscriber`.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, stream: StartStreamTranscriptionEventStream, speed: float
    ) -> None:
        self._loop = loop
        self._stream = stream
        self._speed = speed
        self._results: deque[Result] = deque()
        self._audio: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._is_finishing = self._is_aborted = False
        self._tasks: list[Future[None]] = [
            asyncio.run_coroutine_threadsafe(work, loop) for work in (self._receive(), self._pass_on())
        ]

    def send(self, pcm: bytes) -> None:
        """Send samples. Returns at once."""
        for at in range(0, len(pcm), LARGEST_EVENT // 2):
            self._loop.call_soon_threadsafe(self._audio.put_nowait, pcm[at : at + LARGEST_EVENT // 2])

    def take(self) -> list[Result]:
        """Return the results that have come since the last time."""
        taken = [self._results.popleft() for _ in range(len(self._results))]
        if not taken:
            self._check()
        return taken

    def finish(self, timeout_s: float) -> bool:
        """Say that there is no more, and wait for the last results."""
        self._is_finishing = True
        self._loop.call_soon_threadsafe(self._audio.put_nowait, None)
        try:
            self._tasks[0].result(timeout_s)
        except LateError:
            return False
        except (SDKError, AwsCrtError, OSError) as exc:
            raise explain(exc) from exc
        return True

    def abort(self) -> None:
        """Stop, whatever is still to come: the stream is ended in good order, and nobody waits for it."""
        self._is_finishing = self._is_aborted = True
        self._loop.call_soon_threadsafe(self._audio.put_nowait, None)

    def _check(self) -> None:
        """Raise when the stream has ended and nobody wanted it to."""
        receiving, sending = self._tasks
        if self._is_finishing or not (receiving.done() or sending.done()):
            return
        for task in self._tasks:
            if task.done() and (problem := task.exception()) is not None:
                raise explain(problem) from problem
        raise EngineError("ended the stream", engine=NAME, retryable=True)

    async def _receive(self) -> None:
        async for event in self._stream.output_stream:
            for result in event.transcript.results:
                if result.alternatives and result.alternatives[0].transcript:
                    text = str(result.alternatives[0].transcript)
                    times = float(result.start_time or 0.0), float(result.end_time or 0.0)
                    self._results.append(Result(str(result.result_id), *times, text, bool(result.is_partial)))

    async def _pass_on(self) -> None:
        """Send what is queued, in events of what has come by then, no further ahead of real time than a signature lasts."""
        started_s, sent_s, is_last = time.monotonic(), 0.0, False
        while not is_last:
            pcm, is_last = await self._waiting()
            if self._is_aborted:
                break
            ahead_s = sent_s - (time.monotonic() - started_s) * self._speed - AHEAD_S
            if ahead_s > 0:
                await asyncio.sleep(ahead_s / self._speed)
            if pcm:
                await self._stream.input_stream.send_audio_event(audio_chunk=pcm)
            sent_s += len(pcm) / BYTES_PER_S
        await self._stream.input_stream.end_stream()

    async def _waiting(self) -> tuple[bytes, bool]:
        """Return audio that is queued, at most an event of it, and whether it is the last."""
        parts: list[bytes] = []
        part = await self._audio.get()
        while part is not None:
            parts.append(part)
            if self._audio.empty() or sum(map(len, parts)) > LARGEST_EVENT // 2:
                return b"".join(parts), False
            part = self._audio.get_nowait()
        return b"".join(parts), True


class _Resolver(CredentialResolver):
    """Hands botocore's credentials to Amazon's client, so that profiles and single sign-on work as everywhere else."""

    def __init__(self, credentials: Callable[[], Any]) -> None:
        self._get = credentials

    def check(self) -> None:
        """Raise when there are none."""
        if self._get() is None:
            raise ConfigError("transcribe: no credentials can be used", hint="run: aws sso login, or set AWS_PROFILE")

    async def get_credentials(self) -> Credentials | None:
        """Return what to sign with now."""
        found = self._get()
        frozen = found.get_frozen_credentials() if found else None
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token) if frozen else None


def explain(exc: BaseException) -> Exception:
    """Return the error of ours that says what a failure means; what is not known is returned as it is."""
    if isinstance(exc, UnknownServiceException) and str(exc.error_code) in _NO_ACCESS:
        return ConfigError(
            f"transcribe: not allowed ({exc.error_code})", hint="allow transcribe:StartStreamTranscription"
        )
    if isinstance(exc, BadRequestException):
        is_timeout = "timed out" in exc.message
        return EngineError(f"refused the stream: {exc.message}", engine=NAME, retryable=is_timeout)
    if isinstance(exc, SDKError | AwsCrtError | OSError):
        what = getattr(exc, "message", "") or type(exc).__name__
        return EngineError(f"the stream broke off ({what})", engine=NAME, retryable=True)
    return exc if isinstance(exc, Exception) else EngineError("was stopped", engine=NAME, retryable=True)
