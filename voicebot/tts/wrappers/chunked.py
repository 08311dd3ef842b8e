"""Long texts, piece by piece: the first piece is heard while the next ones are being made."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, repeat

from voicebot.tts.pieces import pieces
from voicebot.tts.protocol import AudioChunk, EngineInfo, SpeechEngine, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper

FIRST_MAX_CHARS = 100
MAX_CHARS = 140
PIECES_AHEAD = 2


class ChunkedTts(Wrapper):
    """Cuts a text at sentences and has an engine say the pieces, in order.

    Args:
        engine: The engine; it is used by several threads at once.
        first_max_chars: The longest first piece; the shorter, the sooner something is heard.
        max_chars: The longest later piece.
        pieces_ahead: How many pieces are made, or wait made, before their turn.
        for_text: Gives the engines for the pieces of one text, in order; without it all pieces have the one engine.
    """

    def __init__(
        self,
        engine: SpeechEngine,
        first_max_chars: int = FIRST_MAX_CHARS,
        max_chars: int = MAX_CHARS,
        pieces_ahead: int = PIECES_AHEAD,
        for_text: Callable[[], Iterator[SpeechEngine]] | None = None,
    ) -> None:
        super().__init__(engine)
        self._first_max_chars = first_max_chars
        self._max_chars = max_chars
        self._pieces_ahead = pieces_ahead
        self._for_text = for_text or (lambda: repeat(engine))

    @property
    def info(self) -> EngineInfo:
        """Return what the engine can do, in audio that comes while the rest is made."""
        return replace(self._engine.info, streaming=True)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of all pieces as one stream."""
        limit = self._engine.info.max_chars
        texts = pieces(request.text, min(self._first_max_chars, limit), min(self._max_chars, limit))
        return self._in_order(zip(map(request.saying, texts), self._for_text(), strict=False))

    def _in_order(self, work: Iterator[tuple[SpeechRequest, SpeechEngine]]) -> Iterator[AudioChunk]:
        """Yield the first piece as it comes, and have the others made from its first audio on."""
        ahead: deque[_Piece] = deque()

        def go_ahead() -> None:
            for request, engine in islice(work, self._pieces_ahead - len(ahead)):
                ahead.append(_Piece(engine, request))

        try:
            for first, engine in islice(work, 1):
                with closing(engine.stream(first)) as chunks:
                    for audio in chunks:
                        yield audio
                        go_ahead()
            go_ahead()
            while ahead:
                yield from ahead[0].chunks()
                ahead.popleft()
                go_ahead()
        finally:
            for piece in ahead:
                piece.abandon()


class _Piece:
    """One piece, made in a thread of its own; its audio waits here for its turn."""

    def __init__(self, engine: SpeechEngine, request: SpeechRequest) -> None:
        self._engine = engine
        self._request = request
        self._made: queue.SimpleQueue[AudioChunk | BaseException | None] = queue.SimpleQueue()
        self._is_abandoned = threading.Event()
        threading.Thread(target=self._make, name="speech piece", daemon=True).start()

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield the audio; raise here what the engine raised there."""
        while (item := self._made.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def abandon(self) -> None:
        """Stop the engine at its next chunk."""
        self._is_abandoned.set()

    def _make(self) -> None:
        try:
            with closing(self._engine.stream(self._request)) as chunks:
                for audio in chunks:
                    if self._is_abandoned.is_set():
                        return
                    self._made.put(audio)
            self._made.put(None)
        except BaseException as exc:  # it is raised again on the listener's side
            self._made.put(exc)
