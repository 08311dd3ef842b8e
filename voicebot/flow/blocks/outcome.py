"""How a block can end, when it does not fail."""

from dataclasses import dataclass

from voicebot.flow.result import DisconnectReason


@dataclass(frozen=True)
class Continues:
    """The flow goes on; `result` is what the block's conditions are compared with, None when it has none."""

    result: str | None = None


@dataclass(frozen=True)
class Ends:
    """The flow is over: somebody hung up, or (with a queue and no reason) the caller waits for an agent."""

    reason: DisconnectReason | None
    queue: str | None = None


@dataclass(frozen=True)
class Transfers:
    """Another flow takes over."""

    flow_id: str


Outcome = Continues | Ends | Transfers
