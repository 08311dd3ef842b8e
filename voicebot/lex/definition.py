"""A bot as its YAML file says it."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicebot.disk import explained
from voicebot.errors import InputError

FALLBACK = "AMAZON.FallbackIntent"
_NAME = r"^([0-9a-zA-Z][_-]?){1,100}$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VoiceDefinition(_Part):
    """The Polly voice of a locale."""

    id: str
    engine: str = "neural"


class IntentDefinition(_Part):
    """One intent: what callers say, which hooks are called, and what our own classifier calls it."""

    name: str = Field(pattern=_NAME)
    description: str = ""
    parent: str | None = None
    utterances: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()
    dialog_hook: bool = False
    fulfillment_hook: bool = False

    @property
    def is_fallback(self) -> bool:
        """True for the intent that Lex takes when no other fits."""
        return self.parent == FALLBACK


class LocaleDefinition(_Part):
    """A bot in one language."""

    confidence_threshold: float = Field(0.4, ge=0.0, le=1.0)
    voice: VoiceDefinition
    intents: tuple[IntentDefinition, ...]

    @property
    def fallback(self) -> IntentDefinition:
        """The fallback intent; every Lex V2 locale has one."""
        return next(intent for intent in self.intents if intent.is_fallback)


class BotDefinition(_Part):
    """A Lex V2 bot."""

    name: str = Field(pattern=_NAME)
    description: str = ""
    child_directed: bool = False
    idle_session_ttl_s: int = Field(300, ge=60, le=86400)
    locales: dict[str, LocaleDefinition]


def load_bot(path: Path) -> BotDefinition:
    """Return the bot of a YAML file.

    Raises:
        InputError: The file is not such a definition; names the file and the key.
    """
    with explained(path):
        text = path.read_text(encoding="utf-8")
    try:
        bot = BotDefinition.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as exc:
        raise InputError(f"{path}: is not valid YAML") from exc
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        raise InputError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from exc
    for name, locale in bot.locales.items():
        if sum(intent.is_fallback for intent in locale.intents) != 1:
            raise InputError(f"{path}: locales.{name}: needs exactly one intent with parent {FALLBACK}")
    return bot
