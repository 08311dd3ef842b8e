"""Prompts as Connect plays them, in the blob store."""

import hashlib
from typing import Protocol

from voicebot.audio.clip import Clip
from voicebot.audio.wav import check_connect_prompt, wav_bytes
from voicebot.cache.protocol import BlobStore
from voicebot.errors import EngineError, NotFoundError

CLIP_TYPE = "audio/wav"

CLIPS = "clips"
"""The folder of everything that is played once or kept by its own list."""

ANSWERS = "answers"
"""The folder of approved answers' clips: what no answer or inbox item names there is nobody's (`orphans.py`)."""


class PromptVoice(Protocol):
    """Makes prompts in the voice that answers have."""

    engine: str
    voice: str

    def prompt(self, text: str) -> Clip:
        """Return `text` spoken, ready for the telephone: 8 kHz, levelled, without clicks at its ends."""
        ...


def clip_key(wav: bytes, folder: str = CLIPS) -> str:
    """Return the content address of a clip."""
    digest = hashlib.sha256(wav).hexdigest()
    return f"{folder}/{digest[:2]}/{digest}.wav"


def prompt_wav(clip: Clip) -> bytes:
    """Return a clip as the file that Connect plays.

    Raises:
        EngineError: It would not play.
    """
    wav = wav_bytes(clip, "mulaw")
    reasons = check_connect_prompt(wav)
    if reasons:
        raise EngineError(f"made a clip that Connect would not play: {reasons[0]}", engine="audio", retryable=False)
    return wav


def store_clip(blobs: BlobStore, clip: Clip) -> str:
    """Store `clip` as a prompt that Connect plays and return its key.

    Raises:
        EngineError: The clip would not play; nothing is stored.
    """
    wav = prompt_wav(clip)
    key = clip_key(wav)
    if not blobs.exists(key):
        blobs.put(key, wav, CLIP_TYPE)
    return key


def playable(blobs: BlobStore, key: str) -> tuple[bytes, str]:
    """Return a stored clip, and what is wrong with it, or an empty string."""
    try:
        with blobs.open(key) as file:
            wav = file.read()
    except NotFoundError:
        return b"", "the clip is gone"
    reasons = check_connect_prompt(wav)
    return wav, f"the clip is broken: {reasons[0]}" if reasons else ""
