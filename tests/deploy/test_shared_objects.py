"""Shared objects that still load when only what the loader reads is left."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from voicebot.deploy.shared_objects import slim

pytestmark = pytest.mark.unit

LIBRARY = Path(np.__file__).parent / "linalg"


def test_a_slim_library_is_smaller_and_is_loaded_and_called_all_the_same(tmp_path: Path) -> None:
    source = next(LIBRARY.glob("_umath_linalg.*.so"))
    data = slim(source.read_bytes() + b"debug" * 1000)
    assert len(data) <= source.stat().st_size
    assert slim(data) == data
    (tmp_path / source.name).write_bytes(data)
    code = "import numpy.linalg, _umath_linalg as u, numpy as n; print(u.det(n.eye(3) * 2.0))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True
    )
    assert round(float(done.stdout or 0), 6) == 8.0, done.stderr


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"MZ" + b"\0" * 200, b"\x7fELF\x02\x01" + b"\0" * 100, b"plain"])
def test_what_is_no_such_file_stays_as_it_is(data: bytes) -> None:
    assert slim(data) == data
