"""OpenAI's Realtime API over a WebSocket, as a reader.

It is a talker, not a reader: it may say something else than it was given. So each sentence is an answer of its own
outside the conversation, its audio is held back until the model has said what it said, and audio whose transcript has
another normal form than the sentence is never played.

Source:
    openai 3.54.0, types/realtime: the generally available shape, with formats under session.audio.
"""

import base64
import json
import logging
import socket
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.sync.client import ClientConnection, connect

from voicebot.audio.clip import Encoding
from voicebot.errors import ConfigError, EngineError, VoicebotError
from voicebot.korean.normalize import cache_key, has_speech
from voicebot.korean.sentences import split_sentences
from voicebot.tts.engines.gpt.names import KINDS, NAME, api_root, wants_key
from voicebot.tts.http import bearer
from voicebot.tts.http_formats import MULAW_HZ
from voicebot.tts.http_limits import Lifeline, Limits, bounded
from voicebot.tts.http_problems import Kind, Problem, Words
from voicebot.tts.protocol import AudioChunk, SpeechRequest

if TYPE_CHECKING:
    from pydantic import SecretStr

    from voicebot.settings.tts import GptTtsSettings

PCM_HZ = 24000
SPEEDS = (0.25, 1.5)
READ = "사용자가 보낸 문장을 한 글자도 바꾸거나 더하거나 빼지 말고 그대로 한국어로 소리 내어 읽으세요. 대답하지 마세요."

_CLOSE_S = 0.5
_MESSAGE_MAX_BYTES = 20_000_000
_DELTA = ("response.output_audio.delta", "response.audio.delta")
_TRANSCRIPT_DELTA = ("response.output_audio_transcript.delta", "response.audio_transcript.delta")

# The package's own logger shows keys and texts.
_QUIET = logging.Logger("voicebot.realtime", logging.CRITICAL)
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


