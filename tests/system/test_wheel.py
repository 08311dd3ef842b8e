"""The wheel works from any directory, and brings no package of a common name."""

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.system

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)],
        check=True, timeout=300,
    )  # fmt: skip
    return next(folder.glob("voicebot-*.whl"))


def test_everything_is_inside_the_package(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"voicebot", next(top for top in tops if top.endswith(".dist-info"))}
    for wanted in (
        "voicebot/bundled/lambdas/lex_hook/handler.py",
        "voicebot/bundled/lambdas/template.yaml",
        "voicebot/bundled/lambdas/requirements.txt",
        "voicebot/bundled/lambdas/approve.asl.json",
        "voicebot/bundled/connect_flows/outbound.json",
        "voicebot/bundled/lex_bots/chajipsa/bot.yaml",
        "voicebot/bundled/connect_flows/inbound.json",
        "voicebot/bundled/scenarios/first_call.yaml",
        "voicebot/bundled/config.example.yaml",
        "voicebot/data/response_bank.csv",
        "voicebot/data/facts.yaml",
        "voicebot/py.typed",
    ):
        assert wanted in names
    assert not [name for name in names if name.endswith((".pyc", ".wav")) or "/tests/" in name]


def test_a_call_runs_from_an_installed_wheel_in_another_directory(wheel: Path, tmp_path: Path) -> None:
    environment_dir = tmp_path / "environment"
    venv.create(environment_dir, with_pip=False)
    site = next((environment_dir / "lib").glob("python3*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # The dependencies are those of this interpreter; voicebot itself is the wheel's.
    (site / "dependencies.pth").write_text("\n".join(p for p in sys.path if p.endswith("site-packages")))
    run = [str(environment_dir / "bin" / "python"), "-m", "voicebot"]
    variables = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "VOICEBOT_DATA_DIR": str(tmp_path / "data")}
    where = subprocess.run(
        [run[0], "-c", "import voicebot; print(voicebot.__file__)"],
        cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8", timeout=60, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(site))
    done = subprocess.run(
        [*run, "flow", "run", "connect_flows/inbound.json", "--record", "call.wav"],
        input="안녕히 계세요\n", cwd=tmp_path, env=variables, capture_output=True, encoding="utf-8", timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "call.wav").stat().st_size > 100_000
