"""What every test may use: settings in an empty folder, and a client over them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Defaults, with the data in a folder of the test's own."""
    return load(env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path / "data")})


@pytest.fixture
def voicebot(settings: Settings) -> Iterator[Voicebot]:
    """A client on the local backend."""
    client = Voicebot(settings, HANDLERS)
    yield client
    client.database.close()
