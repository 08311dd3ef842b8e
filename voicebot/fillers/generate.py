"""Synthesise fillers in the bot's own voice."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from operator import attrgetter

from voicebot.cache.clips import PromptVoice, store_clip
from voicebot.cache.protocol import BlobStore
from voicebot.errors import InputError
from voicebot.fillers.catalogue import FillerText
from voicebot.fillers.shelf import Filler, FillerShelf


@dataclass(frozen=True)
class GenerateReport:
    """What was synthesised, or would be.

    Attributes:
        made: How many fillers are new.
        kept: How many were there in the same voice.
        fillers: All of them.
    """

    made: int
    kept: int
    fillers: tuple[Filler, ...]


def chosen(texts: Iterable[FillerText], categories: Collection[str]) -> list[FillerText]:
    """Return the texts of `categories`, or all of them when none is named.

    Raises:
        InputError: There is no such category.
    """
    texts = list(texts)
    known = {text.category for text in texts}
    unknown = sorted(set(categories) - known)
    if unknown:
        raise InputError(f"there is no filler category {unknown[0]!r}", hint=f"categories: {', '.join(sorted(known))}")
    return [text for text in texts if not categories or text.category in categories]


class FillerMaker:
    """Puts fillers on the shelf, a category at a time; a run that was killed is gone on with.

    Args:
        voice: The voice of the answers.
        blobs: Takes the clips.
    """

    def __init__(self, voice: PromptVoice, blobs: BlobStore) -> None:
        self._voice = voice
        self._blobs = blobs

    def known(self, texts: Iterable[FillerText]) -> dict[str, Filler]:
        """Return the fillers that need not be made again, by text."""
        wanted = {text.text for text in texts}
        return {
            filler.text: filler
            for filler in FillerShelf(self._blobs).fillers
            if filler.text in wanted
            and (filler.engine, filler.voice) == (self._voice.engine, self._voice.voice)
            and self._blobs.exists(filler.key)
        }

    def run(
        self,
        texts: Iterable[FillerText],
        is_fresh: bool = False,
        on_filler: Callable[[Filler], None] = lambda filler: None,
    ) -> GenerateReport:
        """Make what is missing of `texts`, all of one category together, in place of the category's fillers.

        Args:
            texts: What to say.
            is_fresh: Make what is there, too.
            on_filler: Hears of each filler.
        """
        texts = list(texts)
        known = {} if is_fresh else self.known(texts)
        shelf = FillerShelf(self._blobs)
        fillers: list[Filler] = []
        for category, group in groupby(texts, key=attrgetter("category")):
            ready = []
            for text in group:
                old = known.get(text.text)
                ready.append(replace(old, **asdict(text)) if old else self._made(text))
                on_filler(ready[-1])
            shelf.put(category, ready)
            fillers += ready
        return GenerateReport(len(fillers) - len(known), len(known), tuple(fillers))

    def _made(self, text: FillerText) -> Filler:
        clip = self._voice.prompt(text.text)
        key = store_clip(self._blobs, clip)
        duration_s = round(clip.duration_s, 3)
        return Filler(
            **asdict(text), key=key, duration_s=duration_s, engine=self._voice.engine, voice=self._voice.voice
        )
