"""What a file of an archive holds beyond what our own words say, and how it is put back."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
"""The content of one JSON file."""

ASSIGNED = frozenset({"identifier", "version"})
"""Keys of a file whose values Lex gives itself, again on each import."""


def merged(document: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Return `document` with `over` on top: objects are merged, everything else is replaced."""
    result = dict(document)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Document:
    """Return what must lie over `ours` to say the same as `theirs`; a key that is absent, null or empty is one thing."""
    over: Document = {}
    for key in [*theirs, *(key for key in ours if key not in theirs)]:
        here, there = ours.get(key), theirs.get(key)
        if significant(here) == significant(there):
            continue
        if isinstance(here, dict) and isinstance(there, dict):
            over[key] = difference(here, there)
        else:
            over[key] = there
    return over


def without_assigned(document: Mapping[str, Any]) -> Document:
    """Return a file's content without what Lex assigns."""
    return {key: value for key, value in document.items() if key not in ASSIGNED}


def significant(value: Any) -> Any:
    """Return `value` without nulls and without what is empty."""
    if isinstance(value, Mapping):
        kept = {key: significant(inner) for key, inner in value.items()}
        return {key: inner for key, inner in kept.items() if inner is not None} or None
    if isinstance(value, list | tuple):
        return [significant(inner) for inner in value] or None
    return value if value != "" else None