class RealtimeReader:
    """Reads texts aloud over one WebSocket each.

    Args:
        settings: Address, model, voice.
        key: The key, or none for a server that wants none.
        limits: How long a text may take.
        words: How problems are told.
    """

    def __init__(self, settings: "GptTtsSettings", key: "SecretStr | None", limits: Limits, words: Words) -> None:
        self._settings = settings
        self._root = api_root(settings.base_url)
        self._key = key
        self._limits = limits
        self._words = words

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request, a sentence at a time, each compared with what was to be said."""
        encoding: Encoding = "mulaw" if request.encoding == "mulaw" else "pcm_s16le"
        rate_hz = MULAW_HZ if encoding == "mulaw" else PCM_HZ
        with closing(bounded(lambda lifeline: self._read(request, encoding, lifeline), self._limits)) as pieces:
            for data in pieces:
                yield AudioChunk(data, encoding, rate_hz)

    def _read(self, request: SpeechRequest, encoding: Encoding, lifeline: Lifeline) -> Generator[bytes, None, None]:
        """Yield the audio of each sentence; runs in a thread of its own."""
        voice = request.voice or self._settings.voice
        with (
            self._told(voice),
            connect(
                self._url(),
                additional_headers=bearer(self._key, self._words) if self._key or wants_key(self._root) else {},
                open_timeout=self._limits.connect_s,
                close_timeout=_CLOSE_S,
                ping_interval=None,
                max_size=_MESSAGE_MAX_BYTES,
                logger=_QUIET,
            ) as connection,
        ):
            lifeline.on_cut(lambda: _shutdown(connection))
            self._send(connection, {"type": "session.update", "session": self._session(request, voice, encoding)})
            for number, sentence in enumerate(_sayable(request.text)):
                self._send(connection, _response_create(number, sentence))
                audio, transcript = self._answer(connection, voice)
                self._check(sentence, transcript, audio)
                yield audio

    def _url(self) -> str:
        secure, _, rest = self._root.partition("://")
        return f"{'ws' if secure == 'http' else 'wss'}://{rest}/realtime?model={quote(self._settings.realtime_model)}"

    def _session(self, request: SpeechRequest, voice: str, encoding: Encoding) -> dict[str, Any]:
        format_ = {"type": "audio/pcmu"} if encoding == "mulaw" else {"type": "audio/pcm", "rate": PCM_HZ}
        manner = self._settings.instructions
        return {
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": f"{READ} {manner}" if manner else READ,
            "audio": {
                "input": {"format": format_, "turn_detection": None},
                "output": {
                    "format": format_,
                    "voice": voice,
                    "speed": min(max(request.speed, SPEEDS[0]), SPEEDS[1]),
                },
            },
        }

    def _send(self, connection: ClientConnection, event: Mapping[str, Any]) -> None:
        connection.send(json.dumps(event, ensure_ascii=False))

    def _answer(self, connection: ClientConnection, voice: str) -> tuple[bytes, str]:
        """Return the audio of one response and what it says in it."""
        audio = bytearray()
        transcript: list[str] = []
        whole = ""
        until_s = time.monotonic() + self._limits.total_s
        while True:
            event = self._event(connection.recv(timeout=max(0.0, until_s - time.monotonic())))
            kind = event.get("type")
            if kind == "error":
                raise self._refusal(event.get("error") or {}, voice)
            if kind in _DELTA:
                audio += base64.b64decode(event.get("delta") or "")
            elif kind in _TRANSCRIPT_DELTA:
                transcript.append(event.get("delta") or "")
            elif kind in ("response.output_audio_transcript.done", "response.audio_transcript.done"):
                whole = event.get("transcript") or ""
            elif kind == "response.done":
                self._check_done(event.get("response") or {}, voice)
                return bytes(audio), whole or "".join(transcript)

    def _event(self, message: str | bytes) -> Mapping[str, Any]:
        try:
            event = json.loads(message)
        except ValueError as exc:
            raise EngineError("an event is not JSON", engine=NAME, retryable=False) from exc
        return event if isinstance(event, dict) else {}

    def _check_done(self, response: Mapping[str, Any], voice: str) -> None:
        """Raise why a response was not completed."""
        status = response.get("status")
        if status == "completed":
            return
        details = response.get("status_details") or {}
        if error := details.get("error"):
            raise self._refusal(error, voice)
        if details.get("reason") == "content_filter":
            raise self._words.told(Kind.TEXT)
        raise EngineError("the model stopped before the end", engine=NAME, retryable=True, hint="try again")

    def _refusal(self, error: Mapping[str, Any], voice: str) -> VoicebotError:
        status = 400 if error.get("type") == "invalid_request_error" else 500
        problem = Problem(0, {}, json.dumps({"error": error}).encode())
        if any(code in KINDS for code in problem.codes()) or problem.is_about_voice():
            return self._words.error(problem, voice)
        code = next(iter(problem.codes()), "")
        return self._words.told(Kind.REQUEST if status == 400 else Kind.SERVER, code)

    def _check(self, sentence: str, transcript: str, audio: bytes) -> None:
        """Raise when there is no audio, or other words are in it."""
        if not audio:
            raise self._words.no_audio()
        if cache_key(transcript) != cache_key(sentence):
            raise EngineError(
                "the model said something else than the text",
                engine=NAME,
                retryable=True,
                hint="try again; for numbers and legal wording use another engine",
            )

    @contextmanager
    def _told(self, voice: str) -> Generator[None, None, None]:
        """Turn the package's errors into ours."""
        try:
            yield
        except InvalidStatus as exc:
            response = exc.response
            headers = {name.lower(): value for name, value in response.headers.raw_items()}
            if response.status_code < 400:
                raise self._no_websocket(f"HTTP {response.status_code}") from exc
            raise self._words.error(Problem(response.status_code, headers, bytes(response.body or b"")), voice) from exc
        except InvalidURI as exc:
            raise ConfigError(f"{NAME}: this address cannot be used", hint=f"check tts.{NAME}.base_url") from exc
        except InvalidHandshake as exc:
            if isinstance(exc.__cause__, EOFError | OSError):
                raise self._words.broken() from exc
            raise self._no_websocket("something else") from exc
        except ConnectionClosed as exc:
            reason = exc.rcvd.reason if exc.rcvd else ""
            code = next((part for part in reason.split(".") if part in KINDS), None)
            if code is not None:
                raise self._words.told(KINDS[code], code, voice=voice) from exc
            raise self._words.broken() from exc
        except TimeoutError as exc:
            raise self._limits.connect_error() from exc
        except OSError as exc:
            raise self._words.unreachable(self._root) from exc

    def _no_websocket(self, what: str) -> EngineError:
        return EngineError(
            f"the server answered {what} instead of opening a WebSocket",
            engine=NAME,
            retryable=False,
            hint=f"check tts.{NAME}.base_url, or set tts.{NAME}.mode to speech",
        )


def _response_create(number: int, sentence: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": sentence}]
    return {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "output_modalities": ["audio"],
            "metadata": {"sentence": str(number)},
            "instructions": READ,
            "input": [{"type": "message", "role": "user", "content": content}],
        },
    }


def _sayable(text: str) -> list[str]:
    """Return the sentences that can be compared with a transcript."""
    return [sentence for sentence in split_sentences(text) if has_speech(sentence)]


def _shutdown(connection: ClientConnection) -> None:
    with suppress(OSError):  # it was closed already
        socket.socket.shutdown(connection.socket, socket.SHUT_RDWR)
