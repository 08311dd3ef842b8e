"""Which raw format to ask a provider for."""

from collections.abc import Sequence

from voicebot.audio.clip import Encoding
from voicebot.tts.protocol import SpeechRequest

MULAW_HZ = 8000


def raw_format(request: SpeechRequest, pcm_hz: Sequence[int]) -> tuple[Encoding, int]:
    """Return the telephone's own format where it is wanted, or 16-bit audio at the nearest rate that there is.

    Args:
        request: What is wanted.
        pcm_hz: The provider's rates of 16-bit audio, its own first.
    """
    if request.encoding == "mulaw" and request.sample_rate_hz in (None, MULAW_HZ):
        return "mulaw", MULAW_HZ
    wanted_hz = request.sample_rate_hz
    return "pcm_s16le", wanted_hz if wanted_hz is not None and wanted_hz in pcm_hz else pcm_hz[0]
