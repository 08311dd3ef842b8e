"""Clients of outbound calls in a Korean moment, and a dialer that only counts."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voicebot.call.plan import CallPlan, Contact
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import NotFoundError, VoicebotError
from voicebot.settings.load import load

NUMBER = "+821055554444"
SEOUL = ZoneInfo("Asia/Seoul")


def korean(text: str) -> float:
    """Return a Korean moment in seconds since the epoch."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL).timestamp()


def client_at(folder: Path, moment: str, **overrides: object) -> Voicebot:
    """Return a client on the local backend whose clock stands at a Korean moment."""
    dotted = {name.replace("__", "."): value for name, value in overrides.items()}
    settings = load(env={"HOME": str(folder)}, overrides={"data_dir": str(folder / "data"), **dotted})
    return Voicebot(settings, HANDLERS, VirtualClock(korean(moment), timer=lambda: 0.0))


@dataclass
class CountingDialer:
    """`Dialer` that keeps what it was asked, and fails when told to."""

    clock: VirtualClock
    fails: list[VoicebotError | None] = field(default_factory=list)
    placed: list[tuple[float, CallPlan, str]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    known: dict[str, Contact] = field(default_factory=dict)

    def place(self, plan: CallPlan, token: str) -> Contact:
        """Return a contact that is named by its token."""
        failure = self.fails.pop(0) if self.fails else None
        if failure:
            raise failure
        self.placed.append((self.clock.now(), plan, token))
        return self.known.setdefault(f"contact-{token[:12]}", Contact(f"contact-{token[:12]}"))

    def status(self, contact_id: str) -> Contact:
        """Return what a test put there."""
        if contact_id not in self.known:
            raise NotFoundError("there is no such contact")
        return self.known[contact_id]

    def stop(self, contact_id: str) -> None:
        """Keep that it was asked."""
        self.stopped.append(contact_id)
