"""Inbox items by the short names that lists, reports and logs show."""

from voicebot.cache.protocol import Inbox, InboxItem, InboxState
from voicebot.errors import InputError, NotFoundError


def item_named(inbox: Inbox, name: str) -> InboxItem:
    """Return the item whose short name begins with `name`.

    Raises:
        NotFoundError: There is none.
        InputError: There are several.
    """
    found = [item for item in inbox.scan() if item.id_hash.startswith(name)]
    if not found:
        raise NotFoundError(f"the inbox has no item {name!r}", hint="voicebot cache inbox list")
    if len(found) > 1:
        raise InputError(f"{len(found)} items start with {name!r}", hint="give more of the name")
    return found[0]


def put_named(inbox: Inbox, name: str, state: InboxState, is_dry_run: bool = False) -> InboxItem:
    """Put the item of a name into `state` and return it as it was.

    Raises:
        NotFoundError: There is none.
        InputError: There are several, or somebody holds it.
    """
    item = item_named(inbox, name)
    if item.owner or not (is_dry_run or inbox.set_state(item.id, state)):
        raise InputError(f"item {item.id_hash} is being worked on now", hint="try again in a minute")
    return item


def retry_dead(inbox: Inbox, is_dry_run: bool = False) -> int:
    """Have every item that was given up tried again, with all its attempts; return how many."""
    dead = list(inbox.scan("dead"))
    return len(dead) if is_dry_run else sum(inbox.set_state(item.id, "pending") for item in dead)
