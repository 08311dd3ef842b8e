"""Flows from files into a Connect instance, and back into files."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from voicebot.disk import write_atomically
from voicebot.errors import GateError, InputError
from voicebot.flow.actions.facts import FlowType, said_type
from voicebot.flow.connect import ConnectFlows, RemoteFlow
from voicebot.flow.lint.linter import lint_document
from voicebot.flow.load import fill_placeholders, read_document

Done = Literal["created", "updated", "unchanged"]
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


@dataclass(frozen=True)
class Publication:
    """What was done, or would be done, with one flow.

    Args:
        name: Its name in the instance.
        type: Its type.
        done: What was done.
        id: Its id; None for one that a dry run would make.
        is_draft: True when only the draft was changed.
        version: The version that was kept of it.
    """

    name: str
    type: FlowType
    done: Done
    id: str | None
    is_draft: bool
    version: int | None = None

    def row(self) -> dict[str, object]:
        """Return what a report shows of it."""
        return asdict(self)


@dataclass(frozen=True)
class Pulled:
    """One flow that was written to a file, or would be.

    Args:
        name: Its name in the instance.
        type: Its type.
        path: The file.
        done: What was done with the file.
    """

    name: str
    type: FlowType
    path: Path
    done: Done

    def row(self) -> dict[str, object]:
        """Return what a report shows of it."""
        return {**asdict(self), "path": str(self.path)}


def publish_flow(
    flows: ConnectFlows,
    source: Path,
    values: Mapping[str, str],
    *,
    name: str | None = None,
    flow_id: str | None = None,
    flow_type: FlowType | None = None,
    is_draft: bool = False,
    keeps_version: bool = False,
    is_checked: bool = True,
    is_dry_run: bool = False,
) -> Publication:
    """Bring a flow's file into the instance: made when there is none of its name, updated when it is another.

    Args:
        flows: The instance.
        source: The file.
        values: What to put for each `${Name}`.
        name: Its name; that in its metadata, or the file's when None.
        flow_id: The flow to update, whatever its name.
        flow_type: Its type; read from its metadata, or an inbound flow, when None.
        is_draft: Save it without publishing.
        keeps_version: Keep what is published then as a version.
        is_checked: False publishes what `flow lint` calls an error.
        is_dry_run: Change nothing.

    Raises:
        GateError: `flow lint` finds an error.
        RefusedError: Connect finds a problem; says each.
        InputError: The flow there is of another type, which cannot be changed.
    """
    text = read_document(source)
    document = fill_placeholders(text.parse(), values)
    kind = flow_type or type_of(document)
    if is_checked:
        require_clean(str(source), document, kind)
    called = name or named(document) or text.name
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    there = _there(flows, called, flow_id, kind)
    if there is None:
        made = None if is_dry_run else flows.create(called, kind, content, is_draft=is_draft)
        found = RemoteFlow(made or "", "", called, kind, "SAVED" if is_draft else "PUBLISHED")
        version = _version(flows, found, keeps_version and not is_draft and not is_dry_run, text.name)
        return Publication(called, kind, "created", made, is_draft, version)
    if there.type != kind:
        message = f"the flow {there.name!r} is of type {there.type}, and {source} is {kind}: a type cannot be changed"
        raise InputError(message, hint="give it another name, or say its --type")
    is_same = same_content(there.content, document)
    if not is_same and not is_dry_run:
        flows.update(there, content, is_draft=is_draft)
    version = _version(flows, there, keeps_version and not is_draft and not is_dry_run and not is_same, text.name)
    return Publication(there.name, kind, "unchanged" if is_same else "updated", there.id, is_draft, version)


def pull_flows(
    flows: ConnectFlows,
    folder: Path,
    values: Mapping[str, str],
    *,
    names: Iterable[str] = (),
    flow_type: FlowType | None = None,
    is_draft: bool = False,
    is_dry_run: bool = False,
    progress: Callable[[str], None] = lambda name: None,
) -> list[Pulled]:
    """Write the instance's flows and modules into a folder, one file each, in a folder for each type.

    Args:
        flows: The instance.
        folder: Where to.
        values: Values that become `${Name}` again, so that what was published comes back as it was.
        names: Only these; all when there are none.
        flow_type: Only those of this type.
        is_draft: What is being edited instead of what is published.
        is_dry_run: Write nothing.
        progress: Is told each name.

    Raises:
        InputError: One of the names does not exist.
    """
    wanted = set(names)
    listed = [each for each in flows.list(flow_type) if not wanted or each.name in wanted]
    missing = wanted - {each.name for each in listed}
    if missing:
        raise InputError(f"there is no flow {', '.join(sorted(missing))} in the instance", hint="names are exact")
    done = []
    for each in listed:
        progress(each.name)
        found = flows.fetch(each, is_draft=is_draft)
        document = put_placeholders(json.loads(found.content), values)
        path = folder / found.type.lower() / f"{_UNSAFE.sub('-', found.name).strip('. ') or found.id}.json"
        done.append(Pulled(found.name, found.type, path, _write(path, document, is_dry_run)))
    return done


def put_placeholders(document: Any, values: Mapping[str, str]) -> Any:
    """Return a document with each known value in it as `${Name}`; the longest values first."""
    order = sorted(values.items(), key=lambda item: len(item[1]), reverse=True)

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [put(inner) for inner in value]
        if isinstance(value, str):
            for name, text in order:
                if text.startswith("arn:") and text in value:
                    value = value.replace(text, f"${{{name}}}")
        return value

    return put(document)


def require_clean(source: str, document: dict[str, Any], flow_type: FlowType) -> None:
    """Raise a GateError when lint finds an error in a document."""
    errors = [each for each in lint_document(document, flow_type) if each.severity == "error"]
    if errors:
        first = errors[0]
        where = f"block {first.block!r}: " if first.block else ""
        message = f"{source}: {len(errors)} error{'s' * (len(errors) > 1)}; {where}{first.message} [{first.rule}]"
        raise GateError(message, hint=f"{first.fix}; voicebot flow lint shows all")


def type_of(document: Mapping[str, Any]) -> FlowType:
    """Return a document's type, as its metadata or its blocks say; an inbound flow when they say nothing."""
    actions = document.get("Actions")
    types = [str(each.get("Type")) for each in actions if isinstance(each, dict)] if isinstance(actions, list) else []
    return said_type(document.get("Metadata"), types) or "CONTACT_FLOW"


