"""The beginning of a call's transcription, once however often a flow or Lambda asks for it."""

from voicebot.transcribe.protocol import Relay, TranscriptStore
from voicebot.transcribe.task import TranscribeTask


def start_once(store: TranscriptStore, relay: Relay, task: TranscribeTask) -> bool:
    """Have a call transcribed, unless that has begun already; return whether it begins now.

    Two at a time would keep every word twice. One that could not be handed over may be asked for again.
    """
    if not store.begin(task.contact_id):
        return False
    try:
        relay.start(task)
    except Exception:
        store.remove(task.contact_id)
        raise
    return True
