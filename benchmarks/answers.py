"""How fast an approved answer is found."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Row, call_ms
from lambdas.lex_hook import handler as lex_hook
from lambdas.next_batch import handler as next_batch
from lambdas.runtime import kept
from voicebot.cache.protocol import Answer
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings.load import load

ANSWERS = 10_000


def rows() -> Iterator[Row]:
    """Measure a cached turn and a raw store read with many answers."""
    with tempfile.TemporaryDirectory() as folder:
        voicebot = Voicebot(load(env={"HOME": folder}, overrides={"data_dir": str(Path(folder) / "data")}), HANDLERS)
        _fill(voicebot)
        with kept():
            voicebot.prewarm_turns()
        turn = itertools.count(1)
        key = voicebot.lookup.key("물음 77번이에요")
        read_ms, _ = call_ms(lambda: voicebot.answers.get(key))
        cached_ms, cached_p99_ms = call_ms(lambda: _cached_turn(voicebot, next(turn)))
        voicebot.database.close()
    measured = f"median {cached_ms:.1f} ms, 99th percentile {cached_p99_ms:.1f} ms"
    yield Row(f"a cached turn, both hooks to the first clip's URL, at {ANSWERS:,} answers", measured, "under 20 ms")
    yield Row("one read of the answer store (SQLite)", f"{read_ms * 1000:.0f} µs", "")


def _fill(voicebot: Voicebot) -> None:
    for n in range(ANSWERS):
        text = f"물음 {n}번이에요"
        voicebot.answers.put(
            Answer(voicebot.lookup.key(text), text, f"a{n}", "답", "답", "", ("clips/a.wav",), "local", "ko", 1, 0.0)
        )


def _cached_turn(voicebot: Voicebot, turn: int) -> None:
    event = {
        "sessionId": "bench",
        "invocationSource": "DialogCodeHook",
        "inputTranscript": f"저기 물음 {turn % ANSWERS}번이에요",
        "sessionState": {"intent": {"name": "FallbackIntent"}, "sessionAttributes": {"voicebot_turn": str(turn)}},
    }
    lex_hook.handle(event, voicebot)
    reply = lex_hook.handle({**event, "invocationSource": "FulfillmentCodeHook"}, voicebot)
    attributes = reply["sessionState"]["sessionAttributes"]
    assert attributes["voicebot_hit"] == "true"
    contact = {"ContactId": "bench"}
    parameters = {"JobId": attributes["voicebot_job"], "NextIndex": "0"}
    url = next_batch.handle({"Details": {"ContactData": contact, "Parameters": parameters}}, voicebot)["AudioUrl"]
    assert url
