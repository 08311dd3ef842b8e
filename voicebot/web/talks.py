"""Conversations of web clients."""

import queue
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from voicebot.cache.lookup import describe
from voicebot.chat.protocol import ChatEngine, ReplyDelta, Session
from voicebot.chat.session import ChatAnswer, Conversation
from voicebot.chat.sessions import SessionFiles
from voicebot.client import Voicebot
from voicebot.errors import VoicebotError

_LOCKS = 64


class Talks:
    """Goes on with conversations by name; one message of a conversation at a time.

    Args:
        client: Where the engines are.
    """

    def __init__(self, client: Voicebot) -> None:
        self._client = client
        self._files = SessionFiles(client.settings.data_dir / "sessions")
        self._engine_lock = threading.Lock()
        self._engines: dict[str | None, ChatEngine] = {}
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def close(self) -> None:
        """Close the connections of engines that keep some."""
        for engine in self._engines.values():
            close = getattr(engine, "close", None)
            if close is not None:
                close()

    def history(self, name: str) -> Session:
        """Return a conversation as far as it went."""
        return self._files.load(name)

    def forget(self, name: str) -> None:
        """Begin a conversation anew."""
        with self._lock(name):
            self._files.save(name, Session(name))

    def found(self, message: str) -> dict[str, Any]:
        """Return whether a caller who says this would hear an approved answer."""
        report = describe(self._client.lookup, self._client.blobs, message)
        return {"hit": report.hit, "reason": report.reason, "score": report.score, "milliseconds": report.milliseconds}

    def answer(self, message: str, engine: str | None, name: str | None = None) -> ChatAnswer:
        """Return the whole answer to a message."""
        answers = (item for item in self.reply(message, engine, name) if isinstance(item, ChatAnswer))
        return next(answers)

    def reply(self, message: str, engine: str | None, name: str | None = None) -> Iterator[ReplyDelta | ChatAnswer]:
        """Yield the pieces of a reply as they come, and the whole answer at the end.

        Args:
            message: What was written.
            engine: The chat engine; None is the configured one.
            name: The conversation; None is one that nobody goes on with.

        Raises:
            InputError: There is nothing to answer in the message.
            ConfigError: The engine is not set up.
            EngineError: The engine failed.
        """
        chat = self._engine(engine)
        pieces: queue.SimpleQueue[ReplyDelta | ChatAnswer | BaseException] = queue.SimpleQueue()

        def work() -> None:
            try:
                with self._lock(name or ""):
                    conversation = Conversation(chat, self._files.load(name) if name else None)
                    answer = conversation.answer(message, pieces.put)
                    if name:
                        self._files.save(name, conversation.session)
                pieces.put(answer)
            except BaseException as exc:  # it is raised again on the listener's side
                pieces.put(exc)

        threading.Thread(target=work, name="chat", daemon=True).start()
        while True:
            piece = pieces.get()
            if isinstance(piece, BaseException):
                raise piece
            yield piece
            if isinstance(piece, ChatAnswer):
                return

    def _engine(self, name: str | None) -> ChatEngine:
        """Return an engine, the same one each time: it keeps its connection."""
        with self._engine_lock:
            if name not in self._engines:
                self._engines[name] = self._client.chat_engine(name)
            return self._engines[name]

    def _lock(self, name: str) -> threading.Lock:
        return self._locks[hash(name) % _LOCKS]


def plain(answer: ChatAnswer) -> dict[str, Any]:
    """Return an answer as a JSON object."""
    return asdict(answer)


def problem_of(error: VoicebotError) -> dict[str, Any]:
    """Return an error that comes too late for a status, as a JSON object."""
    return {"kind": type(error).__name__, "detail": error.message, "hint": error.hint}
