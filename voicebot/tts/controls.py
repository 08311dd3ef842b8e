"""What a person can set on each engine, for pages and help texts that must not load the engine."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Controls:
    """An engine's own controls.

    Args:
        styles: Manners of speaking that it knows by name.
        takes_temperature: True when it listens to a temperature.
        takes_reference: True when it can imitate a recording.
        speeds: The slowest and the fastest that it does.
    """

    styles: tuple[str, ...] = ()
    takes_temperature: bool = False
    takes_reference: bool = False
    speeds: tuple[float, float] = (0.5, 2.0)

    def unheard(self, style: str | None, speed: float, temperature: float | None) -> list[str]:
        """Return in words what is asked for and the engine does not do."""
        slowest, fastest = self.speeds
        lines = []
        if style is not None and not self.styles:
            lines.append("it has no styles")
        if temperature is not None and not self.takes_temperature:
            lines.append("it has no temperature")
        if not slowest <= speed <= fastest:
            lines.append(f"its speed goes from {slowest:g} to {fastest:g}")
        return lines


_STYLES = ("professional", "casual", "excited", "calm")

CONTROLS: Mapping[str, Controls] = {
    "local": Controls(),
    "fish": Controls(takes_temperature=True, takes_reference=True),
    "eleven": Controls(styles=_STYLES, speeds=(0.7, 1.2)),
    "minimax": Controls(
        styles=(*_STYLES, "fluent", "happy", "sad", "angry", "fearful", "disgusted", "surprised", "whisper")
    ),
    "gpt": Controls(speeds=(0.5, 1.5)),
    "openvoice": Controls(takes_temperature=True, takes_reference=True),
    "gateway": Controls(styles=_STYLES, takes_temperature=True, takes_reference=True),
    "polly": Controls(),
    "supertonic": Controls(speeds=(0.7, 2.0)),
}
"""By the engine's name in the registry."""
