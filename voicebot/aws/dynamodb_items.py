"""DynamoDB's wire form of our dataclasses.

Empty texts, empty tuples and None are left out of an item, so that ``if_not_exists`` fills what is not known yet.
Attributes that a dataclass does not know are passed over, so that fields can be added and removed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Item = dict[str, dict[str, Any]]

_T = TypeVar("_T")

LONGEST_KEY_BYTES = 1024
"""What DynamoDB takes as a sort key; a partition key may be twice as long."""


def encode(value: object) -> dict[str, Any]:
    """Return one value with its type tag."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | Decimal):
        return {"N": str(value)}
    if isinstance(value, float):
        return {"N": repr(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, tuple | list):
        return {"L": [encode(part) for part in value]}
    if isinstance(value, Mapping):
        return {"M": encode_all(value)}
    raise TypeError(f"DynamoDB items do not hold a {type(value).__name__}")


def encode_all(values: Mapping[str, object]) -> Item:
    """Return an item of named values, without the empty ones."""
    return {name: encode(value) for name, value in values.items() if value is not None and value not in ("", ())}


def encode_fields(thing: object, *without: str) -> Item:
    """Return an item of a dataclass's fields, without the empty and the named ones."""
    names = [field.name for field in fields(thing) if field.name not in without]  # type: ignore[arg-type]
    return encode_all({name: getattr(thing, name) for name in names})


def decode(cls: type[_T], item: Item, **given: object) -> _T:
    """Return the dataclass that an item holds; `given` fields are not read from it."""
    hints = get_type_hints(cls)
    values = {name: _decode_as(hints[name], item.get(name)) for name in hints if name not in given}
    return cls(**values, **given)


def text(item: Item, name: str) -> str:
    """Return a text attribute, or an empty string."""
    return str(item.get(name, {}).get("S", ""))


def number(item: Item, name: str) -> Decimal:
    """Return a number attribute, or zero."""
    return Decimal(item.get(name, {}).get("N", "0"))


def table_key(key: str) -> str:
    """Return the form in which a text is used as a key.

    It is the text itself. A text that is empty, too long, or begins with a space has its SHA-256 after a space
    instead; `whole_key` then finds the text in the item.
    """
    if key and not key.startswith(" ") and len(key.encode()) <= LONGEST_KEY_BYTES:
        return key
    return f" {hashlib.sha256(key.encode()).hexdigest()}"


def with_whole_key(item: Item, key: str) -> Item:
    """Return `item` with the text of its key where the key does not show it."""
    return item if table_key(key) == key else {**item, **encode_all({"whole_key": key})}


def whole_key(item: Item, name: str) -> str:
    """Return the text of an item's key; `name` is the key's attribute."""
    stored = text(item, name)
    return text(item, "whole_key") if stored.startswith(" ") else stored


def _decode_as(hint: Any, attribute: dict[str, Any] | None) -> Any:
    kinds = get_args(hint) if NoneType in get_args(hint) else (hint,)
    if attribute is None:
        return None if NoneType in kinds else _empty(kinds[0])
    tag, value = next(iter(attribute.items()))
    if tag == "N":
        return int(Decimal(value)) if int in kinds else float(value)
    if tag == "L":
        return tuple(_decode_as(get_args(hint)[0], part) for part in value)
    if tag == "M":
        return {name: _decode_as(get_args(hint)[1], part) for name, part in value.items()}
    return None if tag == "NULL" else value


def _empty(kind: Any) -> Any:
    if get_origin(kind) is tuple:
        return ()
    if get_origin(kind) is Mapping:
        return {}
    return kind() if kind in (int, float, bool) else ""
