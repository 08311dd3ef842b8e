"""The Lambda functions on this machine: the deployed handlers, called with the events that AWS would send."""

import importlib
import json
import logging
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from typing import Any

from voicebot.clock import Clock, VirtualClock
from voicebot.errors import ConfigError, NotFoundError
from voicebot.flow.ports import FunctionFailed, FunctionTimeout
from voicebot.resources import bundled_root
from voicebot.turns.protocol import Task

_log = logging.getLogger(__name__)

Handle = Callable[[dict[str, Any], Any], Any]
"""A handler without its container: the event and the services it works with."""


class LocalFunctions:
    """Functions by name or ARN.

    Args:
        handlers: Module names by function name, such as ``{"next_batch": "lambdas.next_batch.handler"}``.
        services: What the handlers work with: a `voicebot.client.Voicebot`.
        clock: Measures them, or lets their time pass in a simulated call.
    """

    def __init__(self, handlers: Mapping[str, str], services: object, clock: Clock) -> None:
        self._handlers = handlers
        self._services = services
        self._clock = clock
        self._loaded: dict[str, Handle] = {}

    def invoke(self, function_arn: str, event: dict[str, Any], timeout_s: float) -> object:
        """Return the function's answer as JSON carries it; see `voicebot.flow.ports.Functions`."""
        handle = self._load(function_arn)
        payload = json.loads(json.dumps(event))
        started_s = self._clock.now()
        try:
            answer = json.loads(json.dumps(handle(payload, self._services)))
        except Exception as exc:
            _log.warning("function %s failed: %s", _name(function_arn), type(exc).__name__)
            raise FunctionFailed(_name(function_arn), f"{type(exc).__name__}: {exc}") from exc
        if self._clock.now() - started_s > timeout_s:
            raise FunctionTimeout(_name(function_arn), timeout_s)
        return answer

    def invoke_async(self, function_arn: str, event: dict[str, Any]) -> None:
        """Start a function beside the call and return at once."""
        handle = self._load(function_arn)
        payload = json.loads(json.dumps(event))
        if isinstance(self._clock, VirtualClock):
            self._run(handle, payload, self._clock.aside())
        else:
            threading.Thread(target=self._run, args=(handle, payload, nullcontext()), daemon=True).start()

    def _run(self, handle: Handle, payload: dict[str, Any], around: AbstractContextManager[None]) -> None:
        """Call an asynchronous function; what it raises goes to the log, as in Lambda."""
        with around:
            try:
                handle(payload, self._services)
            except Exception:
                _log.exception("an asynchronous function failed")

    def _load(self, function_arn: str) -> Handle:
        name = _name(function_arn)
        if name not in self._handlers:
            raise NotFoundError(
                f"there is no function {name!r}", hint=f"functions: {', '.join(sorted(self._handlers))}"
            )
        if name not in self._loaded:
            root = str(bundled_root())
            if root not in sys.path:
                sys.path.insert(0, root)
            try:
                self._loaded[name] = importlib.import_module(self._handlers[name]).handle
            except ImportError as exc:
                raise ConfigError(f"function {name!r}: cannot import {self._handlers[name]}: {exc.name}") from exc
        return self._loaded[name]


class LocalWorker:
    """`WorkerInvoker` that starts the ``synthesize`` function."""

    def __init__(self, functions: LocalFunctions) -> None:
        self._functions = functions

    def start(self, task: Task) -> None:
        """Have `task` done."""
        self._functions.invoke_async("synthesize", asdict(task))


def _name(function_arn: str) -> str:
    """Return the function's name out of its ARN: arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]."""
    parts = function_arn.split(":")
    return parts[6] if len(parts) > 6 else function_arn
