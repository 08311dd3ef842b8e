"""The language model."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.client.base import Base
from voicebot.resources import DATA_DIR

if TYPE_CHECKING:
    from voicebot.nlu.model import Model


class Language(Base):
    """Understanding."""

    def nlu_model(self, folder: Path | None = None) -> Model:
        """Return the language model in a folder; the one that comes with voicebot when None."""
        from voicebot.nlu.model import load_model

        return load_model(folder) if folder else self.model

    def classify(self, text: str) -> tuple[str, float]:
        """Return the intent of `text` and how sure that is."""
        found = self.model.intent(text)
        return found.intent, found.confidence

    @cached_property
    def model(self) -> Model:
        """The language model that comes with voicebot."""
        from voicebot.nlu.model import load_model

        return load_model(DATA_DIR / "model")
