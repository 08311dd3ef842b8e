"""The functions' packages: zip files that hold only what a handler needs, byte for byte the same from the same input."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from voicebot.deploy.reach import reach
from voicebot.deploy.shared_objects import slim
from voicebot.deploy.template import FunctionSpec
from voicebot.deploy.wheels import REQUIREMENTS, Target, fetch_wheels, kept_wheels, read_requirements
from voicebot.disk import write_atomically
from voicebot.errors import GateError
from voicebot.resources import bundled, bundled_root

BUDGET_MB = 130.0
"""The most that a package may hold, unzipped: Lambda takes 250 MB, and half of it starts sooner."""

_MOMENT = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can say: when a file was made must not change a package."""

_NOT_NEEDED_FOLDERS = frozenset({"tests", "testing", "__pycache__", "include", "bin", "doc", "docs", "f2py"})
_NOT_NEEDED_SUFFIXES = frozenset({".pyi", ".pyc", ".h", ".a", ".c", ".pxd", ".pyx"})
_KEPT_OF_METADATA = frozenset({"METADATA", "entry_points.txt"})


@dataclass(frozen=True)
class Package:
    """A function's package.

    Attributes:
        function: Its name.
        path: Of the zip file.
        sha256: Of the zip file.
        files: How many files are in it.
        zipped_mb: Its size in megabytes of 1,000,000 bytes.
        unzipped_mb: The size of what is in it.
        packages: What it brings along from elsewhere.
    """

    function: str
    path: str
    sha256: str
    files: int
    zipped_mb: float
    unzipped_mb: float
    packages: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name in the code bucket, which changes with its content."""
        return f"code/{self.function}-{self.sha256[:16]}.zip"


@dataclass(frozen=True)
class Contents:
    """What a function's package would hold.

    Attributes:
        function: Its name.
        path: Of the zip file.
        files: How many files are voicebot's own.
        packages: What it brings along from elsewhere.
        is_fetched: Whether pip has fetched those already.
    """

    function: str
    path: str
    files: int
    packages: tuple[str, ...]
    is_fetched: bool


class Packager:
    """Builds packages.

    Args:
        out: The folder for the zip files.
        cache: The folder for what pip fetched.
        extra: What every package holds besides, by name: the settings that the functions run with.
        target: What they are built for.
        prepared: What a package holds besides a source file that it holds, by that file's name.
    """

    def __init__(
        self,
        out: Path,
        cache: Path,
        extra: Mapping[str, bytes],
        target: Target,
        prepared: Mapping[str, Mapping[str, bytes]] | None = None,
    ) -> None:
        self._out = out
        self._cache = cache
        self._extra = extra
        self._target = target
        self._prepared = prepared or {}

    def build(self, functions: Iterable[FunctionSpec], on_built: Callable[[], None] = lambda: None) -> list[Package]:
        """Build every function's package."""
        built = []
        for function in functions:
            built.append(self._build(function.name))
            on_built()
        return built

    def contents(self, function: FunctionSpec) -> Contents:
        """Return what a function's package would hold; nothing is fetched or written."""
        files, packages = self._own(function.name)
        pinned = read_requirements(bundled(REQUIREMENTS))
        is_fetched = not packages or kept_wheels(packages, pinned, self._target, self._cache).is_dir()
        return Contents(function.name, str(self._path(function.name)), len(files), packages, is_fetched)

    def _path(self, name: str) -> Path:
        return self._out / f"{name}.zip"

    def _own(self, name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
        """Return voicebot's own files by name, and the names of what comes along from elsewhere."""
        lambdas_root = bundled_root()
        package_root = Path(__file__).resolve().parent.parent.parent
        needed = reach(name, package_root, lambdas_root)
        files = {
            path.as_posix(): _as_read(path, (_root(path, package_root, lambdas_root) / path).read_bytes())
            for path in needed.files
        }
        files |= self._extra
        for source, made in self._prepared.items():
            files |= made if source in files else {}
        return files, tuple(sorted(needed.packages))

    def _build(self, name: str) -> Package:
        files, packages = self._own(name)
        pinned = read_requirements(bundled(REQUIREMENTS))
        wheels = fetch_wheels(packages, pinned, self._target, self._cache)
        if wheels:
            files |= {path: slim((wheels / path).read_bytes()) for path in _of_wheels(wheels)}
        path = self._path(name)
        data = zipped(files)
        write_atomically(path, data)
        return Package(
            name,
            str(path),
            hashlib.sha256(data).hexdigest(),
            len(files),
            round(len(data) / 1e6, 2),
            round(sum(map(len, files.values())) / 1e6, 2),
            packages,
        )


def check_budget(packages: Iterable[Package], budget_mb: float = BUDGET_MB) -> None:
    """Refuse packages that are too large.

    Raises:
        GateError: Names each package above the budget.
    """
    large = [f"{one.function} ({one.unzipped_mb:.0f} MB)" for one in packages if one.unzipped_mb > budget_mb]
    if large:
        raise GateError(
            f"above the budget of {budget_mb:.0f} MB unzipped: {', '.join(large)}", hint="see what it brings along"
        )


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip file of `files`; the same names and bytes give the same zip file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name])
    return data.getvalue()


def _root(path: Path, package_root: Path, lambdas_root: Path) -> Path:
    return lambdas_root if path.parts[0] == "lambdas" else package_root


def _as_read(path: Path, data: bytes) -> bytes:
    """Return a file as a function reads it soonest: YAML data as JSON, which is YAML all the same."""
    if path.suffix != ".yaml":
        return data
    return json.dumps(yaml.safe_load(data), ensure_ascii=False).encode()


def _of_wheels(folder: Path) -> list[str]:
    """Return what of installed packages a handler runs, relative to their folder."""
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and _is_needed(path.relative_to(folder))
    ]


def _is_needed(path: Path) -> bool:
    if path.parts[0].endswith(".dist-info"):
        return path.name in _KEPT_OF_METADATA
    return path.suffix not in _NOT_NEEDED_SUFFIXES and not _NOT_NEEDED_FOLDERS & set(path.parts[:-1])
