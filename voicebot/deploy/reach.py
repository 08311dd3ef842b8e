"""What a Lambda handler can come to run: modules, data files and packages, read from the source without running it.

Imports inside functions count, for a handler may get there. Two things keep a package small. Of the composition root's
rooms only those properties count that the handler asks for, and what they ask for in turn; of a module named
``assembly`` only the functions that are called. And where such a function chooses by ``is_on_aws``, only Amazon's side
counts.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from voicebot.errors import ConfigError

_ROOT = "voicebot.client"
_ROOT_NAMES = frozenset({"voicebot", "self", "within"})
_TARGET = re.compile(r"voicebot(?:\.\w+)+:\w+")

PROVIDED = frozenset({"boto3", "botocore", "urllib3", "s3transfer", "jmespath", "dateutil", "snapshot_restore_py"})
"""What Lambda's Python runtime brings along."""

LEFT_OUT = frozenset({"TTS", "torch", "kiwipiepy", "scipy", "sklearn", "supertonic", "vosk"})
"""What handlers never run: training, and voices and recognition of a machine of one's own."""

DISTRIBUTIONS = {
    "amazon_transcribe": "amazon-transcribe",
    "espeakng_loader": "espeakng-loader",
    "yaml": "pyyaml",
}
"""Packages whose name is not their module's."""

_DATA = Path("voicebot/data")
_ASSEMBLY = ".assembly"
_OWN = ("voicebot", "lambdas")


@dataclass
class Reach:
    """What a handler needs.

    Attributes:
        files: Source and data files, relative to the source tree's root.
        packages: Names of distributions that have to come along.
    """

    files: set[Path] = field(default_factory=set)
    packages: set[str] = field(default_factory=set)


def reach(function: str, package_root: Path, lambdas_root: Path) -> Reach:
    """Return what the handler ``lambdas/<function>/handler.py`` needs.

    Args:
        function: The handler's folder.
        package_root: The folder that holds the package ``voicebot``.
        lambdas_root: The folder that holds ``lambdas``.

    Raises:
        ConfigError: There is no such handler, or it needs a package that cannot come along.
    """
    walk = _Walk({"voicebot": package_root, "lambdas": lambdas_root})
    if walk.path_of(f"lambdas.{function}.handler") is None:
        raise ConfigError(f"there is no handler lambdas/{function}/handler.py")
    walk.module(f"lambdas.{function}.handler")
    return walk.found


