"""Figures for Prometheus: requests, how soon they were answered, what tokens use, what engines take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicebot.tts.wrappers.metered import Total
from voicebot.web.frame.auth import TOKEN_NAME
from voicebot.web.frame.identity import route_of
from voicebot.web.gateway.allowances import LIMITED

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counts what an application does.

    Args:
        engines: What speech engines have taken so far.
    """

    def __init__(self, engines: Callable[[], Mapping[str, Total]]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("voicebot_requests", "Requests", ["method", "route", "status"], registry=self.registry)
        self.first_byte_s = Histogram(
            "voicebot_first_byte_seconds", "Until the first byte of the answer", ["route"],
            registry=self.registry, buckets=_SECONDS,
        )  # fmt: skip
        self.whole_s = Histogram(
            "voicebot_request_seconds", "Until the end of the answer", ["route"],
            registry=self.registry, buckets=_SECONDS,
        )  # fmt: skip
        self.under_way = Gauge("voicebot_requests_under_way", "Requests now", registry=self.registry)
        self._used = Counter(
            "voicebot_token_used", "What tokens have asked for: characters, calls", ["token", "kind"],
            registry=self.registry,
        )  # fmt: skip
        self.limited = Counter(
            "voicebot_token_limited", "Requests beyond a token's limits", ["token", "limit"], registry=self.registry
        )
        self.registry.register(_Engines(engines))

    def count(self, token: str, kind: str, amount: int) -> None:
        """Count what a token has asked for."""
        self._used.labels(token, kind).inc(amount)

    def text(self) -> bytes:
        """Return the figures in Prometheus's text format."""
        return generate_latest(self.registry)


class _Engines(Collector):
    """The speech engines' own figures, read when they are asked for."""

    def __init__(self, engines: Callable[[], Mapping[str, Total]]) -> None:
        self._engines = engines

    def collect(self) -> Iterator[Metric]:
        totals = self._engines()
        for name, about in _ENGINE_FIGURES.items():
            family = CounterMetricFamily(f"voicebot_engine_{name}", about, labels=["engine"])
            for engine, total in totals.items():
                family.add_metric([engine], float(getattr(total, _FIELDS.get(name, name))))
            yield family


_ENGINE_FIGURES = {
    "requests": "Requests to a speech engine",
    "failed": "Requests that a speech engine failed",
    "characters": "Characters that a speech engine was sent",
    "audio_seconds": "Speech that came back",
    "price_usd": "What it cost, as far as prices are known",
}
_FIELDS = {"audio_seconds": "audio_s"}


class Measured:
    """Counts every request of an application, by the paths of its routes: nothing that a client writes is a label.

    Args:
        app: What answers.
        metrics: Where it is counted.
        timer: A monotonic timer in seconds.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, timer: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._metrics = metrics
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        started_s = self._timer()
        status, first_s = 0, 0.0

        async def watched(message: Message) -> None:
            nonlocal status, first_s
            if message["type"] == "http.response.start":
                status, first_s = message["status"], self._timer() - started_s
            await send(message)

        with self._metrics.under_way.track_inprogress():
            try:
                await self._app(scope, receive, watched)
            finally:
                route = route_of(scope)
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.requests.labels(method, route, str(status)).inc()
                self._metrics.first_byte_s.labels(route).observe(first_s)
                self._metrics.whole_s.labels(route).observe(self._timer() - started_s)
                if LIMITED in state:
                    self._metrics.limited.labels(state.get(TOKEN_NAME, ""), state[LIMITED]).inc()
