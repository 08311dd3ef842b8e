"""Which operations of AWS a Lambda handler can come to call, and on whose behalf, read from the source without running it.

A walk from the handler follows every function, method and property that the code names, by the types that annotations
give: what a protocol promises is looked for in each class that the walk has seen made. Of a function that chooses by
``is_on_aws`` only Amazon's side counts. Types are flattened, so that ``Iterator[X]``, ``X | None`` and a function that
returns ``X`` are all X: that takes in too much rather than too little.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.aws_calls import ROOT, _operations
from voicebot.deploy.reach import amazon_side

Types = frozenset[str]
"""Our classes, each as ``package.module:Class``."""

_TARGET = re.compile(r"voicebot(?:\.\w+)+:\w+")
_NOTHING: Types = frozenset()
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Module:
    """A module's names: what it imports, and what it defines at its top."""

    name: str
    tree: ast.Module
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)
    defined: dict[str, ast.AST] = field(default_factory=dict)


@cache
def module(name: str) -> Module | None:
    """Return one of our modules, or None."""
    stem = ROOT.joinpath(*name.split("."))
    path = next((one for one in (stem.with_suffix(".py"), stem / "__init__.py") if one.is_file()), None)
    if path is None:
        return None
    found = Module(name, ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(found.tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ("voicebot", "lambdas"):
            found.imports |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    for top in found.tree.body:
        if isinstance(top, (ast.ClassDef, *_FUNCTIONS)):
            found.defined[top.name] = top
        elif isinstance(top, ast.Assign) and isinstance(top.targets[0], ast.Name):
            found.defined[top.targets[0].id] = top.value
        elif isinstance(top, ast.AnnAssign) and isinstance(top.target, ast.Name) and top.value:
            found.defined[top.target.id] = top.value
    return found


def resolve(where: Module, name: str) -> tuple[Module, ast.AST] | None:
    """Return what a name means in a module, followed to where it is defined."""
    if name in where.defined:
        return where, where.defined[name]
    if name in where.imports:
        source, original = where.imports[name]
        target = module(source)
        return resolve(target, original) if target else None
    return None


@cache
def class_of(name: str) -> tuple[Module, ast.ClassDef]:
    """Return a class by ``package.module:Class``."""
    source, _, own = name.partition(":")
    where = module(source)
    assert where, name
    node = where.defined[own]
    assert isinstance(node, ast.ClassDef)
    return where, node


@cache
def lineage(name: str) -> tuple[str, ...]:
    """Return a class and its bases, nearest first."""
    where, node = class_of(name)
    bases = [base for one in node.bases for base in sorted(named(where, one))]
    return tuple(dict.fromkeys([name, *(each for base in bases for each in lineage(base))]))


@cache
def is_protocol(name: str) -> bool:
    """Say whether a class is a protocol."""
    return any("Protocol" in ast.unparse(base) for base in class_of(name)[1].bases)


@cache
def members(name: str) -> Mapping[str, tuple[str, ast.AST]]:
    """Return what a class has, by name, each with the class that it comes from: methods, and fields by annotation."""
    found: dict[str, tuple[str, ast.AST]] = {}
    for owner in reversed(lineage(name)):
        for one in class_of(owner)[1].body:
            if isinstance(one, _FUNCTIONS):
                found[one.name] = (owner, one)
            elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                found[one.target.id] = (owner, one.annotation)
    return found


def named(where: Module, annotation: ast.AST | None) -> Types:
    """Return our classes that an annotation names."""
    found: set[str] = set()
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                found |= named(where, ast.parse(node.value, mode="eval"))
            except SyntaxError:
                continue
        elif isinstance(node, ast.Name):
            target = resolve(where, node.id)
            if target and isinstance(target[1], ast.ClassDef):
                found.add(f"{target[0].name}:{target[1].name}")
            elif target and isinstance(target[1], (ast.Subscript, ast.BinOp)):
                found |= named(*target)
    return frozenset(found)


def fulfils(name: str, promised: str) -> bool:
    """Say whether a class is, or has all that, another promises."""
    if promised in lineage(name):
        return True
    if not is_protocol(promised):
        return False
    has, promises = members(name), members(promised)
    if not promises.keys() <= has.keys() | fields(name).keys():
        return False
    return all(_names(has[one][1]) == _names(promises[one][1]) for one in promises if one in has)


def _names(node: ast.AST) -> list[str]:
    """Return the names of a method's positional parameters; none for what is no method."""
    return [one.arg for one in node.args.args] if isinstance(node, _FUNCTIONS) else []


@cache
def fields(name: str) -> Mapping[str, tuple[Module, ast.expr, ast.FunctionDef]]:
    """Return what a class's ``__init__`` and its bases' assign to ``self``, by name."""
    found: dict[str, tuple[Module, ast.expr, ast.FunctionDef]] = {}
    for owner in reversed(lineage(name)):
        where, node = class_of(owner)
        for method in (one for one in node.body if isinstance(one, ast.FunctionDef)):
            for statement in ast.walk(method):
                targets = statement.targets if isinstance(statement, ast.Assign) else ()
                if isinstance(statement, ast.AnnAssign) and statement.value is not None:
                    targets = (statement.target,)
                for target in targets:
                    pairs = [(target, statement.value)]  # type: ignore[union-attr]
                    if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):  # type: ignore[union-attr]
                        pairs = list(zip(target.elts, statement.value.elts, strict=True))  # type: ignore[union-attr]
                    for each, value in pairs:
                        if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "self":
                            found.setdefault(each.attr, (where, value, method))
    return found


class Walk:
    """A walk from one handler.

    Args:
        owners: Classes and functions on whose behalf operations are called: ``package.module:Name``.

    Attributes:
        calls: What is called: the owner and the operation.
        made: Classes of which an object is made.
    """

    def __init__(self, owners: Iterable[str]) -> None:
        self.calls: set[tuple[str, str]] = set()
        self.made: set[str] = set()
        self._owners = frozenset(owners)
        self._done: set[tuple[int, str, str]] = set()
        self._typing: set[tuple[str, str]] = set()

    def handler(self, function: str) -> "Walk":
        """Follow a handler until nothing new is made any more."""
        where = module(f"lambdas.{function}.handler")
        assert where, function
        seen = -1
        while seen < len(self.made):
            seen = len(self.made)
            self._done.clear()
            for node in where.defined.values():
                if isinstance(node, _FUNCTIONS):
                    self._function(where, node, "", "")
        return self

    def _function(self, where: Module, node: ast.AST, own: str, owner: str) -> None:
        """Follow a function's body; `own` is the class of its ``self``."""
        assert isinstance(node, _FUNCTIONS)
        here = f"{where.name}:{node.name}"
        owner = next((one for one in (*(lineage(own) if own else ()), here) if one in self._owners), owner)
        if (id(node), own, owner) in self._done:
            return
        self._done.add((id(node), own, owner))
        _Body(self, where, own, owner, parameters(where, node, own)).statements(amazon_side(node.body))

    def enter(self, types: Types, name: str, owner: str) -> Types:
        """Follow a member of whatever has one of these types, and return the types of what it is or returns."""
        found: set[str] = set()
        for one in sorted(types):
            found |= self._enter(one, name, owner)
            for made in sorted(self.made):
                if made != one and is_protocol(one) and fulfils(made, one):
                    found |= self._enter(made, name, owner)
        return frozenset(found)

    def _enter(self, one: str, name: str, owner: str) -> Types:
        if name in members(one):
            source, node = members(one)[name]
            where = class_of(source)[0]
            if not isinstance(node, _FUNCTIONS):
                return named(where, node)
            if not is_protocol(one):
                self._function(where, node, one, owner)
            return named(where, node.returns) | (
                frozenset({one}) if "Self" in ast.unparse(node.returns or node) else _NOTHING
            )
        return self.field(one, name)

    def field(self, one: str, name: str) -> Types:
        """Return the types of what a class's methods assign to a field."""
        if name not in fields(one) or (one, name) in self._typing:
            return _NOTHING
        self._typing.add((one, name))
        where, value, method = fields(one)[name]
        owner = next((each for each in lineage(one) if each in self._owners), "")
        types = _Body(self, where, one, owner, parameters(where, method, one)).types(value)
        self._typing.discard((one, name))
        return types

    def make(self, one: str, owner: str) -> None:
        """Note that an object of a class is made, and follow how."""
        self.made.add(one)
        for name in ("__init__", "__post_init__", "__call__", "__iter__", "__enter__", "__exit__", "__next__"):
            if name in members(one):
                self._enter(one, name, owner)

    def call(self, owner: str, operation: str) -> None:
        """Note an operation."""
        self.calls.add((owner, operation))


def parameters(where: Module, node: ast.AST, own: str) -> dict[str, Types]:
    """Return the types of a function's parameters, ``self`` among them."""
    assert isinstance(node, _FUNCTIONS)
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    types = {one.arg: named(where, one.annotation) for one in every}
    return types | {"self": frozenset({own})} if own else types


class _Body:
    """A function's body, statement by statement."""

    def __init__(self, walk: Walk, where: Module, own: str, owner: str, names: dict[str, Types]) -> None:
        self._walk, self._where, self._own, self._owner = walk, where, own, owner
        self._names = names

    def statements(self, body: Iterable[ast.AST]) -> None:
        """Follow statements in their order."""
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.AST) -> None:
        if isinstance(node, ast.ClassDef):
            return
        if isinstance(node, _FUNCTIONS):
            inner = _Body(
                self._walk, self._where, self._own, self._owner, self._names | parameters(self._where, node, "")
            )
            inner.statements(node.body)
            return
        if isinstance(node, ast.Assign):
            types = self.types(node.value)
            for target in node.targets:
                self._bind(target, types, node.value)
            return
        if isinstance(node, ast.AnnAssign):
            types = named(self._where, node.annotation) | (self.types(node.value) if node.value else _NOTHING)
            self._bind(node.target, types, None)
            return
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self._bind(node.target, self.types(node.iter), None)
        if isinstance(node, ast.withitem):
            self._bind(node.optional_vars, self.types(node.context_expr), None)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.types(child)
            else:
                self._statement(child)

    def _bind(self, target: ast.AST | None, types: Types, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._names[target.id] = self._names.get(target.id, _NOTHING) | types
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
            for index, one in enumerate(target.elts):
                self._bind(one, self.types(values[index]) if values else types, None)
        elif target is not None:
            self.types(target) if isinstance(target, ast.expr) else None

    def types(self, node: ast.expr) -> Types:
        """Follow an expression and return its types."""
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._walk.enter(self.types(node.value), node.attr, self._owner)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Lambda):
            return self.types(node.body)
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            for one in node.generators:
                self._bind(one.target, self.types(one.iter), None)
                self._all(one.ifs)
            return self._all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        if isinstance(node, ast.NamedExpr):
            types = self.types(node.value)
            self._bind(node.target, types, None)
            return types
        if isinstance(node, ast.Compare):
            self._all([node.left, *node.comparators])
            return _NOTHING
        return self._all(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))

    def _all(self, nodes: Iterable[ast.expr]) -> Types:
        return frozenset().union(*[self.types(node) for node in nodes])

    def _name(self, name: str) -> Types:
        if name in self._names:
            return self._names[name]
        target = resolve(self._where, name)
        if target is None:
            return _NOTHING
        where, node = target
        if isinstance(node, ast.ClassDef):
            self._walk.make(f"{where.name}:{node.name}", self._owner)
            return frozenset({f"{where.name}:{node.name}"})
        if isinstance(node, _FUNCTIONS):
            self._walk._function(where, node, "", self._owner)
            return named(where, node.returns)
        for made in set(_targets(node)):
            self._walk.make(made, self._owner)
        return frozenset(_targets(node))

    def _call(self, node: ast.Call) -> Types:
        for argument in node.args[:4]:
            if isinstance(argument, ast.Constant) and argument.value in _operations() and _speaks_to_aws(self._where):
                self._walk.call(self._owner or f"{self._where.name}:{self._own}", argument.value)
        if (
            isinstance(node.func, ast.Attribute)
            and self._where.name in DIRECT
            and node.func.attr in _operations().keys() - OWN
        ):
            self._walk.call(self._owner, node.func.attr)
        given = self._all([*node.args, *(keyword.value for keyword in node.keywords)])
        types = self.types(node.func)
        plain = ast.unparse(node.func) in (
            "iter",
            "map",
            "list",
            "sorted",
            "next",
            "islice",
            "closing",
            "cast",
            "tuple",
        )
        return types | given if plain else types


DIRECT = ("voicebot.tts.engines.polly",)
"""Modules with a client of botocore in their hands."""

OWN = {"get_session"}
"""botocore's own, though Lex has an operation of that name."""


def _speaks_to_aws(where: Module) -> bool:
    return "AwsService" in where.imports or "AwsSession" in where.defined or where.name == "voicebot.transcribe.kinesis"


def _targets(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and _TARGET.fullmatch(one.value):
            source, _, _ = one.value.partition(":")
            if Path(ROOT, *source.split(".")).with_suffix(".py").is_file():
                yield one.value
