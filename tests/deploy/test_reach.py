"""What goes into a package, told from the source."""

from pathlib import Path

import pytest

from voicebot.deploy.reach import reach
from voicebot.deploy.wheels import read_requirements
from voicebot.errors import ConfigError
from voicebot.resources import bundled

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent.parent

CLIENT = """
from typing import TYPE_CHECKING
from voicebot.client.tables import Tables
if TYPE_CHECKING:
    import heavy_types
class Voicebot(Tables):
    @property
    def clips(self):
        if self.is_on_aws:
            from voicebot.remote import Remote
            return Remote(self.table)
        from voicebot.local import Local
        return Local()
"""

TABLES = """
class Tables:
    @property
    def far(self):
        if not (self.is_on_aws and self.name):
            from voicebot.local import Local
            return Local()
        from voicebot.far import Far
        return Far()
    @property
    def table(self):
        import yaml
        return DATA_DIR / "table.csv"
    @property
    def training(self):
        from voicebot.train import Train
        return Train()
"""


def tree(folder: Path, **files: str) -> Path:
    client = {"voicebot/client/__init__.py": CLIENT, "voicebot/client/tables.py": TABLES}
    for name, text in {**client, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def names(files: set[Path]) -> set[str]:
    return {path.as_posix() for path in files if path.name != "__init__.py"}


def test_only_what_the_handler_asks_of_the_client_comes_along(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        **{
            "lambdas/f/handler.py": "from voicebot.client import Voicebot\ndef handle(event, voicebot): return voicebot.clips",
            "voicebot/remote.py": 'import boto3, json\nENGINES = {"x": "voicebot.engines.x:X"}',
            "voicebot/local.py": "import sqlite3, torch",
            "voicebot/train.py": "import torch",
            "voicebot/engines/x.py": "def late():\n    import espeakng_loader",
            "voicebot/data/table.csv": "",
            "voicebot/data/other.csv": "",
        },
    )
    found = reach("f", root, root)
    assert names(found.files) == {
        "lambdas/f/handler.py",
        "voicebot/client/tables.py",
        "voicebot/remote.py",
        "voicebot/engines/x.py",
        "voicebot/data/table.csv",
    }
    assert found.packages == {"pyyaml", "espeakng-loader"}


def test_what_another_backend_does_before_it_leaves_stays_behind(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        **{
            "lambdas/f/handler.py": "from voicebot.client import Voicebot\ndef handle(event, voicebot): return voicebot.far",
            "voicebot/far.py": "import numpy",
            "voicebot/local.py": "import sqlite3",
        },
    )
    found = reach("f", root, root)
    assert {"voicebot/far.py"} == names(found.files) & {"voicebot/far.py", "voicebot/local.py"}
    assert found.packages == {"numpy"}


def test_a_handler_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no handler"):
        reach("gone", tree(tmp_path), tmp_path)


@pytest.mark.parametrize(
    "function", ["lex_hook", "next_batch", "synthesize", "opt_out", "inbox_age", "call_status", "transcribe"]
)
def test_no_function_carries_another_skin_or_training(function: str) -> None:
    found = reach(function, ROOT, ROOT)
    tops = {path.parts[1] for path in found.files if path.parts[0] == "voicebot"}
    assert not tops & {"cli", "web", "deploy", "flow", "lex"}
    pinned = read_requirements(bundled("lambdas/requirements.txt"))
    assert found.packages <= pinned.keys(), "pin it in lambdas/requirements.txt, or leave it out in deploy/reach.py"
    assert not [
        path for path in found.files if path.name in ("train.py", "learn.py", "sqlite.py", "intent_dataset.csv")
    ]


def test_the_function_that_only_names_clips_carries_no_numbers_library() -> None:
    assert reach("next_batch", ROOT, ROOT).packages == {"pydantic", "pyyaml"}
