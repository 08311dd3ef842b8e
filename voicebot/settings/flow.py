"""Settings of contact flows."""

from collections.abc import Mapping

from voicebot.settings.base import Slice


class FlowSettings(Slice):
    """What flows need from the instance that they are published to."""

    values: Mapping[str, str] | None = None
