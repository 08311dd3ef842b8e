from pathlib import Path

import pytest

from tests.fakes.openvoice import checkpoints as made


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of OpenVoice V2's shape with random weights."""
    return made(tmp_path_factory.getbasetemp())
