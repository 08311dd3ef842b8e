"""A report as JUnit XML, which CI systems read.

Source:
    https://github.com/testmoapp/junitxml
"""

import re
import xml.etree.ElementTree as ElementTree

from voicebot.test.suite import Case, SuiteReport, explain

_NOT_XML = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


def junit_document(report: SuiteReport) -> bytes:
    """Return a report as UTF-8 JUnit XML: a suite for the target, a test case for each run of a scenario."""
    errors = sum(case.error is not None for case in report.cases)
    sums = {
        "tests": str(len(report.cases)),
        "failures": str(len(report.failed) - errors),
        "errors": str(errors),
        "time": f"{sum(case.seconds for case in report.cases):.3f}",
    }
    root = ElementTree.Element("testsuites", sums)
    suite = ElementTree.SubElement(root, "testsuite", {"name": f"voicebot over {report.target}", **sums})
    for case in report.cases:
        _add(suite, case)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add(suite: ElementTree.Element, case: Case) -> None:
    name = case.name if case.run == 1 else f"{case.name} (run {case.run})"
    attributes = {"name": _clean(name), "classname": _clean(case.path), "time": f"{case.seconds:.3f}"}
    element = ElementTree.SubElement(suite, "testcase", attributes)
    if case.error is not None:
        ElementTree.SubElement(element, "error", {"message": _clean(case.error)})
    elif case.failed:
        failure = ElementTree.SubElement(element, "failure", {"message": _clean(explain(case.failed[0]))})
        failure.text = _clean("\n".join(explain(check) for check in case.failed))


def _clean(text: str) -> str:
    """Leave out what XML cannot say."""
    return _NOT_XML.sub("", text)
