"""Runs every benchmark and writes one table: docs/benchmarks.md. Ratios within one run, not absolute times."""

import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks import answers, approval, contention, functions, speech, start, web
from benchmarks.table import APART, PAGE, Row, table


def main() -> None:
    """Measure, print and write."""
    rows: list[Row] = []
    for module in (start, answers, approval, contention, speech, functions, web):
        for row in module.rows():
            print(row.line(), flush=True)
            rows.append(row)
    head = (
        "# Benchmarks\n\nWritten by `make bench`. Ratios are within one run; times are this machine's and only illustrate.\n\n"
        f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores.\n\n"
    )
    _, mark, apart = PAGE.read_text(encoding="utf-8").partition(APART)
    PAGE.write_text(head + table(rows) + mark + apart, encoding="utf-8")


if __name__ == "__main__":
    main()
