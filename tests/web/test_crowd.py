"""Many listeners at once, on both applications: the small form of what benchmarks/crowd.py measures."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.crowd import BRIDGE, PAGE, Application, gather, serving

pytestmark = pytest.mark.system

LISTENERS = 30
SECONDS = 3.0


@pytest.mark.parametrize("application", [PAGE, BRIDGE], ids=["page", "bridge"])
@pytest.mark.parametrize("is_patient", [True, False], ids=["as it is heard", "as fast as it comes"])
def test_everybody_hears_and_the_server_stays_alive(tmp_path: Path, application: Application, is_patient: bool) -> None:
    with serving(application, tmp_path) as served:
        crowd = asyncio.run(gather(served, LISTENERS, SECONDS, is_patient))
    assert crowd.errors == []
    assert len(crowd.heard_bytes) >= LISTENERS
    # A stream that begins just before the end is cut there.
    assert min(sorted(crowd.heard_bytes)[-LISTENERS:]) > 30_000
    assert crowd.health_ms
