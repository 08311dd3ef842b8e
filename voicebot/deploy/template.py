"""The stack's template: read, filled with the flows, and named by its content."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from voicebot.errors import ConfigError
from voicebot.resources import bundled

TEMPLATE = "lambdas/template.yaml"
CONTENT_FROM = "ContentFrom"
"""The metadata key of a resource whose text is a file's."""

_CONTENT = {"AWS::Connect::ContactFlow": "Content", "AWS::StepFunctions::StateMachine": "DefinitionString"}
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z]+)\}")
_SUB = re.compile(r"\$\{([A-Za-z0-9]+)([.}])")

Document = dict[str, Any]


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function as the template has it.

    Attributes:
        name: The handler's folder.
        resource: The stem of its resources' names: ``LexHook`` of ``LexHookFunction``.
        runtime: Such as ``python3.13``.
        handler: The dotted name of what Lambda calls.
        timeout_s: Seconds.
        memory_mb: Megabytes.
    """

    name: str
    resource: str
    runtime: str
    handler: str
    timeout_s: int
    memory_mb: int

    @property
    def code_parameter(self) -> str:
        """The parameter that names its package."""
        return f"{self.resource}Code"


def load_template(path: Path | None = None) -> Document:
    """Return a CloudFormation template with the short forms of its functions (``!Ref``) written out.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
    """
    loaded: Document = yaml.load((path or bundled(TEMPLATE)).read_text(encoding="utf-8"), _Loader)
    return loaded


def functions_of(template: Document) -> tuple[FunctionSpec, ...]:
    """Return the template's functions, in its order."""
    return tuple(
        FunctionSpec(
            name=resource["Properties"]["Handler"].split(".")[1],
            resource=name.removesuffix("Function"),
            runtime=resource["Properties"]["Runtime"],
            handler=resource["Properties"]["Handler"],
            timeout_s=int(resource["Properties"]["Timeout"]),
            memory_mb=int(resource["Properties"]["MemorySize"]),
        )
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    )


def fill(template: Document) -> Document:
    """Return the template with the text of the files that its resources name, and only the variables that each uses.

    Raises:
        ConfigError: A file has a placeholder that neither its resource nor a parameter stands for.
    """
    filled = json.loads(json.dumps(template))
    for name, resource in filled["Resources"].items():
        source = resource.get("Metadata", {}).get(CONTENT_FROM)
        if source:
            _fill_one(filled, name, resource, source)
    loaded: Document = filled
    return loaded


def name_immutable(template: Document, resources: Iterable[str], mark: str) -> Document:
    """Return the template with `mark` at the end of the names of resources that cannot change, only follow each other.

    CloudFormation makes a new version of a bot only for a resource of a new name.
    """
    names = {name: f"{name}{mark}" for name in resources}
    renamed: Document = _renamed(template, names)
    renamed["Resources"] = {names.get(name, name): one for name, one in renamed["Resources"].items()}
    return renamed


def fingerprint(*parts: object) -> str:
    """Return 16 hex digits that change with any of `parts`, which are what JSON can hold."""
    canonical = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _fill_one(template: Document, name: str, resource: Document, source: str) -> None:
    key = _CONTENT[resource["Type"]]
    text = json.dumps(json.loads(bundled(source).read_text(encoding="utf-8")), ensure_ascii=False)
    given: Mapping[str, Any] = resource["Properties"][key]["Fn::Sub"][1]
    used = dict.fromkeys(_PLACEHOLDER.findall(text))
    unknown = [word for word in used if word not in given and word not in template["Parameters"]]
    if unknown:
        raise ConfigError(
            f"{source}: nothing in the template stands for {', '.join(unknown)}",
            hint=f"give {name} in {TEMPLATE} a value for it",
        )
    if not used:
        resource["Properties"][key] = text
        return
    values = {word: given[word] for word in used if word in given}
    resource["Properties"][key] = {"Fn::Sub": [text, values]} if values else {"Fn::Sub": text}


def _renamed(part: Any, names: Mapping[str, str]) -> Any:
    """Return a part of a template in which everything that points to a resource follows its new name."""
    if isinstance(part, list):
        return [_renamed(one, names) for one in part]
    if not isinstance(part, dict):
        return part
    new: Document = {}
    for key, value in part.items():
        if key == "Ref":
            new[key] = names.get(value, value)
        elif key == "Fn::GetAtt":
            new[key] = [names.get(value[0], value[0]), *value[1:]]
        elif key == "DependsOn":
            new[key] = [names.get(one, one) for one in ([value] if isinstance(value, str) else value)]
        elif key == "Fn::Sub" and isinstance(value, str):
            new[key] = _SUB.sub(lambda found: "${" + names.get(found[1], found[1]) + found[2], value)
        else:
            new[key] = _renamed(value, names)
    return new


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's tags."""


def _function(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Document:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _function)
