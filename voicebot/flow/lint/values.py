"""Rules about the values of parameters: whether they may refer to the contact, and how, and what they name."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from voicebot.flow.findings import Finding
from voicebot.flow.kinds import Reach
from voicebot.flow.lint.sheet import Block, Sheet
from voicebot.flow.names import nearest
from voicebot.flow.references import ROOTS, is_reference, references_in, unknown_root

_NON_ASCII_NAME = re.compile(r"\$\.[A-Za-z][A-Za-z0-9_.-]*\.(?=[^\x00-\x7f])")
_LANGUAGE = re.compile(r"[a-z]{2,3}-[A-Z]{2}")

_ARNS: Mapping[str, tuple[str, str]] = {
    "LambdaFunctionARN": (":lambda:", "arn:aws:lambda:REGION:ACCOUNT:function:NAME"),
    "LexV2Bot.AliasArn": (":bot-alias/", "arn:aws:lex:REGION:ACCOUNT:bot-alias/BOT/ALIAS"),
}
_IDS = ("QueueId", "AgentId", "HoursOfOperationId", "PromptId", "ContactFlowId", "FlowModuleId")


def value_findings(sheet: Sheet, broken: frozenset[str]) -> Iterator[Finding]:
    """Yield what is wrong with the values of parameters.

    Args:
        sheet: The document.
        broken: Blocks whose parameters are not of the right form at all.
    """
    for block in sheet.blocks.values():
        if block.facts is None or block.identifier in broken:
            continue
        for path, value, reach in _values(block.facts.parameters, block.parameters):
            yield from _reach(block, path, value, reach)
        for path, text in _texts(block.parameters, ""):
            yield from _references(block, path, text)
            yield from _names(block, path, text)
        for operand in (operand for each in block.transitions.conditions for operand in each.operands):
            yield from _references(block, "Operands", operand)
        yield from _spelling(block)


def _reach(block: Block, path: str, value: str, reach: Reach) -> Iterator[Finding]:
    if not references_in(value):
        if path == "CallbackNumber":
            message, fix = "CallbackNumber is written out", "refer to it, e.g. $.CustomerEndpoint.Address"
            yield block.finding("reference-required", message, fix)
    elif reach is Reach.STATIC:
        message = f"{path} cannot refer to the contact, and is {value!r}"
        yield block.finding("static-parameter", message, "write the value itself")
    elif reach is Reach.SINGLE and not is_reference(value):
        message = f"{path} mixes text with a reference: {value!r}"
        fix = "put the text together in an attribute first, and refer to that"
        yield block.finding("single-reference", message, fix)


def _references(block: Block, path: str, text: str) -> Iterator[Finding]:
    for reference in references_in(text):
        root = unknown_root(reference)
        if root is not None:
            likely = nearest(root, ROOTS)
            fix = f"did you mean $.{likely}?" if likely else f"what is known begins with one of {', '.join(ROOTS)}"
            message = f"{path}: {reference} refers to nothing that is known"
            yield block.finding("unknown-reference", message, fix, severity="error" if likely else "warning")
    if _NON_ASCII_NAME.search(text):
        message = f"{path}: a name in a reference is not ASCII, so that the reference ends before it"
        yield block.finding("broken-reference", message, "write it in brackets: $.Attributes['이름']")


def _names(block: Block, path: str, value: str) -> Iterator[Finding]:
    if references_in(value) or "${" in value or "{{" in value:
        return
    if path in _ARNS:
        needed, form = _ARNS[path]
        if not value.startswith("arn:") or needed not in value:
            yield block.finding("arn-form", f"{path} is {value!r}", f"write its ARN: {form}")
    elif path.rpartition(".")[2] in _IDS and (not value.isascii() or " " in value or not value):
        yield block.finding("id-form", f"{path} is {value!r}", "write its id or its ARN, not its name")
    elif path == "LanguageCode" and not _LANGUAGE.fullmatch(value):
        right = value.replace("_", "-")
        is_mended = bool(_LANGUAGE.fullmatch(right))
        repair = partial(block.parameters.__setitem__, path, right) if is_mended else None
        fix = f"write {right}" if is_mended else "write a language and a country, e.g. ko-KR"
        yield block.finding("language-code", f"LanguageCode is {value!r}", fix, repair=repair)


def _spelling(block: Block) -> Iterator[Finding]:
    """Find numbers and booleans that are not strings, as they are in everything the console writes."""
    found = [name for name, value in block.parameters.items() if isinstance(value, bool | int | float)]
    if not found:
        return

    def write_strings() -> None:
        for name in found:
            block.parameters[name] = str(block.parameters[name])

    message = f"{', '.join(found)}: not written as a string"
    yield block.finding("number-as-string", message, 'put it in quotes: "8"', severity="note", repair=write_strings)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text inside a value with where it is."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{number}")


def _values(model: type[BaseModel], raw: Mapping[str, Any]) -> Iterator[tuple[str, str, Reach]]:
    """Yield every text of an object whose class says how far it may refer to the contact."""
    for field in model.model_fields.values():
        name = field.alias or ""
        if name in raw:
            yield from _walk(name, field.rebuild_annotation(), raw[name])


def _walk(path: str, kind: Any, value: Any) -> Iterator[tuple[str, str, Reach]]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        reach = next((each for each in arguments[1:] if isinstance(each, Reach)), None)
        if reach and isinstance(value, str):
            yield path, value, reach
        else:
            yield from _walk(path, arguments[0], value)
    elif origin in (Union, UnionType):
        for each in arguments:
            yield from _walk(path, each, value)
    elif origin is dict and isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{path}.{key}", arguments[1], inner)
    elif origin is tuple and isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _walk(f"{path}.{number}", arguments[0], inner)
    elif isinstance(kind, type) and issubclass(kind, BaseModel) and isinstance(value, dict):
        for inner_path, inner, reach in _values(kind, value):
            yield f"{path}.{inner_path}", inner, reach
