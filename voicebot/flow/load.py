"""Reading a contact flow from a file or a text."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.errors import FlowError, NotFoundError
from voicebot.flow.actions.catalog import ACTIONS
from voicebot.flow.model import Action, Flow, Transitions
from voicebot.flow.problems import find_problems

_PLACEHOLDER = re.compile(r"\$\{([^${}]*)\}")


@dataclass(frozen=True)
class FlowText:
    """A flow as it is written.

    Args:
        name: The file's name without its ending.
        content: The JSON.
    """

    name: str
    content: str

    def parse(self, twice: list[str] | None = None) -> dict[str, Any]:
        """Return the document; keys that stand twice in one object are added to `twice`.

        Raises:
            FlowError: It is not JSON, or not an object.
        """

        def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            keys = [key for key, _ in pairs]
            if twice is not None and len(set(keys)) < len(keys):
                twice.extend(dict.fromkeys(key for key in keys if keys.count(key) > 1))
            return dict(pairs)

        try:
            document = json.loads(self.content, object_pairs_hook=build)
        except RecursionError as exc:
            raise FlowError(f"flow {self.name!r} is nested too deeply", hint="export it again") from exc
        except ValueError as exc:
            hint = "correct it there, or export it again"
            raise FlowError(f"flow {self.name!r} is not JSON: {exc}", hint=hint) from exc
        if not isinstance(document, dict):
            hint = 'it has "Version", "StartAction" and "Actions"'
            raise FlowError(f"flow {self.name!r} is not a JSON object", hint=hint)
        return document


def read_document(source: Path | str) -> FlowText:
    """Return the flow in a file, or in a text that starts with a brace.

    Raises:
        NotFoundError: There is no such file.
        FlowError: It cannot be read.
    """
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("{"):
        return FlowText("flow", source.lstrip("\ufeff"))
    path = Path(source)
    try:
        return FlowText(path.stem, path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise NotFoundError(f"there is no flow {path}", hint="give the path of a flow JSON file") from exc
    except UnicodeDecodeError as exc:
        raise FlowError(f"{path} is not UTF-8 text", hint="export the flow again from the Connect console") from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "no file can have this name"
        raise FlowError(f"{path} cannot be read: {reason}", hint="give the path of a flow JSON file") from exc


def load_flow(source: Path | str, values: Mapping[str, str] | None = None) -> Flow:
    """Return the flow in a file, or in a text that starts with a brace, with its placeholders filled in.

    Args:
        source: The file, or the JSON itself.
        values: What to put for each `${Name}`.

    Raises:
        NotFoundError: There is no such file.
        FlowError: The flow cannot be used; says what is wrong first, in which block, and what to do.
    """
    text = read_document(source)
    return build_flow(text.name, fill_placeholders(text.parse(), values or {}))


def build_flow(name: str, document: Mapping[str, Any]) -> Flow:
    """Return the flow that a document describes.

    Raises:
        FlowError: The flow cannot be used; says what is wrong first, in which block, and what to do.
    """
    problem = next(find_problems(document), None)
    if problem:
        raise FlowError(
            problem.message if problem.block else f"flow {name!r}: {problem.message}",
            block=problem.block,
            hint=problem.fix,
        )
    return _build(name, document)


def fill_placeholders(document: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Return a flow document with each `${Name}` in it replaced.

    Raises:
        FlowError: There is no value for a name; says which, and in which block.
    """
    actions = document.get("Actions")
    filled = {key: _filled(value, values, None) for key, value in document.items() if key != "Actions"}
    if isinstance(actions, list):
        filled["Actions"] = [
            _filled(action, values, action.get("Identifier") if isinstance(action, dict) else None)
            for action in actions
        ]
    return filled


def _filled(value: Any, values: Mapping[str, str], block: str | None) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, values, block) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, values, block) for inner in value]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        if match[1] not in values:
            given = f"; given are {', '.join(sorted(values))}" if values else ""
            hint = f"give a value for {match[1]}{given}"
            raise FlowError(f"the placeholder ${{{match[1]}}} has no value", block=block, hint=hint)
        return values[match[1]]

    return _PLACEHOLDER.sub(put, value)


def _build(name: str, document: Mapping[str, Any]) -> Flow:
    actions = {
        raw["Identifier"]: Action(
            identifier=raw["Identifier"],
            type=raw["Type"],
            parameters=ACTIONS[raw["Type"]].parameters.model_validate(raw.get("Parameters") or {}),
            transitions=Transitions.parse(raw.get("Transitions")),
        )
        for raw in document["Actions"]
    }
    settings, metadata = document.get("Settings") or {}, document.get("Metadata") or {}
    return Flow(name, document["StartAction"], actions, settings, metadata)
