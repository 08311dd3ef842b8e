"""The one line of a configuration file that holds the match threshold."""

from pathlib import Path

import pytest
import yaml

from tests.cache.coverage.test_measure import write
from voicebot.cache.coverage.threshold_file import SETTING, named, with_threshold, write_threshold
from voicebot.errors import ConfigError, InputError
from voicebot.resources import bundled

pytestmark = pytest.mark.unit

CONFIG = """# what is ours
cache:            # answers
  normalize: true

  # how sure
  match_threshold: 0.5   # fitted in May
  lease_s: 60
chat:
  engine: gpt
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CONFIG, CONFIG.replace("0.5 ", "0.9 ")),
        ("", "cache:\n  match_threshold: 0.9\n"),
        ("# nothing\n", "# nothing\ncache:\n  match_threshold: 0.9\n"),
        ("chat:\n  engine: gpt", "chat:\n  engine: gpt\ncache:\n  match_threshold: 0.9\n"),
        (
            "cache:\n    lease_s: 9 # s\n\n# chat\nchat:\n  engine: gpt\n",
            "cache:\n    lease_s: 9 # s\n    match_threshold: 0.9\n\n# chat\nchat:\n  engine: gpt\n",
        ),
        ("cache: {}\nbackend: local\n", "cache:\n  match_threshold: 0.9\nbackend: local\n"),
        ("cache: # later\n", "cache: # later\n  match_threshold: 0.9\n"),
        ("cache.match_threshold: 0.1 # flat\n", "cache.match_threshold: 0.9 # flat\n"),
        ("cache:\r\n  lease_s: 9\r\n", "cache:\r\n  lease_s: 9\r\n  match_threshold: 0.9\r\n"),
        ("cache:\n  match_threshold: null\n", "cache:\n  match_threshold: 0.9\n"),
    ],
)
def test_one_line_changes_and_the_comments_stay(before: str, after: str) -> None:
    assert with_threshold(before, 0.9) == after
    assert with_threshold(after, 0.9) == after


@pytest.mark.parametrize(
    "text", ["cache: {lease_s: 9}\n", "- a\n", "a: [\n", "chat:\n  engine: gpt\n...\n", "'cache':\n  lease_s: 9\n"]
)
def test_a_form_that_one_line_cannot_change_is_left_alone(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text, "config.yaml")
    with pytest.raises(ConfigError) as caught:
        write_threshold(path, 0.9)
    assert SETTING in (caught.value.hint or "")
    assert path.read_text() == text


def test_a_very_small_threshold_is_still_a_number_in_yaml() -> None:
    changed = with_threshold("", 3.2e-06)
    assert changed is not None
    assert yaml.safe_load(changed) == {"cache": {"match_threshold": 3.2e-06}}


def test_the_example_configuration_can_be_changed(tmp_path: Path) -> None:
    text = bundled("config.example.yaml").read_text(encoding="utf-8")
    path = write(tmp_path, text, "config.yaml")
    path.chmod(0o600)
    write_threshold(path, 0.8765)
    changed = path.read_text(encoding="utf-8")
    assert yaml.safe_load(changed)["cache"]["match_threshold"] == 0.8765
    assert changed.count("#") == text.count("#")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_dry_run_names_the_file_and_leaves_it(tmp_path: Path) -> None:
    path = write(tmp_path, CONFIG, "config.yaml")
    assert write_threshold(path, 0.9, dry_run=True) == str(path)
    assert path.read_text() == CONFIG


def test_a_link_to_the_configuration_stays_a_link(tmp_path: Path) -> None:
    path = write(tmp_path, CONFIG, "real.yaml")
    link = tmp_path / "config.yaml"
    link.symlink_to(path)
    write_threshold(link, 0.9)
    assert link.is_symlink()
    assert "0.9 " in path.read_text()


def test_writing_without_a_named_configuration_says_how(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        named(None)
    assert "--config" in (caught.value.hint or "")
    with pytest.raises(ConfigError):
        write_threshold(tmp_path / "none.yaml", 0.9)
