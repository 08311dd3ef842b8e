"""How a block can end, when it does not fail."""

from dataclasses import dataclass

from voicebot.flow.result import DisconnectReason


@dataclass(frozen=True)
class Continues:
    """The flow goes on; `result` is what the block's conditions are compared with, None when it has none."""

    result: str | None = None


@dataclass(frozen=True)
class Ends:
    """The flow is over.

    Args:
        reason: Who hung up; None when the contact goes on without the flow.
        queue: Where the caller waits for an agent, or has one.
        is_answered: True when an agent has taken the call.
        is_flow_only: True when a contact that waits in a queue goes on waiting.
    """

    reason: DisconnectReason | None
    queue: str | None = None
    is_answered: bool = False
    is_flow_only: bool = False


@dataclass(frozen=True)
class Transfers:
    """Another flow takes over."""

    flow_id: str


@dataclass(frozen=True)
class Enters:
    """A module runs, and then this flow goes on."""

    module_id: str


@dataclass(frozen=True)
class Returns:
    """A module is over; `result` is what the conditions of the block that invoked it are compared with."""

    result: str | None = None


Outcome = Continues | Ends | Transfers | Enters | Returns
