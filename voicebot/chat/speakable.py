"""A language model's text made fit for the telephone: no markdown, no lists, no emoji, whole sentences."""

from collections.abc import Iterator

from voicebot.korean.normalize import has_speech
from voicebot.korean.patterns import pattern
from voicebot.korean.sentences import SentenceBuffer

_LINK = r"!?\[([^\]]*)\]\([^)]*\)"
_ADDRESS = r"(?:https?://|www\.)[^\s가-힣)]+"
_LINE_MARK = r"^\s*(?:#{1,6}\s+|>\s*|[-*+•·▪◦○●■□▶►✓✔☑–—]\s+|\d{1,2}[.)]\s+|\|)+"
_MARKUP = r"\*+|_{2,}|~~|`+|(?<!\w)_|_(?!\w)|<[/a-zA-Z][^<>]*>"
_RULE = r"^[\s|:*_=-]+$"
_EMOJI = (
    "[\u203b\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe0e\ufe0f\u200d\u20e3"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_LAUGHTER = "[\u3131-\u318e]+"
_TILDES = r"(?<=[가-힣])[~〜～]+"
_ENDS = (".", "!", "?", "…", ",", ":", ";")


class SpeakableStream:
    """Takes a reply as it is written and gives out its sentences, each as soon as it is complete."""

    def __init__(self) -> None:
        """Start empty."""
        self._buffer = SentenceBuffer()

    def feed(self, delta: str, *, is_last: bool = False) -> Iterator[str]:
        """Add the next piece; yield the sentences that it completed, all that is left when it is the last."""
        sentences = self._buffer.feed(delta)
        for sentence in sentences + (self._buffer.flush() if is_last else []):
            text = speakable(sentence)
            if text:
                yield text


def speakable(sentence: str) -> str:
    """Return one sentence or line without anything that cannot be said; empty when nothing is left to say."""
    if pattern(_RULE).match(sentence):
        return ""
    text = pattern(_LINK).sub(r"\1", sentence)
    for source in (_ADDRESS, _EMOJI, _LAUGHTER, _LINE_MARK, _MARKUP, _TILDES):
        text = pattern(source).sub(" " if source in (_EMOJI, _ADDRESS) else "", text)
    text = pattern(r"\s+([.,!?…])").sub(r"\1", " ".join(text.replace("|", " ").split()))
    if not has_speech(text):
        return ""
    return text.rstrip(":;,") + "." if not text.endswith(_ENDS[:4]) else text
