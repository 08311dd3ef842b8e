"""One outbound call before it is placed, and what becomes of it."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from voicebot.flow.result import CallResult

Purpose = Literal["service", "ad"]
PURPOSES: tuple[Purpose, ...] = ("service", "ad")

State = Literal["dialling", "created", "connected", "ended"]
Outcome = Literal[
    "", "answered", "agent", "opted_out", "voicemail", "no_answer", "busy", "invalid", "failed", "stopped"
]


@dataclass(frozen=True)
class CallPlan:
    """One outbound call; the same object for the guard, for either backend, and for the dry run.

    Attributes:
        number: Who is called, in E.164 form.
        person: What stands for the number wherever it is written down.
        purpose: A message about a service that is used (``service``), or advertising (``ad``).
        engine: Speaks the intro and the live answers.
        name: How the person is addressed, or an empty string.
        about: What the call is about, in words.
        intro: The first prompt.
        message: What is said once the person has time, or an empty string.
        caller_id: The number that is shown, in E.164 form.
        day: The Korean day it is planned for, as 2026-11-25.
        attempt: Counts the calls to this person for this plan, from 1.
        campaign: Whose call it is, or an empty string.
        night_reason: Why a service call must go out in the quiet hours; logged.
        max_length_s: The longest that the bot talks.
        intro_url: Where the intro's clip is, once it is synthesised.
    """

    number: str
    person: str
    purpose: Purpose
    engine: str
    name: str
    about: str
    intro: str
    caller_id: str
    day: str
    message: str = ""
    attempt: int = 1
    campaign: str = ""
    night_reason: str = ""
    max_length_s: int = 300
    intro_url: str = ""

    @property
    def token(self) -> str:
        """Return what makes a repeat of this call the same call: made from the plan and its day, not from the number."""
        parts = (
            self.person,
            self.purpose,
            self.engine,
            self.campaign,
            self.intro,
            self.message,
            self.day,
            str(self.attempt),
        )
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

    def with_clip(self, url: str) -> "CallPlan":
        """Return the plan with its intro synthesised."""
        return replace(self, intro_url=url)

    def attributes(self, now_s: float, ring_s: float) -> dict[str, str]:
        """Return the contact's attributes, which the flow reads. Their names are ASCII: Connect takes no others.

        Args:
            now_s: When it is dialled.
            ring_s: How long it may ring.
        """
        return {
            "engine": self.engine,
            "name": self.name,
            "purpose": self.purpose,
            "campaign": self.campaign,
            "intro": self.intro,
            "message": self.message,
            "intro_kind": "clip" if self.intro_url else "text",
            "intro_url": self.intro_url,
            "deadline": str(int(now_s + ring_s + self.max_length_s)),
        }


@dataclass(frozen=True)
class Contact:
    """What became of a call.

    Attributes:
        id: The contact's id.
        state: How far it is.
        outcome: How it ended, as far as is known.
        connected_at_s: When somebody answered, seconds since the Unix epoch.
        ended_at_s: When it was over.
        reason: Who ended it, in Connect's words.
        held: The whole call, where it was held on this machine.
    """

    id: str
    state: State = "created"
    outcome: Outcome = ""
    connected_at_s: float | None = None
    ended_at_s: float | None = None
    reason: str = ""
    held: "CallResult | None" = None


class Dialer(Protocol):
    """Places calls."""

    def place(self, plan: CallPlan, token: str) -> Contact:
        """Return the contact of a call that is placed now; the same token is the same call.

        Raises:
            RefusedError: This call will never be placed.
            StorageError: It may be, later.
            ConfigError: No call can be placed like this.
        """
        ...

    def status(self, contact_id: str) -> Contact:
        """Return what is known of a call now.

        Raises:
            NotFoundError: There is no such call.
        """
        ...

    def stop(self, contact_id: str) -> None:
        """End a call; one that is over stays so.

        Raises:
            NotFoundError: There is no such call.
        """
        ...
