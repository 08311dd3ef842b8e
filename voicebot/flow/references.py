"""JSONPath references to the contact, alone or inside text.

Source:
    https://docs.aws.amazon.com/connect/latest/adminguide/connect-attrib-list.html
"""

import json
import re
from collections.abc import Mapping

from voicebot.errors import FlowError
from voicebot.flow.names import nearest

ROOTS = (
    "Agent",
    "AgenticCX",
    "Attributes",
    "Case",
    "Channel",
    "ContactId",
    "Customer",
    "CustomerEndpoint",
    "CustomerId",
    "Description",
    "External",
    "FlowAttributes",
    "InitialContactId",
    "InitiationMethod",
    "InstanceARN",
    "LanguageCode",
    "Lex",
    "Loop",
    "Media",
    "MediaStreams",
    "Metrics",
    "Modules",
    "Name",
    "PreviousContactId",
    "Queue",
    "References",
    "SegmentAttributes",
    "StoredCustomerInput",
    "SystemEndpoint",
    "Tags",
    "TextToSpeechVoiceId",
    "Views",
    "Wisdom",
)
"""What a reference may begin with."""

_STEP = r"""(?:\.(?P<dotted>[A-Za-z0-9_-]+)|\['(?P<single>[^']*)'\]|\["(?P<double>[^"]*)"\]|\[(?P<index>\d+)\])"""
_STEPS = re.compile(_STEP)
# A dotted first name begins with a letter, so that "$.50" in a price is text. Dotted names are ASCII: in
# "$.Attributes.name님" the reference ends before the Korean particle.
_REFERENCE = re.compile(r"\$(?=\.[A-Za-z]|\[['\"])" + re.sub(r"\?P<\w+>", "?:", _STEP) + "+")


def references_in(text: str) -> list[str]:
    """Return every reference in a text, in order."""
    return _REFERENCE.findall(text)


def is_reference(text: str) -> bool:
    """Return whether the whole text is one reference."""
    return _REFERENCE.fullmatch(text) is not None


def unknown_root(reference: str) -> str | None:
    """Return the first name of a reference when it is not one that Connect documents."""
    root = _steps(reference)[0]
    return None if root in ROOTS else root


def fill(text: str, contact: Mapping[str, object]) -> str:
    """Return a text with every reference replaced by its value, or by nothing when the contact has no such value.

    Raises:
        FlowError: A reference begins with a name that Connect does not document.
    """
    return _REFERENCE.sub(lambda match: as_text(look_up(match[0], contact)), text)


def look_up(reference: str, contact: Mapping[str, object]) -> object:
    """Return the value a reference points at; None when there is none.

    Raises:
        FlowError: The reference begins with a name that Connect does not document.
    """
    root = unknown_root(reference)
    if root is not None:
        likely = nearest(root, ROOTS)
        hint = f"did you mean $.{likely}?" if likely else f"a reference begins with one of {', '.join(ROOTS)}"
        raise FlowError(f"{reference} refers to {root!r}, which a contact does not have", hint=hint)
    value: object = contact
    for step in _steps(reference):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def as_text(value: object) -> str:
    """Return a value as a flow sees it: text as it is, nothing as an empty string, all else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _steps(reference: str) -> list[str]:
    return [next(name for name in match.groups() if name is not None) for match in _STEPS.finditer(reference)]
