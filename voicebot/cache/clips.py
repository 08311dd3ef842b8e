"""Prompts as Connect plays them, in the blob store."""

import hashlib
from typing import Protocol

from voicebot.audio.clip import Clip
from voicebot.audio.wav import check_connect_prompt, wav_bytes
from voicebot.cache.protocol import BlobStore
from voicebot.errors import EngineError

CLIP_TYPE = "audio/wav"


class PromptVoice(Protocol):
    """Makes prompts in the voice that answers have."""

    engine: str
    voice: str

    def prompt(self, text: str) -> Clip:
        """Return `text` spoken, ready for the telephone: 8 kHz, levelled, without clicks at its ends."""
        ...


def clip_key(wav: bytes) -> str:
    """Return the content address of a clip."""
    digest = hashlib.sha256(wav).hexdigest()
    return f"clips/{digest[:2]}/{digest}.wav"


def store_clip(blobs: BlobStore, clip: Clip) -> str:
    """Store `clip` as a prompt that Connect plays and return its key.

    Raises:
        EngineError: The clip would not play; nothing is stored.
    """
    wav = wav_bytes(clip, "mulaw")
    reasons = check_connect_prompt(wav)
    if reasons:
        raise EngineError(f"made a clip that Connect would not play: {reasons[0]}", engine="audio", retryable=False)
    key = clip_key(wav)
    if not blobs.exists(key):
        blobs.put(key, wav, CLIP_TYPE)
    return key
