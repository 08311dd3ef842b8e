"""Packages: the same input gives the same bytes."""

import hashlib
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from voicebot.chat import learned
from voicebot.client import Voicebot
from voicebot.deploy.packages import Package, Packager, _as_read, check_budget, zipped
from voicebot.deploy.prepared import prepared
from voicebot.deploy.template import FunctionSpec, fingerprint, functions_of, load_template
from voicebot.deploy.wheels import Target, fetch_wheels, read_requirements
from voicebot.errors import ConfigError, GateError
from voicebot.nlu.matcher import Matcher
from voicebot.nlu.model import load_model
from voicebot.resources import DATA_DIR, bundled
from voicebot.settings.load import load

pytestmark = pytest.mark.unit


def test_the_same_files_make_the_same_zip_whatever_their_order() -> None:
    files = {"b/x.py": b"x = 1\n", "a.json": "가".encode()}
    first = zipped(files)
    assert zipped(dict(reversed(files.items()))) == first
    assert zipped({**files, "a.json": b"{}"}) != first


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[FunctionSpec]:
    """The function with the fewest packages, whose wheels are there already: this test needs no network."""
    pinned = read_requirements(bundled("lambdas/requirements.txt"))

    names = ["pydantic", "pyyaml"]
    kept = tmp_path / "wheels" / fingerprint(names, sorted(pinned.items()), Target())
    (kept / "yaml").mkdir(parents=True)
    (kept / "yaml" / "__init__.py").write_text("", encoding="utf-8")
    (kept / "yaml" / "tests").mkdir()
    (kept / "yaml" / "tests" / "test_x.py").write_text("", encoding="utf-8")
    (kept / "PyYAML.dist-info").mkdir()
    (kept / "PyYAML.dist-info" / "METADATA").write_text("Name: PyYAML\n", encoding="utf-8")
    (kept / "PyYAML.dist-info" / "RECORD").write_text("when it was fetched\n", encoding="utf-8")
    return [one for one in functions_of(load_template()) if one.name == "next_batch"]


def test_the_same_source_makes_the_same_package_anywhere_and_at_any_time(
    small: list[FunctionSpec], tmp_path: Path
) -> None:
    made: list[Package] = []
    for place in ("one", "two"):
        wheels = tmp_path / place / "wheels"
        shutil.copytree(tmp_path / "wheels", wheels)
        for path in wheels.rglob("*"):
            os.utime(path, (1_000_000_000 + len(made), 1_000_000_000))
        made += Packager(tmp_path / place / "out", wheels, {"settings.json": b"{}"}, Target()).build(small)
    assert made[0].sha256 == made[1].sha256
    assert made[0].key == made[1].key
    assert hashlib.sha256(Path(made[0].path).read_bytes()).hexdigest() == made[0].sha256
    names = zipfile.ZipFile(made[0].path).namelist()
    assert {"settings.json", "lambdas/next_batch/handler.py", "yaml/__init__.py", "PyYAML.dist-info/METADATA"} <= set(
        names
    )
    assert not [name for name in names if "/tests/" in name or name.endswith(("RECORD", ".pyc"))]
    changed = Packager(tmp_path / "out", tmp_path / "wheels", {"settings.json": b'{"a": 1}'}, Target()).build(small)
    assert changed[0].key != made[0].key


def test_what_was_made_for_a_source_file_goes_where_that_file_goes(small: list[FunctionSpec], tmp_path: Path) -> None:
    made = {"lambdas/next_batch/handler.py": {"a": b"1"}, "lambdas/lex_hook/handler.py": {"b": b"2"}}
    (package,) = Packager(tmp_path / "out", tmp_path / "wheels", {}, Target(), made).build(small)
    names = set(zipfile.ZipFile(package.path).namelist())
    assert "a" in names
    assert "b" not in names


def prepared_for(**env: str) -> dict[str, dict[str, bytes]]:
    client = Voicebot(load(env=env))
    return prepared(client.model, client.responses)


def test_the_index_of_the_written_questions_is_made_for_the_settings_own_bank(tmp_path: Path) -> None:
    bank = tmp_path / "bank.csv"
    bank.write_text("id,intent,answer,question\no1,engine_oil,네.,엔진오일 갈아요\n", encoding="utf-8")
    own = prepared_for(VOICEBOT_CHAT__RESPONSE_BANK=str(bank))
    ((source, files),) = own.items()
    ((name, data),) = files.items()
    assert prepared_for(VOICEBOT_CHAT__RESPONSE_BANK=str(bank)) == own
    assert Path(learned.__file__).as_posix().endswith(source)
    (tmp_path / "questions").write_bytes(data)
    matcher = Matcher.load(load_model(DATA_DIR / "model"), tmp_path / "questions")
    assert [one.answer_id for one in matcher.search("엔진오일 갈아요")] == ["o1"]
    assert name not in next(iter(prepared_for().values()))


def test_a_package_above_the_budget_is_named() -> None:
    large = Package("synthesize", "x", "0" * 64, 1, 60.0, 131.0, ())
    with pytest.raises(GateError, match=r"synthesize \(131 MB\)"):
        check_budget([large])
    check_budget([large], budget_mb=140)


def test_every_requirement_is_exact(tmp_path: Path) -> None:
    assert read_requirements(bundled("lambdas/requirements.txt"))["pydantic-core"]
    loose = tmp_path / "requirements.txt"
    loose.write_text("# versions\nnumpy>=2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"requirements\.txt:2"):
        read_requirements(loose)


def test_wheels_fit_the_system_that_the_runtime_runs_on() -> None:
    assert Target("3.13", "arm64").platforms[0] == "manylinux_2_34_aarch64"
    assert Target(glibc=(2, 26)).platforms == [
        "manylinux_2_26_x86_64",
        "manylinux_2_24_x86_64",
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
    ]
    assert fetch_wheels([], {}, Target(), Path("never-made")) is None


def test_data_travels_as_json_which_needs_no_yaml_library() -> None:
    assert (
        _as_read(Path("voicebot/data/facts.yaml"), "hours: {weekday: 오전 9시}".encode())
        == '{"hours": {"weekday": "오전 9시"}}'.encode()
    )
    assert _as_read(Path("x.py"), b"a: 1") == b"a: 1"
