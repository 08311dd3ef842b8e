"""A call as it happens, on the terminal."""

from voicebot.cli.console import Console
from voicebot.flow.annotations import is_hit, stages_ms
from voicebot.flow.result import BlockVisit, Spoken


class Watcher:
    """`voicebot.flow.ports.Observer` that prints a transcript line for each utterance and, with -v, each block."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def spoken(self, entry: Spoken) -> None:
        """Show what was just said."""
        who = "bot   " if entry.who == "bot" else "caller"
        text = entry.text or f"({entry.kind})"
        self._console.line(f"{_time(entry.start_s)} {who}  {text}{_notes(entry)}")

    def block(self, visit: BlockVisit) -> None:
        """Show the block that has just ended."""
        error = f"  error: {visit.error}" if visit.error else ""
        self._console.detail(
            f"         [{visit.identifier}] {visit.type} -> {visit.next_block or 'end'} {visit.work_ms:.1f} ms{error}"
        )


def _time(seconds: float) -> str:
    return f"{int(seconds // 60):02d}:{seconds % 60:06.3f}"


def _notes(entry: Spoken) -> str:
    if entry.who == "bot" or entry.intent is None:
        return ""
    hit = {True: "hit", False: "miss", None: "-"}[is_hit(entry)]
    stages = " ".join(f"{name} {ms:g} ms" for name, ms in stages_ms(entry).items())
    intent = entry.annotations.get("voicebot_intent") or entry.intent
    return f"   [{intent}, {hit}{', ' + stages if stages else ''}]"
