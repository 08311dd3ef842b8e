"""Rules about the document as a whole, its identifiers, and the actions that its type allows."""

import json
import re
from collections.abc import Iterator
from typing import Any

from voicebot.flow.actions.facts import FLOW_TYPES, FlowType
from voicebot.flow.findings import Finding, Repair
from voicebot.flow.lint.sheet import Block, Sheet

CONTENT_LIMIT = 256_000
ACTIONS_LIMIT = 250
IDENTIFIER_LIMIT = 50

_FORBIDDEN = re.compile(r"[%:(\\/)=$,;\[\]{}]")
_RESERVED = frozenset(
    {
        "__proto__",
        "constructor",
        "__defineGetter__",
        "__defineSetter__",
        "toString",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "valueOf",
    }
)
_CONSOLE_KEYS = {"EntryPointPosition": "entryPointPosition"}


def whole_findings(sheet: Sheet) -> Iterator[Finding]:
    """Yield what is wrong with the document as a whole."""
    yield from _size(sheet)
    yield from _metadata(sheet)
    for block in sheet.blocks.values():
        yield from _identifier(sheet, block)
        yield from _analytics(block)
    yield from _flow_type(sheet)
    yield from _chat_only(sheet)
    yield from _queue(sheet)


def _size(sheet: Sheet) -> Iterator[Finding]:
    size = len(json.dumps(sheet.document, ensure_ascii=False, separators=(",", ":")))
    if size > CONTENT_LIMIT:
        message = f"the content has {size:,} characters"
        fix = f"at most {CONTENT_LIMIT:,} can be published: move a part into a flow or a module of its own"
        yield Finding("content-size", message, fix)
    if len(sheet.blocks) > ACTIONS_LIMIT:
        message = f"there are {len(sheet.blocks)} blocks"
        fix = f"a flow has at most {ACTIONS_LIMIT}: move a part into a flow or a module of its own"
        yield Finding("action-count", message, fix)


def _metadata(sheet: Sheet) -> Iterator[Finding]:
    for wrong, right in _CONSOLE_KEYS.items():
        if wrong in sheet.metadata:
            message, fix = f"Metadata.{wrong} is not what the console reads", f"write {right}"
            repair = _rename(sheet.metadata, wrong, right)
            yield Finding("metadata-case", message, fix, severity="warning", repair=repair)
    actions = sheet.metadata.get("ActionMetadata")
    for notes in actions.values() if isinstance(actions, dict) else ():
        if isinstance(notes, dict) and "Position" in notes:
            message, fix = "ActionMetadata.Position is not what the console reads", "write position with x and y"
            repair = _lower_position(notes)
            yield Finding("metadata-case", message, fix, severity="warning", repair=repair)


def _rename(mapping: dict[str, Any], wrong: str, right: str) -> Repair:
    def rename() -> None:
        mapping[right] = mapping.pop(wrong)

    return rename


def _lower_position(notes: dict[str, Any]) -> Repair:
    def lower() -> None:
        position = notes.pop("Position")
        is_object = isinstance(position, dict)
        notes["position"] = {key.lower(): value for key, value in position.items()} if is_object else position

    return lower


def _identifier(sheet: Sheet, block: Block) -> Iterator[Finding]:
    identifier = block.identifier
    if identifier in _RESERVED:
        yield block.finding("identifier-form", "this identifier is reserved", "choose another one")
        return
    found = dict.fromkeys(_FORBIDDEN.findall(identifier))
    right = _FORBIDDEN.sub("-", identifier)[:IDENTIFIER_LIMIT]
    repair = _rename_block(sheet, block, right) if right not in sheet.blocks else None
    if found:
        message, fix = f"the identifier has {' '.join(found)}", f"write {right!r}"
        yield block.finding("identifier-form", message, fix, repair=repair)
    elif len(identifier) > IDENTIFIER_LIMIT:
        message = f"the identifier has {len(identifier)} characters"
        yield block.finding("identifier-form", message, f"write at most {IDENTIFIER_LIMIT}", repair=repair)


def _rename_block(sheet: Sheet, block: Block, right: str) -> Repair:
    wrong = block.identifier

    def rename() -> None:
        if sheet.document["StartAction"] == wrong:
            sheet.document["StartAction"] = right
        for other in sheet.blocks.values():
            transitions = other.raw.get("Transitions") or {}
            branches = [transitions, *(transitions.get("Errors") or []), *(transitions.get("Conditions") or [])]
            for branch in branches:
                if branch.get("NextAction") == wrong:
                    branch["NextAction"] = right
        block.raw["Identifier"] = right
        notes = sheet.metadata.get("ActionMetadata")
        if isinstance(notes, dict) and wrong in notes:
            notes[right] = notes.pop(wrong)

    return rename


def _analytics(block: Block) -> Iterator[Finding]:
    analytics, recording = block.parameters.get("AnalyticsBehavior"), block.parameters.get("RecordingBehavior")
    if not isinstance(analytics, dict) or str(analytics.get("Enabled")).casefold() != "true":
        return
    recorded = recording.get("RecordedParticipants") if isinstance(recording, dict) else None
    modes = analytics.get("ChannelConfiguration")
    is_chat_only = isinstance(modes, dict) and "Voice" not in modes
    if not is_chat_only and set(recorded or ()) != {"Agent", "Customer"}:
        message = "analytics is enabled, and not both sides are recorded"
        yield block.finding("analytics-recording", message, 'write "RecordedParticipants": ["Agent", "Customer"]')


def _flow_type(sheet: Sheet) -> Iterator[Finding]:
    flow_type = sheet.flow_type or _likely_type(sheet)
    for block in sheet.blocks.values():
        if block.facts and flow_type not in block.facts.flows:
            allowed = ", ".join(each for each in FLOW_TYPES if each in block.facts.flows)
            message = f"{block.type} is not supported in a flow of type {flow_type}"
            yield block.finding("flow-type", message, f"it is in {allowed}: use another block, or name the type")


def _likely_type(sheet: Sheet) -> FlowType:
    """Return the type that supports the most blocks; the first one named in case of doubt."""
    known = [block.facts.flows for block in sheet.blocks.values() if block.facts]
    return max(FLOW_TYPES, key=lambda each: sum(each in flows for flows in known))


def _chat_only(sheet: Sheet) -> Iterator[Finding]:
    prompts = [prompt for block in sheet.blocks.values() for prompt in block.prompts()]
    speaks = any(prompt.keys() & {"SSML", "Media", "PromptId"} for prompt in prompts)
    listens = any(block.type == "GetParticipantInput" for block in sheet.blocks.values())
    for block in sheet.blocks.values():
        if block.facts and block.facts.is_for_chat and (speaks or listens):
            message = f"{block.type} is for chat: in a call it takes its error branch at once"
            fix = 'wait with SSML: <speak><break time="2s"/></speak>'
            yield block.finding("chat-only", message, fix, severity="warning")


def _queue(sheet: Sheet) -> Iterator[Finding]:
    if sheet.flow_type not in (None, "CONTACT_FLOW"):
        return
    stops = ("UpdateContactTargetQueue", "InvokeFlowModule")
    for block in sheet.reachable(lambda block: block.type in stops):
        if block.type == "TransferContactToQueue":
            message = "no target queue is set on some way to this transfer"
            fix = "run UpdateContactTargetQueue before it"
            yield block.finding("queue-before-transfer", message, fix, severity="note")