class _Walk:
    def __init__(self, roots: dict[str, Path]) -> None:
        self.found = Reach()
        self._roots = roots
        self._seen: set[str] = set()
        self._members: set[str] = set()
        self._root: dict[str, tuple[ast.FunctionDef, Path]] = {}
        self._waiting: list[str] = []

    def module(self, name: str) -> None:
        """Follow a module and everything that it leads to."""
        self._waiting.append(name)
        while self._waiting:
            self._visit(self._waiting.pop())

    def path_of(self, name: str) -> Path | None:
        """Return a module's file, relative to its root, or None when `name` is not one of our modules."""
        root = self._roots[name.split(".", 1)[0]]
        stem = Path(*name.split("."))
        return next((one for one in (stem.with_suffix(".py"), stem / "__init__.py") if (root / one).is_file()), None)

    def _visit(self, name: str) -> None:
        path = self.path_of(name)
        if name in self._seen or path is None:
            return
        self._seen.add(name)
        self._add(path)
        tree = _parsed(self._roots[path.parts[0]] / path)
        if name != _ROOT and not name.startswith(f"{_ROOT}."):
            self._statements(tree.body, path)
            return
        rooms = [one for one in tree.body if isinstance(one, ast.ClassDef)]
        self._root |= {one.name: (one, path) for room in rooms for one in room.body if isinstance(one, ast.FunctionDef)}
        self._statements([one for one in tree.body if one not in rooms], path)
        for member in sorted(self._members):
            self._member(member)

    def _member(self, name: str) -> None:
        """Follow a member of the root; before its room is read, only note it."""
        self._members.add(name)
        if name not in self._root or f".{name}" in self._seen:
            return
        self._seen.add(f".{name}")
        function, path = self._root[name]
        body = amazon_side(function.body)
        self._statements(body, path)
        for node in (one for statement in body for one in ast.walk(statement)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _ROOT_NAMES:
                self._member(node.attr)

    def _assembled(self, module: str, name: str) -> None:
        """Follow one function of a module that only puts parts together, and the functions that it calls there."""
        path = self.path_of(module)
        if path is None or f"{module}.{name}" in self._seen:
            return
        tree = _parsed(self._roots[path.parts[0]] / path)
        functions = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
        if module not in self._seen:
            self._seen.add(module)
            self._add(path)
            self._statements([one for one in tree.body if not isinstance(one, ast.FunctionDef)], path)
        if name not in functions:
            return
        self._seen.add(f"{module}.{name}")
        self._statements(amazon_side(functions[name].body), path)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Name) and node.id in functions:
                self._assembled(module, node.id)

    def _add(self, path: Path) -> None:
        self.found.files.add(path)
        for folder in path.parents[:-1]:
            self.found.files.add(folder / "__init__.py")

    def _statements(self, body: list[ast.stmt], path: Path) -> None:
        nodes = [node for statement in body for node in _without_types(statement)]
        for node in nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self._imported(alias.name)
            elif isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(_ASSEMBLY):
                for alias in node.names:
                    self._assembled(node.module, alias.name)
            elif isinstance(node, ast.ImportFrom) and node.module:
                self._imported(node.module)
                for alias in node.names:
                    self._imported(f"{node.module}.{alias.name}")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                if _TARGET.fullmatch(node.value):
                    self._imported(node.value.split(":")[0])
                elif re.fullmatch(r"\w+\.\w+", node.value):
                    self._data(path.parent / node.value)
            elif isinstance(node, ast.BinOp) and ast.unparse(node.left) == "DATA_DIR":
                self._data(_DATA / ast.literal_eval(node.right))
            elif isinstance(node, ast.Attribute) and _is_client(node.value):
                self._member(node.attr)

    def _imported(self, name: str) -> None:
        top = name.split(".", 1)[0]
        if top in _OWN:
            self._waiting.append(name)
        elif top not in sys.stdlib_module_names and top not in PROVIDED and top not in LEFT_OUT:
            self.found.packages.add(DISTRIBUTIONS.get(top, top).replace("_", "-"))

    def _data(self, place: Path) -> None:
        """Add a data file, or the files of a data folder, where there is one at `place`."""
        root = self._roots[place.parts[0]]
        if (root / place).is_dir():
            self.found.files |= {place / one.name for one in (root / place).iterdir() if one.is_file()}
        elif (root / place).is_file() and place.suffix != ".py":
            self.found.files.add(place)


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _is_client(node: ast.expr) -> bool:
    """Say whether an expression is the client, by its name: a parameter, or what the handlers' runtime lends."""
    if isinstance(node, ast.Call):
        node = node.func
        return isinstance(node, ast.Name) and node.id == "client"
    return isinstance(node, ast.Name) and node.id == "voicebot"


def amazon_side(body: list[ast.stmt]) -> list[ast.stmt]:
    """Return a function's statements without the ones that only another backend gets to."""
    for index, statement in enumerate(body):
        if isinstance(statement, ast.If) and "is_on_aws" in ast.unparse(statement.test):
            if isinstance(statement.test, ast.UnaryOp):  # if not ...: what another backend does before it leaves
                return [*body[:index], *body[index + 1 :]]
            ends = isinstance(statement.body[-1], ast.Return)
            return [*body[:index], *statement.body] if ends else body
    return body


def _without_types(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield a statement's nodes, but for imports that only a type checker runs."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))
