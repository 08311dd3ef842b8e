"""The asked sample rate and encoding, whatever the engine gives."""

from collections.abc import Iterator
from dataclasses import replace

from voicebot.audio.clip import SAMPLE_BYTES, Clip, Encoding
from voicebot.audio.resample import Resampler
from voicebot.tts.protocol import AudioChunk, SpeechRequest, closing
from voicebot.tts.wrappers.wrapper import Wrapper


class FormattedTts(Wrapper):
    """Asks an engine for the wanted format if it has it, and converts what comes in another.

    Args:
        engine: The engine.
    """

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return audio in the asked encoding, of whole samples, at the asked rate or else the engine's own."""
        info = self._engine.info
        wanted_hz = request.sample_rate_hz or info.sample_rates_hz[0]
        native = replace(
            request,
            sample_rate_hz=wanted_hz if wanted_hz in info.sample_rates_hz else info.sample_rates_hz[0],
            encoding=request.encoding if request.encoding in info.encodings else info.encodings[0],
        )
        return self._converted(self._engine.stream(native), request.encoding, request.sample_rate_hz)

    def _converted(
        self, stream: Iterator[AudioChunk], encoding: Encoding, sample_rate_hz: int | None
    ) -> Iterator[AudioChunk]:
        converter: _Converter | None = None
        with closing(stream) as chunks:
            for piece in chunks:
                if converter is None:
                    converter = _Converter(piece, encoding, sample_rate_hz or piece.sample_rate_hz)
                elif not converter.takes(piece):  # another engine took over
                    yield from converter.finish()
                    converter = _Converter(piece, encoding, converter.sample_rate_hz)
                if converter.passes(piece):
                    yield piece
                else:
                    yield from converter.feed(piece.data)
        if converter is not None:
            yield from converter.finish()


class _Converter:
    """Turns audio of one format into another and keeps what belongs to the next piece."""

    def __init__(self, first: AudioChunk, encoding: Encoding, sample_rate_hz: int) -> None:
        self.sample_rate_hz = sample_rate_hz
        self._encoding = encoding
        self._from = (first.encoding, first.sample_rate_hz)
        self._is_same = self._from == (encoding, sample_rate_hz)
        self._resampler = Resampler(first.sample_rate_hz, sample_rate_hz)
        self._rest = b""

    def takes(self, piece: AudioChunk) -> bool:
        """Say whether a piece has the format that this one converts."""
        return (piece.encoding, piece.sample_rate_hz) == self._from

    def passes(self, piece: AudioChunk) -> bool:
        """Say whether a piece is what comes out already, of whole samples."""
        return (
            self._is_same and not self._rest and bool(piece.data) and not len(piece.data) % SAMPLE_BYTES[self._from[0]]
        )

    def feed(self, data: bytes) -> Iterator[AudioChunk]:
        """Yield what is ready, of whole samples."""
        data = self._rest + data
        end = len(data) - len(data) % SAMPLE_BYTES[self._from[0]]
        data, self._rest = data[:end], data[end:]
        if not self._is_same:
            clip = Clip.from_bytes(data, *self._from)
            data = Clip(self._resampler.feed(clip.samples), self.sample_rate_hz).to_bytes(self._encoding)
        yield from self._chunk(data)

    def finish(self) -> Iterator[AudioChunk]:
        """Yield the end that the resampler kept; half a sample is dropped."""
        if not self._is_same:
            yield from self._chunk(Clip(self._resampler.finish(), self.sample_rate_hz).to_bytes(self._encoding))

    def _chunk(self, data: bytes) -> Iterator[AudioChunk]:
        if data:
            yield AudioChunk(data, self._encoding, self.sample_rate_hz)
