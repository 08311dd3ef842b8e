"""The reply of a voicebot speech server to POST /synthesize: audio at once, or a job whose clips come one by one.

A job is JSON. Names are read in any case and with or without underscores; one of each line is enough::

    job_id                                   the job
    first_url | audio_url | url              the first clip
    urls | clips                             all clips so far, the first among them
    audio_base64                             a clip in the reply itself
    done                                     no more clips will come (assumed when there is no status_url)
    status_url                               where to ask for the next ones; it answers in the same form

An address may be relative to the one that was asked. The Authorization header goes to the same server only: clips may
lie in a bucket whose addresses are signed.
"""

import base64
import binascii
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from voicebot.audio.clip import Encoding
from voicebot.errors import EngineError
from voicebot.tts.http import Answer, Call, SpeechHttp
from voicebot.tts.http_audio import audio_of, wav_audio
from voicebot.tts.http_limits import Lifeline, Limits, bounded
from voicebot.tts.http_problems import Kind, Words
from voicebot.tts.protocol import AudioChunk

VOICE_CODES: Mapping[str, Kind] = dict.fromkeys(
    ("voice_not_found", "unknown_voice", "urn:voicebot:error:VoiceNotFoundError"), Kind.VOICE
)
"""What such servers call an unknown voice; the last is `voicebot.web.problems`'s own."""

_JSON_MAX_BYTES = 20_000_000
_POLL_S = 0.1
_ACCEPT = {"Accept": "audio/wav, audio/*;q=0.9, application/json;q=0.5"}
"""A stream is heard sooner than a job; a server that only knows jobs takes no notice."""

_URL_NAMES = ("firsturl", "audiourl", "audios3url", "url")
_LIST_NAMES = ("urls", "clips")


class SynthesizeServer:
    """Asks a server for speech and follows its jobs.

    Args:
        http: Connections without the Authorization header.
        limits: How long it may take, all clips together.
        words: How problems are told.
        authorization: That header, or nothing.
        sleep: Waits between two questions about a job.
    """

    def __init__(
        self,
        http: SpeechHttp,
        limits: Limits,
        words: Words,
        authorization: str = "",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._limits = limits
        self._words = words
        self._authorization = authorization
        self._sleep = sleep

    def speak(self, call: Call, encoding: Encoding, sample_rate_hz: int) -> Iterator[AudioChunk]:
        """Yield the audio of a request.

        Args:
            call: The request; its own headers stay on this server.
            encoding: What raw audio is, where the reply does not say.
            sample_rate_hz: Its rate.

        Raises:
            VoicebotError: As `SpeechHttp.open` does, or the reply has no audio.
        """
        ends_s = time.monotonic() + self._limits.total_s
        with self._http.open(self._with_headers(call, call.url), ends_s) as answer:
            if answer.content_type != "application/json":
                yield from self._audio(answer, encoding, sample_rate_hz)
                return
            job = _plain(self._http.parse(answer.read(_JSON_MAX_BYTES)))

        def follow(_: Lifeline) -> Generator[AudioChunk, None, None]:
            return self._job(job, call, ends_s, encoding, sample_rate_hz)

        with closing(bounded(follow, self._limits, ends_s)) as chunks:  # clips are fetched while others are heard
            yield from chunks

    def _job(
        self, job: Mapping[str, object], call: Call, ends_s: float, encoding: Encoding, sample_rate_hz: int
    ) -> Generator[AudioChunk, None, None]:
        if clip := job.get("audiobase64"):
            yield from self._inline(clip)
            return
        played: set[str] = set()
        first_by_s = min(ends_s, time.monotonic() + self._limits.first_byte_s)
        while True:
            self._check_failed(job)
            for url in _clip_urls(job, call.url):
                if url not in played:
                    played.add(url)
                    yield from self._clip(url, call, ends_s, encoding, sample_rate_hz)
            status_url = job.get("statusurl")
            if job.get("done", not status_url) or not isinstance(status_url, str):
                break
            if time.monotonic() > ends_s:
                raise self._limits.total_error()
            if not played and time.monotonic() > first_by_s:
                raise self._limits.first_byte_error()
            self._sleep(_POLL_S)
            asked = Call(urljoin(call.url, status_url), "GET", headers=call.headers)
            job = _plain(self._http.json(self._with_headers(asked, call.url), ends_s))
        if not played:
            raise self._words.other_server("the reply names no audio")

    def _clip(
        self, url: str, call: Call, ends_s: float, encoding: Encoding, sample_rate_hz: int
    ) -> Iterator[AudioChunk]:
        asked = self._with_headers(Call(url, "GET", headers=call.headers), call.url)
        with self._http.open(asked, ends_s) as answer:
            yield from self._audio(answer, encoding, sample_rate_hz)

    def _audio(self, answer: Answer, encoding: Encoding, sample_rate_hz: int) -> Iterator[AudioChunk]:
        return audio_of(answer, self._words, encoding, sample_rate_hz, trusts_type=True)

    def _inline(self, clip: object) -> Iterator[AudioChunk]:
        try:
            data = base64.b64decode(str(clip), validate=True)
        except binascii.Error as exc:
            raise EngineError(
                "the audio in the reply is not base64", engine=self._limits.engine, retryable=False
            ) from exc
        if not data:
            raise self._words.no_audio()
        return wav_audio(iter([data]), self._limits.engine)

    def _check_failed(self, job: Mapping[str, object]) -> None:
        """Raise what a job says went wrong."""
        if job.get("error") or job.get("status") in ("failed", "error"):
            raise EngineError(
                "the server could not make the audio", engine=self._limits.engine, retryable=True, hint="try again"
            )

    def _with_headers(self, call: Call, home: str) -> Call:
        """Return a call with the Authorization header if it goes to the server that was asked first."""
        if _origin(call.url) != _origin(home):
            return Call(call.url, call.method, voice=call.voice)
        own = {"Authorization": self._authorization} if self._authorization else {}
        return replace(call, headers={**_ACCEPT, **call.headers, **own})


def _plain(tree: object) -> dict[str, object]:
    """Return an object's fields under plain names: small letters without underscores."""
    if not isinstance(tree, dict):
        return {}
    return {str(name).replace("_", "").lower(): value for name, value in tree.items()}


def _clip_urls(job: Mapping[str, object], home: str) -> list[str]:
    found: list[object] = [job[name] for name in _URL_NAMES if job.get(name)][:1]
    for name in _LIST_NAMES:
        clips = job.get(name)
        if isinstance(clips, list):
            found += [clip.get("url") if isinstance(clip, dict) else clip for clip in clips]
    urls = [urljoin(home, url) for url in found if isinstance(url, str) and url]
    return [url for url in dict.fromkeys(urls) if urlsplit(url).scheme in ("http", "https")]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
