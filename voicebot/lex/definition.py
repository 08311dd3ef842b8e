"""A bot as its YAML file says it.

Every part may carry ``lex``: what its file in the Lex V2 archive holds beyond, or other than, what is written from
these words. It is merged over that file, so that nothing of an imported bot is lost.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from voicebot.disk import explained
from voicebot.errors import InputError, NotFoundError
from voicebot.settings.invalid import said

FALLBACK = "AMAZON.FallbackIntent"
BUILT_IN = "AMAZON."


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _as_value(value: object) -> object:
    return {"value": value} if isinstance(value, str) else value


def _as_phrase(value: object) -> object:
    return {"phrase": value} if isinstance(value, str) else value


Messages = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One thing to say and its variations; a text that begins with ``<speak`` is SSML."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Named(_Part):
    name: str = Field(min_length=1)
    description: str = ""
    lex: dict[str, Any] = {}


class VoiceDefinition(_Part):
    """The Polly voice of a locale."""

    id: str
    engine: Literal["standard", "neural", "long-form", "generative"] = "neural"


class AudioDefinition(_Part):
    """How long Lex listens; in a locale without slots these are the session attributes that a flow sends along."""

    start_timeout_ms: int = Field(4000, ge=1)
    end_timeout_ms: int = Field(640, ge=1)
    max_length_ms: int = Field(15000, ge=1)
    allow_interrupt: bool = True
    dtmf_end_timeout_ms: int = Field(5000, ge=1)
    dtmf_end_character: str = Field("#", pattern="^[A-D0-9#*]$")
    dtmf_deletion_character: str = Field("*", pattern="^[A-D0-9#*]$")
    dtmf_max_length: int = Field(513, ge=1, le=1024)

    def session_attributes(self) -> dict[str, str]:
        """Return them as a flow hands them to Lex.

        Source:
            https://docs.aws.amazon.com/lexv2/latest/dg/session-attribs-speech.html
        """
        values = {
            "audio:start-timeout-ms": self.start_timeout_ms,
            "audio:end-timeout-ms": self.end_timeout_ms,
            "audio:max-length-ms": self.max_length_ms,
            "allow-interrupt": str(self.allow_interrupt).lower(),
            "dtmf:end-timeout-ms": self.dtmf_end_timeout_ms,
            "dtmf:end-character": self.dtmf_end_character,
            "dtmf:deletion-character": self.dtmf_deletion_character,
            "dtmf:max-length": self.dtmf_max_length,
        }
        return {f"x-amz-lex:{name}:*:*": str(value) for name, value in values.items()}


class SlotValue(_Part):
    """One value of a slot type and the other words for it."""

    value: str
    synonyms: tuple[str, ...] = ()


class SlotTypeDefinition(_Named):
    """A slot type of the bot's own: a list of values, or a built-in type narrowed by a pattern."""

    values: tuple[Annotated[SlotValue, BeforeValidator(_as_value)], ...] = ()
    resolution: Literal["original", "top"] = "original"
    parent: str | None = None
    pattern: str | None = None
    values_as_vocabulary: bool = False


class SlotDefinition(_Named):
    """Something an intent needs to know, in the order in which it is asked for."""

    type: str
    is_required: bool = Field(True, alias="required")
    prompts: Messages = ()
    retries: int = Field(2, ge=0, le=5)
    utterances: tuple[str, ...] = ()
    default: str | None = None
    is_obfuscated: bool = Field(False, alias="obfuscated")
    has_many_values: bool = Field(False, alias="many_values")


class ConfirmationDefinition(_Part):
    """The question before an intent is carried out, and what is said when the caller declines."""

    prompts: Annotated[Messages, Field(min_length=1)]
    declined: Messages = ()
    retries: int = Field(2, ge=0, le=5)


class IntentDefinition(_Named):
    """One intent: what callers say, which hooks are called, and what our own classifier calls it."""

    parent: str | None = None
    utterances: tuple[str, ...] = ()
    meanings: tuple[str, ...] = ()
    slots: tuple[SlotDefinition, ...] = ()
    confirmation: ConfirmationDefinition | None = None
    closing: Messages = ()
    dialog_hook: bool = False
    fulfillment_hook: bool = False

    @property
    def is_fallback(self) -> bool:
        """True for the intent that Lex takes when no other fits."""
        return self.parent == FALLBACK


class VocabularyItem(_Part):
    """A phrase that speech recognition should expect."""

    phrase: str
    weight: int | None = Field(None, ge=0, le=3)


class LocaleDefinition(_Part):
    """A bot in one language."""

    description: str = ""
    confidence_threshold: float = Field(0.4, ge=0.0, le=1.0)
    voice: VoiceDefinition | None = None
    audio: AudioDefinition | None = None
    slot_types: tuple[SlotTypeDefinition, ...] = ()
    intents: tuple[IntentDefinition, ...]
    vocabulary: tuple[Annotated[VocabularyItem, BeforeValidator(_as_phrase)], ...] = ()
    lex: dict[str, Any] = {}

    @property
    def fallback(self) -> IntentDefinition:
        """The fallback intent; every Lex V2 locale has one.

        Raises:
            InputError: This one has none.
        """
        for intent in self.intents:
            if intent.is_fallback:
                return intent
        raise InputError(f"the bot has no intent with parent {FALLBACK}", hint="every Lex V2 locale needs one")


class BotDefinition(_Named):
    """A Lex V2 bot."""

    child_directed: bool = False
    idle_session_ttl_s: int = Field(300, ge=60, le=86400)
    locales: dict[str, LocaleDefinition] = Field(min_length=1)

    def locale(self, name: str) -> LocaleDefinition:
        """Return the bot in one language.

        Raises:
            NotFoundError: It has no such locale.
        """
        if name not in self.locales:
            raise NotFoundError(f"{self.name} has no locale {name}", hint=f"it has {', '.join(self.locales)}")
        return self.locales[name]


def load_bot(path: Path) -> BotDefinition:
    """Return the bot of a YAML file, or of the ``bot.yaml`` in a folder. Whether Lex would take it is `lint`'s to say.

    Raises:
        InputError: The file is not such a definition; names the file and the key.
        NotFoundError: There is no such file.
    """
    if path.is_dir():
        path /= "bot.yaml"
    with explained(path):
        data = path.read_bytes()
    try:
        return BotDefinition.model_validate(yaml.safe_load(data.decode()))
    except UnicodeDecodeError as exc:
        raise InputError(f"{path}: is not UTF-8 text (byte {exc.start})", hint="save it as UTF-8") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise InputError(f"{path}: is not valid YAML" + (f" (line {mark.line + 1})" if mark else "")) from exc
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: {where + ': ' if where else ''}{said(first)}", hint="see docs/lex.md") from exc


def bot_yaml(bot: BotDefinition) -> str:
    """Return the YAML text of a bot; what has its default value is left out."""
    tree = bot.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for locale in tree["locales"].values():
        for slot_type in locale.get("slot_types", ()):
            slot_type["values"] = [
                value if value.get("synonyms") else value["value"] for value in slot_type.get("values", ())
            ]
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=120)
