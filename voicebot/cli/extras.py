"""A package that a command needs and that is not installed, as an error that says how to install it."""

import importlib.metadata
import re

from voicebot.errors import ConfigError

_BROUGHT_BY = {"botocore": "boto3"}
"""What is imported under one name and installed under another's."""

_OWN = frozenset({"voicebot", "lambdas"})
_NOT_FOR_A_TASK = frozenset({"all", "dev"})


def missing_package(exc: ModuleNotFoundError) -> ConfigError | None:
    """Return the error that says what to install; None when a module of our own is missing, which is a bug."""
    module = (exc.name or "").partition(".")[0]
    if not module or module in _OWN:
        return None
    package = _BROUGHT_BY.get(module, module)
    extra = _extra_of(package)
    wanted = f"'voicebot[{extra}]'" if extra else package
    return ConfigError(f"this command needs the package {package}", hint=f"pip install {wanted}")


def _extra_of(package: str) -> str | None:
    """Return the extra that brings a package along, as pyproject.toml says it."""
    try:
        lines = importlib.metadata.requires("voicebot") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    for line in lines:
        found = re.match(r"([\w.-]+).*;.*\bextra == ['\"]([\w-]+)['\"]", line)
        if found and _normal(found[1]) == _normal(package) and found[2] not in _NOT_FOR_A_TASK:
            return found[2]
    return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
