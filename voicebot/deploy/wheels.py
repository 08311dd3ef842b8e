"""Packages for the Lambda platform, fetched by pip: wheels of another machine's kind, at exact versions."""

import importlib.metadata
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from voicebot.deploy.template import fingerprint
from voicebot.disk import explained
from voicebot.errors import ConfigError, StorageError

REQUIREMENTS = "lambdas/requirements.txt"

_AMAZON_LINUX_2023_GLIBC = (2, 34)
"""What Lambda's Python runtimes from 3.12 on run on."""

_MANYLINUX = ("2_34", "2_31", "2_28", "2_27", "2_26", "2_24", "2_17")


@dataclass(frozen=True)
class Target:
    """What a package is built for.

    Attributes:
        python: Such as ``3.13``.
        architecture: Lambda's word: ``x86_64`` or ``arm64``.
        glibc: The version of the C library that is there.
    """

    python: str = "3.13"
    architecture: str = "x86_64"
    glibc: tuple[int, int] = _AMAZON_LINUX_2023_GLIBC

    @classmethod
    def here(cls) -> "Target":
        """Return this machine, to run packages on it."""
        major, minor = platform.libc_ver()[1].split(".")[:2]
        machine = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
        return cls(".".join(platform.python_version_tuple()[:2]), machine, (int(major), int(minor)))

    @property
    def platforms(self) -> list[str]:
        """The wheel platforms that run there, newest first (PEP 600)."""
        machine = {"arm64": "aarch64"}.get(self.architecture, self.architecture)
        names = [tag for tag in _MANYLINUX if tuple(map(int, tag.split("_"))) <= self.glibc]
        return [f"manylinux_{tag}_{machine}" for tag in names] + [f"manylinux2014_{machine}"]


def read_requirements(path: Path) -> dict[str, str]:
    """Return the exact versions that a requirements file pins, by the packages' normal names.

    Raises:
        ConfigError: A line pins nothing.
    """
    pinned = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        name, mark, version = text.partition("==")
        if not mark or not version:
            raise ConfigError(
                f"{path.name}:{number}: must be name==version", hint="packages are built from exact versions"
            )
        pinned[normal_name(name)] = version
    return pinned


def normal_name(name: str) -> str:
    """Return a distribution's name in the one form that compares equal (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def fetch_wheels(packages: Iterable[str], pinned: Mapping[str, str], target: Target, cache: Path) -> Path | None:
    """Return a folder with packages and all that they need, as they are imported; None when there are none to fetch.

    It is fetched once and kept under `cache`, by what it holds.

    Raises:
        ConfigError: A package is not pinned, or has no wheel for the target.
        StorageError: pip cannot reach its index.
    """
    wanted = sorted(normal_name(name) for name in packages)
    if not wanted:
        return None
    folder = kept_wheels(wanted, pinned, target, cache)
    if folder.is_dir():
        return folder
    with explained(cache):
        cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as beside:
        lines = Path(beside) / "constraints.txt"
        lines.write_text("".join(f"{name}=={version}\n" for name, version in pinned.items()), encoding="utf-8")
        fetched = Path(beside) / "fetched"
        _pip_install(wanted, lines, target, fetched)
        _check_pinned(fetched, pinned)
        if not folder.exists():
            shutil.move(fetched, folder)
    return folder


def kept_wheels(packages: Iterable[str], pinned: Mapping[str, str], target: Target, cache: Path) -> Path:
    """Return the folder where packages are kept once they were fetched; it is there only then.

    Raises:
        ConfigError: A package is not pinned.
    """
    wanted = sorted(normal_name(name) for name in packages)
    unknown = [name for name in wanted if name not in pinned]
    if unknown:
        raise ConfigError(
            f"no version is pinned of what a handler comes to import: {', '.join(unknown)}",
            hint=f"pin it in {REQUIREMENTS}, or add it to what is left out in voicebot/deploy/reach.py",
        )
    return cache / fingerprint(wanted, sorted(pinned.items()), target)


def _pip_install(packages: list[str], constraints: Path, target: Target, folder: Path) -> None:
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
        "--only-binary=:all:", "--implementation", "cp", "--python-version", target.python,
        *(part for tag in target.platforms for part in ("--platform", tag)),
        "--target", str(folder), "--constraint", str(constraints), *packages,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    if done.returncode == 0:
        return
    text = done.stderr
    told = [line.strip() for line in text.splitlines() if line.startswith("ERROR:")]
    reason = told[-1].removeprefix("ERROR: ") if told else "pip is not installed or failed"
    if "No matching distribution" in text or "Could not find a version" in text or "conflict" in text:
        if "Connection" in text or "Temporary failure" in text:
            raise StorageError("pip cannot reach its index", hint="check the network and try again")
        raise ConfigError(
            f"no wheel for Python {target.python} on {target.architecture}: {reason}",
            hint=f"pin another version in {REQUIREMENTS}",
        )
    raise ConfigError(f"pip: {reason}", hint="python -m pip --version must work")


def _check_pinned(folder: Path, pinned: Mapping[str, str]) -> None:
    for one in importlib.metadata.distributions(path=[str(folder)]):
        name = normal_name(one.metadata["Name"])
        if pinned.get(name) != one.version:
            raise ConfigError(
                f"{name} {one.version} came along and is not pinned",
                hint=f"add {name}=={one.version} to {REQUIREMENTS}",
            )
