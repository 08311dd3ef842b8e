"""A flow document of the right form, as the rules look at it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.actions.facts import ActionFacts, FlowType, said_type
from voicebot.flow.findings import Finding
from voicebot.flow.model import Transitions

MESSAGES = ("PromptId", "Text", "SSML", "Media")


@dataclass(frozen=True)
class Block:
    """One block: as it is written, and what is documented about its action.

    Args:
        raw: The block in the document.
        facts: None for an action that does not exist.
    """

    raw: dict[str, Any]
    facts: ActionFacts | None

    @property
    def identifier(self) -> str:
        """Return its identifier."""
        return str(self.raw["Identifier"])

    @property
    def type(self) -> str:
        """Return its action."""
        return str(self.raw["Type"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Return its parameters."""
        return self.raw.get("Parameters") or {}

    @property
    def transitions(self) -> Transitions:
        """Return its ways out."""
        return Transitions.parse(self.raw.get("Transitions"))

    def stores_input(self) -> bool:
        """Return whether it collects several keys."""
        return str(self.parameters.get("StoreInput", "")).casefold() == "true"

    def prompts(self) -> Iterator[dict[str, Any]]:
        """Yield what it plays: objects with PromptId, Text, SSML or Media."""
        if any(name in self.parameters for name in MESSAGES):
            yield self.parameters
        for message in self.parameters.get("Messages") or ():
            if isinstance(message, dict):
                yield message

    def finding(self, rule: str, message: str, fix: str, **more: Any) -> Finding:
        """Return a finding in this block."""
        return Finding(rule, message, fix, self.identifier, **more)


class Sheet:
    """A document of the right form.

    Args:
        document: The flow.
        flow_type: Its type; read from its metadata when None.
        audio: A folder where prompts may be at hand.
    """

    def __init__(self, document: dict[str, Any], flow_type: FlowType | None = None, audio: Path | None = None) -> None:
        self.document = document
        self.audio = audio
        self.blocks = {
            action["Identifier"]: Block(action, ACTIONS.get(action["Type"])) for action in document["Actions"]
        }
        self.start = str(document["StartAction"])
        self.flow_type = flow_type or said_type(
            document.get("Metadata"), [block.type for block in self.blocks.values()]
        )

    @property
    def metadata(self) -> dict[str, Any]:
        """Return the document's metadata."""
        found = self.document.get("Metadata")
        return found if isinstance(found, dict) else {}

    def targets(self, block: Block) -> list[str]:
        """Return where a block leads, without branches that lead nowhere or can never be taken."""
        if block.facts and block.facts.ends:
            return []
        return [target for _, target in block.transitions.branches() if target in self.blocks]

    def reachable(self, stops: Callable[[Block], bool] = lambda block: False) -> list[Block]:
        """Return the blocks that can be reached from the start, not looking beyond those that `stops` says."""
        seen: dict[str, None] = {}
        waiting = [self.start]
        while waiting:
            identifier = waiting.pop()
            if identifier in seen or identifier not in self.blocks:
                continue
            seen[identifier] = None
            if not stops(self.blocks[identifier]):
                waiting += self.targets(self.blocks[identifier])
        return [block for identifier, block in self.blocks.items() if identifier in seen]
