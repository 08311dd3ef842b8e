"""The one right order of the wrappers around an engine.

From the engine outwards::

    GatheredTts     fewer and larger pieces for all that follows
    FormattedTts    the engine's own format if it is the asked one, else converted: what follows has one format
    LimitedTts      a turn lasts as long as the engine works, not as long as somebody listens
    DeadlinesTts    one try's time; the queue before it does not count
    RetryingTts     more tries in the same total time
    MeteredTts      what the engine's part took and cost, queue and tries included; nothing for what is cached
    BreakerTts      counts failures that tries did not mend            -- up to here: one `build_link` an engine
    CachedTts       by engine and spoken text: another engine's voice never gets under the first one's key
    FallbackTts     the next engine, a piece at a time
    SpokenTts       the spoken form of the piece
    ChunkedTts      the pieces, some ahead of playback
    CheckedTts      refuses what makes no sense before any of this begins
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from voicebot.clock import Clock
from voicebot.settings.tts import TtsSettings
from voicebot.tts.protocol import SpeechEngine
from voicebot.tts.wrappers.breaker import BreakerTts
from voicebot.tts.wrappers.cached import CachedTts
from voicebot.tts.wrappers.checked import CheckedTts
from voicebot.tts.wrappers.chunked import ChunkedTts
from voicebot.tts.wrappers.deadlines import DeadlinesTts
from voicebot.tts.wrappers.fallback import FallbackTts, Link
from voicebot.tts.wrappers.formatted import FormattedTts
from voicebot.tts.wrappers.gathered import GatheredTts
from voicebot.tts.wrappers.limited import Gate, LimitedTts
from voicebot.tts.wrappers.metered import Measured, MeteredTts
from voicebot.tts.wrappers.retrying import RetryingTts
from voicebot.tts.wrappers.spoken import SpokenTts

_GRACE_S = 0.5
"""An engine that keeps limits of its own is let say itself what was late."""


def build_link(
    name: str,
    engine: SpeechEngine,
    tts: TtsSettings,
    clock: Clock | None = None,
    report: Callable[[Measured], None] | None = None,
) -> BreakerTts:
    """Return an engine that is limited, bounded in time, asked again, metered and watched.

    Queue and breaker are the link's own, so a process builds one link an engine and shares it.

    Args:
        name: The engine's name; its section of `tts` may have limits of its own.
        engine: The bare engine.
        tts: The settings of speech.
        clock: The time.
        report: Takes the figures of each request.
    """
    own = getattr(tts, name, None)
    total_s = getattr(own, "total_s", tts.total_s)
    own_first_s = getattr(own, "first_byte_s", None)
    first_audio_s = tts.first_audio_s if own_first_s is None else own_first_s + _GRACE_S
    gate = Gate(
        name,
        getattr(own, "max_concurrent", None) or tts.max_concurrent,
        getattr(own, "requests_per_minute", None) or tts.requests_per_minute,
        tts.queue_wait_s,
        clock,
    )
    bounded = DeadlinesTts(LimitedTts(FormattedTts(GatheredTts(engine)), gate), first_audio_s, total_s)
    asked: SpeechEngine = RetryingTts(bounded, tts.tries, clock=clock)
    if report is not None:
        asked = MeteredTts(asked, report)
    return BreakerTts(asked, tts.breaker_failures, tts.breaker_pause_s, clock)


def build_stack(
    links: Mapping[str, BreakerTts],
    tts: TtsSettings,
    words: Mapping[str, str] | None = None,
    cache: Path | None = None,
    pieces_ahead: int | None = None,
) -> SpeechEngine:
    """Return one engine over a chain of links.

    Args:
        links: The links by name, in the order in which they are asked.
        tts: The settings of speech.
        words: The pronunciation dictionary.
        cache: The folder of the speech cache; None keeps nothing.
        pieces_ahead: Instead of `tts.parallel_chunks`.
    """

    def cached(name: str, link: BreakerTts) -> SpeechEngine:
        if cache is None or not tts.cache_max_mb:
            return link
        own = getattr(tts, name, None)
        # What decides the sound besides the request; the pronunciations have gone into its text.
        decides = {"engine": own.model_dump(mode="json") if own else {}}
        return CachedTts(link, cache, tts.cache_max_mb * 2**20, decides)

    chain = FallbackTts([Link(cached(name, link), link) for name, link in links.items()])

    def for_text() -> Iterator[SpeechEngine]:
        return (SpokenTts(piece, words) for piece in chain.pieces())

    ahead = pieces_ahead or tts.parallel_chunks
    chunked = ChunkedTts(SpokenTts(chain, words), tts.first_chunk_max_chars, tts.chunk_max_chars, ahead, for_text)
    return CheckedTts(chunked)


def chain_names(first: str, fallback: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a chain, each once."""
    return tuple(dict.fromkeys((first, *fallback)))
