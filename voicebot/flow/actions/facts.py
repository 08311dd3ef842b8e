"""What is documented about an action, beside its parameters: where it may stand and how it can end.

Source:
    https://docs.aws.amazon.com/connect/latest/devguide/flow-language.html, one page an action.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from voicebot.errors import InputError
from voicebot.flow.kinds import Parameters, UnmodelledParameters

FlowType = Literal[
    "CONTACT_FLOW",
    "CUSTOMER_QUEUE",
    "CUSTOMER_HOLD",
    "CUSTOMER_WHISPER",
    "AGENT_HOLD",
    "AGENT_WHISPER",
    "OUTBOUND_WHISPER",
    "AGENT_TRANSFER",
    "QUEUE_TRANSFER",
    "CAMPAIGN",
    "MODULE",
]
"""The types that CreateContactFlow takes, and MODULE for a flow module."""

FLOW_TYPES: tuple[FlowType, ...] = get_args(FlowType)

CONSOLE_TYPES: dict[str, FlowType] = {
    "contactFlow": "CONTACT_FLOW",
    "customerQueue": "CUSTOMER_QUEUE",
    "customerHold": "CUSTOMER_HOLD",
    "customerWhisper": "CUSTOMER_WHISPER",
    "agentHold": "AGENT_HOLD",
    "agentWhisper": "AGENT_WHISPER",
    "outboundWhisper": "OUTBOUND_WHISPER",
    "agentTransfer": "AGENT_TRANSFER",
    "queueTransfer": "QUEUE_TRANSFER",
    "campaign": "CAMPAIGN",
    "contactFlowModule": "MODULE",
    "module": "MODULE",
}
"""How the console writes a flow's type into `Metadata.type`."""


def flow_type_of(name: str | None) -> FlowType | None:
    """Return the flow type of a name, as the API or the console writes it; None for no name.

    Raises:
        InputError: There is no such type.
    """
    if name is None:
        return None
    known = {**{each.casefold(): each for each in FLOW_TYPES}, **{k.casefold(): v for k, v in CONSOLE_TYPES.items()}}
    found = known.get(name.strip().casefold().replace("-", "_"))
    if found is None:
        raise InputError(f"there is no flow type {name!r}", hint=f"use one of {', '.join(FLOW_TYPES)}")
    return found


def said_type(metadata: object, actions: Iterable[str]) -> FlowType | None:
    """Return the type that a flow says it has; None when it says nothing.

    Args:
        metadata: What stands under `Metadata`.
        actions: The types of its blocks: one that returns from a module makes it a module, whatever the metadata says,
            since the console writes "contactFlow" into both.
    """
    if "EndFlowModuleExecution" in actions:
        return "MODULE"
    said = metadata.get("type") if isinstance(metadata, Mapping) else None
    return CONSOLE_TYPES.get(said) if isinstance(said, str) else None


ANYWHERE = frozenset(FLOW_TYPES)
INBOUND: frozenset[FlowType] = frozenset({"CONTACT_FLOW", "CAMPAIGN", "MODULE"})
MODULE: frozenset[FlowType] = frozenset({"MODULE"})
"""A module runs in whatever flow invokes it, so that everything may stand in one."""

TRANSFER: frozenset[FlowType] = frozenset({"AGENT_TRANSFER", "QUEUE_TRANSFER"})
QUEUE: frozenset[FlowType] = frozenset({"CUSTOMER_QUEUE"})
HOLD: frozenset[FlowType] = frozenset({"CUSTOMER_HOLD", "AGENT_HOLD"})
WHISPER: frozenset[FlowType] = frozenset({"CUSTOMER_WHISPER", "AGENT_WHISPER", "OUTBOUND_WHISPER"})

FAILED = "NoMatchingError"
UNMATCHED = "NoMatchingCondition"
TIMED_OUT = "InputTimeLimitExceeded"

NUMBER_OPERATORS = ("NumberGreaterThan", "NumberGreaterOrEqualTo", "NumberLessThan", "NumberLessOrEqualTo")


@dataclass(frozen=True)
class Results:
    """What the conditions of an action may compare its result with.

    Args:
        operators: Which operators; any when empty.
        operands: Which operands; any when empty.
        required: Operands that must each have a condition.
    """

    operators: tuple[str, ...] = ()
    operands: tuple[str, ...] = ()
    required: tuple[str, ...] = ()


NO_RESULT = None
ANY_RESULT = Results()
EQUALS = Results(("Equals",))


@dataclass(frozen=True)
class ActionFacts:
    """One action of the flow language.

    Args:
        parameters: The class of its parameters.
        flows: The types of flow that it is supported in.
        results: What its conditions may be; None when it takes none.
        required_errors: Error branches that publishing asks for.
        usual_errors: Documented error branches that old console exports leave out.
        other_errors: Documented error branches that only some forms of the action have.
        refused_errors: Error branches that publishing refuses.
        ends: True when the flow ends there, so that nothing can follow.
        may_end: True when it needs no NextAction, as the contact is elsewhere once it has succeeded.
        changes: True when its outcome can be another one each time, so that a circle through it can end.
        is_for_chat: True when a voice contact always takes its error branch.
    """

    parameters: type[Parameters] = UnmodelledParameters
    flows: frozenset[FlowType] = ANYWHERE
    results: Results | None = NO_RESULT
    required_errors: tuple[str, ...] = ()
    usual_errors: tuple[str, ...] = ()
    other_errors: tuple[str, ...] = ()
    refused_errors: tuple[str, ...] = ()
    ends: bool = False
    may_end: bool = False
    changes: bool = False
    is_for_chat: bool = False

    @property
    def is_modelled(self) -> bool:
        """Return whether its parameters are known."""
        return self.parameters is not UnmodelledParameters
