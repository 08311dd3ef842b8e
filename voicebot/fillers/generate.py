"""Synthesise fillers in the bot's own voice."""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict

from voicebot.cache.clips import PromptVoice, store_clip
from voicebot.cache.protocol import BlobStore
from voicebot.errors import InputError
from voicebot.fillers.catalogue import FillerText
from voicebot.fillers.shelf import MANIFEST_KEY, Filler, FillerShelf


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


def generate(
    texts: Iterable[FillerText],
    voice: PromptVoice,
    blobs: BlobStore,
    on_filler: Callable[[Filler], None] = lambda filler: None,
) -> tuple[Filler, ...]:
    """Synthesise `texts` and put them on the shelf, in place of those of the same categories."""
    made: list[Filler] = []
    for text in texts:
        clip = voice.prompt(text.text)
        filler = Filler(**asdict(text), key=store_clip(blobs, clip), duration_s=round(clip.duration_s, 3))
        made.append(filler)
        on_filler(filler)
    replaced = {filler.category for filler in made}
    kept = [filler for filler in FillerShelf(blobs).fillers if filler.category not in replaced]
    rows = json.dumps([asdict(filler) for filler in (*kept, *made)], ensure_ascii=False, indent=1)
    blobs.put(MANIFEST_KEY, rows.encode(), "application/json")
    return tuple(made)
