"""Checks a flow against every rule that publishing would enforce, and some that only a caller would notice."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.flow.actions.facts import FlowType
from voicebot.flow.findings import Finding
from voicebot.flow.lint.branches import branch_findings
from voicebot.flow.lint.graph import graph_findings
from voicebot.flow.lint.sheet import Sheet
from voicebot.flow.lint.speech import speech_findings
from voicebot.flow.lint.values import value_findings
from voicebot.flow.lint.whole import whole_findings
from voicebot.flow.load import read_document
from voicebot.flow.problems import find_block_problems, find_shape_problems

_MOST_ROUNDS = 500
_RENAMES = "identifier-form"
"""The rule whose repair changes other blocks as well."""

_ABOUT_PARAMETERS = frozenset(
    {
        "missing-parameter",
        "parameter-combination",
        "parameter-value",
        "static-parameter",
        "lambda-time-limit",
        "unknown-parameter",
    }
)
_ORDER = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class LintReport:
    """What was found in one flow.

    Args:
        flow: The flow's file, or its name.
        text: What was checked.
        findings: The worst first, and then in the order of the blocks.
    """

    flow: str
    text: str
    findings: tuple[Finding, ...]

    def count(self, severity: str) -> int:
        """Return how many findings there are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)


def lint_flow(source: Path | str, flow_type: FlowType | None = None, audio: Path | None = None) -> LintReport:
    """Return what is wrong with the flow in a file, or in a text that starts with a brace.

    Args:
        source: The file, or the JSON itself. Placeholders `${Name}` stand for whatever will be put there.
        flow_type: What it will be published as; its metadata says it when None.
        audio: A folder with the prompts that the flow plays: their headers are read.

    Raises:
        NotFoundError: There is no such file.
        FlowError: It is not JSON.
    """
    text = read_document(source)
    twice: list[str] = []
    document = text.parse(twice)
    findings = [
        Finding("duplicate-key", f"the key {key!r} stands twice in one object: only the last counts", "delete one")
        for key in twice
    ]
    flow = str(source) if isinstance(source, Path) else text.name
    return LintReport(flow, text.content, tuple(findings) + lint_document(document, flow_type, audio))


def lint_document(
    document: dict[str, Any], flow_type: FlowType | None = None, audio: Path | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with a flow document; their repairs work on it."""
    shape = list(find_shape_problems(document))
    if any(finding.rule != "version" for finding in shape):
        return tuple(shape)
    blocks = list(find_block_problems(document))
    sheet = Sheet(document, flow_type, audio)
    broken = frozenset(each.block for each in blocks if each.block and each.rule in _ABOUT_PARAMETERS)
    found = [
        *shape,
        *blocks,
        *whole_findings(sheet),
        *branch_findings(sheet),
        *value_findings(sheet, broken),
        *graph_findings(sheet),
        *speech_findings(sheet),
    ]
    places = {identifier: number for number, identifier in enumerate(sheet.blocks)}
    return tuple(sorted(found, key=lambda each: (_ORDER[each.severity], places.get(each.block or "", -1))))


def repair_document(document: Mapping[str, Any], flow_type: FlowType | None = None) -> tuple[dict[str, Any], int]:
    """Return a copy in which everything that needs no thought is put right, and how many repairs that took.

    Each round repairs one thing in each block, and looks again: a repair never works on what another has changed.
    """
    mended = copy.deepcopy(dict(document))
    repairs = 0
    for _ in range(_MOST_ROUNDS):
        found = [finding for finding in lint_document(mended, flow_type) if finding.repair]
        alone = [finding for finding in found if finding.block is None or finding.rule == _RENAMES]
        batch = alone[:1] or list({finding.block: finding for finding in reversed(found)}.values())
        for finding in batch:
            assert finding.repair
            finding.repair()
        repairs += len(batch)
        if not batch:
            break
    return mended, repairs