def named(document: Mapping[str, Any]) -> str | None:
    """Return the name in a document's metadata."""
    metadata = document.get("Metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and name else None


def same_content(content: str, document: Mapping[str, Any]) -> bool:
    """Return whether two contents are the same but for their metadata's status and hash, which the console writes."""
    try:
        other = json.loads(content)
    except ValueError:
        return False
    return bool(_comparable(other) == _comparable(document))


def _comparable(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    metadata = document.get("Metadata")
    kept = (
        {k: v for k, v in metadata.items() if k not in ("status", "hash")} if isinstance(metadata, dict) else metadata
    )
    return {**document, "Metadata": kept}


def _there(flows: ConnectFlows, name: str, flow_id: str | None, kind: FlowType) -> RemoteFlow | None:
    if flow_id is not None:
        return flows.fetch(RemoteFlow(flow_id, "", name, kind, "PUBLISHED"))
    found = flows.find(name, is_module=kind == "MODULE")
    return flows.fetch(found) if found else None


def _version(flows: ConnectFlows, flow: RemoteFlow, is_kept: bool, description: str) -> int | None:
    return flows.version(flow, description) if is_kept else None


def _write(path: Path, document: Any, is_dry_run: bool) -> Done:
    data = (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()
    before = path.read_bytes() if path.is_file() else None
    if before == data:
        return "unchanged"
    if not is_dry_run:
        write_atomically(path, data)
    return "created" if before is None else "updated"
