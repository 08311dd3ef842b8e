"""What the placeholders of the flows that come with voicebot stand for."""

from collections.abc import Mapping

from voicebot.settings.tree import Settings

TRANSCRIBE = "TranscribeFunctionArn"
OFF = "off"
"""What stands for the function that writes calls down where none is to be: the flows then ask for no stream."""


def published_values(settings: Settings, given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of published flows; what is given wins over the settings."""
    return {**_settled({"CompanyName": settings.company, **(settings.flow.values or {})}, settings), **given}


def local_values(settings: Settings, functions: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the values of flows on this machine, whose functions have addresses of their own."""
    return {**_settled({**functions, "CompanyName": settings.company}, settings), **given}


def _settled(values: dict[str, str], settings: Settings) -> dict[str, str]:
    return values if settings.transcribe.live else {**values, TRANSCRIBE: OFF}
