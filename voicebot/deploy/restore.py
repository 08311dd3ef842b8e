"""How the account differs from a backup, and flows and modules put back as they were."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from voicebot.deploy.backup import Documents
from voicebot.errors import GateError
from voicebot.flow.connect import ConnectFlows, RemoteFlow
from voicebot.lex.models import Progress

_MOST_DETAILS = 5


@dataclass(frozen=True)
class Difference:
    """One file of a backup that says something else than the account.

    Attributes:
        path: The file.
        what: ``changed`` since the backup, ``missing`` in the account, or ``new`` there.
        details: What changed: blocks of a flow, keys of a document.
    """

    path: str
    what: Literal["changed", "missing", "new"]
    details: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """The difference as one line."""
        shown = ", ".join(self.details[:_MOST_DETAILS])
        more = f" and {len(self.details) - _MOST_DETAILS} more" if len(self.details) > _MOST_DETAILS else ""
        return f"{self.what:<8} {self.path}" + (f"  ({shown}{more})" if shown else "")


def compare(backup: Documents, account: Documents) -> list[Difference]:
    """Return what differs, by path."""
    found = []
    for path in sorted({*backup, *account}):
        if path not in account:
            found.append(Difference(path, "missing"))
        elif path not in backup:
            found.append(Difference(path, "new"))
        elif backup[path] != account[path]:
            found.append(Difference(path, "changed", tuple(_details(backup[path], account[path]))))
    return found


def restore_flows(flows: ConnectFlows, backup: Documents, found: list[Difference], progress: Progress) -> list[str]:
    """Give the instance's flows and modules the content of a backup, and return the files that were put back.

    What is not a flow or a module is left to a person: queues, hours and roles carry live calls.
    """
    done = []
    for one in found:
        if one.what == "new" or one.path.split("/")[0] not in ("flows", "modules"):
            continue
        kept = backup[one.path]
        content = json.dumps(kept["content"], ensure_ascii=False)
        progress(f"putting {kept['name']} back")
        if one.what == "changed":
            remote = RemoteFlow(kept["id"], kept["arn"], kept["name"], kept["type"], kept["status"])
            flows.update(remote, content, is_draft=kept["status"] == "SAVED")
        else:
            is_draft = kept["status"] == "SAVED"
            flows.create(kept["name"], kept["type"], content, is_draft=is_draft, description=kept["description"])
        done.append(one.path)
    return done


def check_same(found: list[Difference]) -> None:
    """Raise when the account is not as it was.

    Raises:
        GateError: Says how many files differ.
    """
    if found:
        raise GateError(f"{len(found)} files differ from the account", hint="each line names one")


def differences_text(found: list[Difference]) -> str:
    """Return differences as lines."""
    return "\n".join(one.line for one in found) or "the account is as it was"


def _details(before: Any, after: Any) -> list[str]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return _entries(before, after)
    if "content" in before and "content" in after and before["content"] != after["content"]:
        return _blocks(before["content"], after["content"]) or ["content"]
    return [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]


def _blocks(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the blocks of a flow that are not the same in both."""
    was = {block["Identifier"]: block for block in before.get("Actions", ())}
    now = {block["Identifier"]: block for block in after.get("Actions", ())}
    return [f"block {name}" for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]


def _entries(before: Any, after: Any) -> list[str]:
    """Return the names of a list's entries that are not the same in both."""

    def named(entries: Any) -> dict[str, Any]:
        return {str(one.get("Name", index)): one for index, one in enumerate(entries) if isinstance(one, Mapping)}

    was, now = named(before), named(after)
    return [name for name in dict.fromkeys([*was, *now]) if was.get(name) != now.get(name)]
