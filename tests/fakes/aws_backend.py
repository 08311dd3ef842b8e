"""The aws backend against a server on this machine, and what is sent to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from voicebot.settings.tree import Settings


def on_aws(settings: Settings, url: str, name: str) -> Settings:
    """Return settings of the aws backend whose tables and bucket begin with `name`."""
    cache = {f"{table}_table": f"{name}-{table}" for table in ("answers", "inbox")}
    tables = [field for field in type(settings.aws).model_fields if field.endswith("_table")]
    aws = {field: f"{name}-{field}" for field in tables}
    return settings.model_copy(
        update={
            "backend": "aws",
            "cache": settings.cache.model_copy(update=cache),
            "aws": settings.aws.model_copy(update={"endpoint_url": url, "bucket": name, "read_timeout_s": 30.0, **aws}),
        }
    )


@contextmanager
def sent_to(service: Any) -> Iterator[list[str]]:
    """Yield the list of the operations that are sent to an `AwsService` inside the block."""
    sent: list[str] = []
    name = service.client.meta.service_model.service_name

    def note(event_name: str, **_: object) -> None:
        sent.append(event_name.rpartition(".")[2])

    service.client.meta.events.register(f"before-send.{name}", note)
    yield sent
    service.client.meta.events.unregister(f"before-send.{name}", note)
