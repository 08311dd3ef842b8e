"""A bot out of the JSON files of an archive: our own words where they can say it, ``lex`` where they cannot."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from voicebot.errors import InputError
from voicebot.lex.definition import (
    AudioDefinition,
    BotDefinition,
    ConfirmationDefinition,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
    SlotValue,
    VocabularyItem,
    VoiceDefinition,
)
from voicebot.lex.documents import (
    MANIFEST,
    bot_document,
    intent_document,
    locale_document,
    slot_document,
    slot_type_document,
)
from voicebot.lex.overlay import Document, difference, without_assigned
from voicebot.settings.invalid import said

_RESOLUTIONS = {"ORIGINAL_VALUE": "original", "TOP_RESOLUTION": "top"}
_SSML = "<speak"


def read_documents(files: Mapping[str, Document]) -> BotDefinition:
    """Return the bot of an archive's files, by path.

    Raises:
        InputError: They are not a whole bot of Lex V2.
    """
    kind = _get(files.get(MANIFEST), "metaData", "resourceType")
    if kind != "BOT":
        raise InputError(
            f"the archive's {MANIFEST} does not say that it is a bot",
            hint="export the bot, not a locale or a vocabulary",
        )
    root = next((path.split("/")[0] for path in files if path.endswith("/Bot.json") and path.count("/") == 1), None)
    if root is None:
        raise InputError("the archive has no Bot.json")
    try:
        return _bot(root, files)
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        raise InputError(f"the archive: {'.'.join(map(str, first['loc']))}: {said(first)}") from exc
    except (KeyError, TypeError, AttributeError) as exc:
        raise InputError(f"the archive is not shaped as Lex V2 exports are ({type(exc).__name__}: {exc})") from exc


def with_own(pulled: BotDefinition, own: BotDefinition) -> BotDefinition:
    """Return a pulled bot with what Lex does not keep: our meanings, audio times, and the order of the intents."""
    locales = {}
    for locale_id in sorted(pulled.locales, key=_place_in(list(own.locales))):
        locale, known = pulled.locales[locale_id], own.locales.get(locale_id)
        locales[locale_id] = _locale_with_own(locale, known) if known else locale
    return pulled.model_copy(update={"locales": locales})


def _locale_with_own(locale: LocaleDefinition, own: LocaleDefinition) -> LocaleDefinition:
    before = {intent.name: intent for intent in own.intents}
    order = _place_in(list(before))
    intents = [
        intent.model_copy(update={"meanings": before[intent.name].meanings}) if intent.name in before else intent
        for intent in sorted(locale.intents, key=lambda intent: order(intent.name))
    ]
    place = _place_in([slot_type.name for slot_type in own.slot_types])
    slot_types = tuple(sorted(locale.slot_types, key=lambda slot_type: place(slot_type.name)))
    audio = locale.audio if any(intent.slots for intent in locale.intents) and locale.audio else own.audio
    return locale.model_copy(update={"intents": tuple(intents), "slot_types": slot_types, "audio": audio})


def _place_in(known: list[str]) -> Any:
    return lambda name: known.index(name) if name in known else len(known)


def _bot(root: str, files: Mapping[str, Document]) -> BotDefinition:
    raw = files[f"{root}/Bot.json"]
    bot = BotDefinition(
        name=raw["name"],
        description=raw.get("description") or "",
        child_directed=bool(_get(raw, "dataPrivacy", "childDirected")),
        idle_session_ttl_s=raw.get("idleSessionTTLInSeconds") or 300,
        locales={path.split("/")[2]: _locale(path, files) for path in files if path.endswith("/BotLocale.json")},
    )
    return bot.model_copy(update={"lex": _beyond(bot_document(bot), raw)})


def _locale(path: str, files: Mapping[str, Document]) -> LocaleDefinition:
    raw, folder = files[path], path.removesuffix("/BotLocale.json")
    voice = raw.get("voiceSettings") or {}
    names = [p for p in files if p.startswith(f"{folder}/Intents/") and p.endswith("/Intent.json")]
    raw_slots = {name: _slots_of(name, files) for name in names}
    audio = next((found for slots in raw_slots.values() for slot in slots if (found := _audio(slot))), None)
    vocabulary = _get(files.get(f"{folder}/CustomVocabulary/CustomVocabulary.json"), "customVocabularyItems") or ()
    locale = LocaleDefinition(
        description=raw.get("description") or "",
        confidence_threshold=raw.get("nluConfidenceThreshold", 0.4),
        voice=VoiceDefinition(id=voice["voiceId"], engine=voice.get("engine") or "standard") if voice else None,
        audio=audio,
        slot_types=tuple(
            _slot_type(files[p]) for p in files if p.startswith(f"{folder}/SlotTypes/") and p.endswith("/SlotType.json")
        ),
        intents=tuple(_intent(files[name], raw_slots[name], audio) for name in names),
        vocabulary=tuple(VocabularyItem(phrase=item["phrase"], weight=item.get("weight")) for item in vocabulary),
    )
    return locale.model_copy(update={"lex": _beyond(locale_document(path.split("/")[2], locale), raw)})


def _slots_of(intent_path: str, files: Mapping[str, Document]) -> list[Document]:
    """Return an intent's slots in the order of their priorities."""
    folder = intent_path.removesuffix("Intent.json") + "Slots/"
    slots = [files[path] for path in files if path.startswith(folder) and path.endswith("/Slot.json")]
    priorities = {
        each["slotName"]: each.get("priority") or 0 for each in files[intent_path].get("slotPriorities") or ()
    }
    return sorted(slots, key=lambda slot: priorities.get(slot["name"], len(slots) + 100))


def _intent(raw: Document, slots: Sequence[Document], audio: AudioDefinition | None) -> IntentDefinition:
    intent = IntentDefinition(
        name=raw["name"],
        description=raw.get("description") or "",
        parent=raw.get("parentIntentSignature"),
        utterances=_utterances(raw.get("sampleUtterances")),
        slots=tuple(_slot(slot, audio) for slot in slots),
        confirmation=_confirmation(raw.get("intentConfirmationSetting")),
        closing=_messages(_get(raw, "intentClosingSetting", "closingResponse")),
        dialog_hook=bool(_get(raw, "dialogCodeHook", "enabled")),
        fulfillment_hook=bool(_get(raw, "fulfillmentCodeHook", "enabled")),
    )
    return intent.model_copy(update={"lex": _beyond(intent_document(intent), raw)})


def _slot(raw: Document, audio: AudioDefinition | None) -> SlotDefinition:
    asked = raw.get("valueElicitationSetting") or {}
    prompt = asked.get("promptSpecification") or {}
    defaults = _get(asked, "defaultValueSpecification", "defaultValueList") or []
    slot = SlotDefinition(
        name=raw["name"],
        description=raw.get("description") or "",
        type=raw.get("slotTypeName") or "",
        required=asked.get("slotConstraint") == "Required",
        prompts=_messages(prompt),
        retries=min(prompt.get("maxRetries", 2), 5),
        utterances=_utterances(asked.get("sampleUtterances")),
        default=defaults[0]["defaultValue"] if len(defaults) == 1 else None,
        obfuscated=_get(raw, "obfuscationSetting", "obfuscationSettingType") == "DefaultObfuscation",
        many_values=bool(_get(raw, "multipleValuesSetting", "allowMultipleValues")),
    )
    return slot.model_copy(update={"lex": _beyond(slot_document(slot, audio), raw)})


def _slot_type(raw: Document) -> SlotTypeDefinition:
    chosen = raw.get("valueSelectionSetting") or {}
    slot_type = SlotTypeDefinition(
        name=raw["name"],
        description=raw.get("description") or "",
        values=tuple(
            SlotValue(
                value=each["sampleValue"]["value"],
                synonyms=tuple(word["value"] for word in each.get("synonyms") or ()),
            )
            for each in raw.get("slotTypeValues") or ()
        ),
        resolution=_RESOLUTIONS.get(chosen.get("resolutionStrategy") or "", "original"),
        parent=raw.get("parentSlotTypeSignature"),
        pattern=_get(chosen, "regexFilter", "pattern"),
        values_as_vocabulary=bool(_get(chosen, "advancedRecognitionSetting", "audioRecognitionStrategy")),
    )
    return slot_type.model_copy(update={"lex": _beyond(slot_type_document(slot_type), raw)})


def _beyond(ours: Document, theirs: Document) -> Document:
    return difference(without_assigned(ours), without_assigned(theirs))


def _utterances(raw: Sequence[Document] | None) -> tuple[str, ...]:
    return tuple(each["utterance"] for each in raw or ())


def _confirmation(raw: Document | None) -> ConfirmationDefinition | None:
    prompts = _messages(_get(raw, "promptSpecification"))
    if not prompts:
        return None
    retries = min(_get(raw, "promptSpecification", "maxRetries") or 0, 5)
    return ConfirmationDefinition(
        prompts=prompts, declined=_messages(_get(raw, "declinationResponse")), retries=retries
    )


def _messages(response: Document | None) -> tuple[str, ...]:
    """Return the texts of one message group; nothing when the response is more than our words can say."""
    groups = (response or {}).get("messageGroupsList") or []
    if len(groups) != 1:
        return ()
    texts = [_text(message) for message in (groups[0]["message"], *(groups[0].get("variations") or ()))]
    return tuple(text for text in texts if text is not None) if None not in texts else ()


def _text(message: Document) -> str | None:
    plain, ssml = _get(message, "plainTextMessage", "value"), _get(message, "ssmlMessage", "value")
    if _get(message, "customPayload") or _get(message, "imageResponseCard") or (plain and ssml):
        return None
    if plain:
        return None if plain.startswith(_SSML) else str(plain)
    return str(ssml) if ssml and ssml.startswith(_SSML) else None


def _audio(slot: Document) -> AudioDefinition | None:
    attempt = _get(slot, "valueElicitationSetting", "promptSpecification", "promptAttemptsSpecification", "Initial")
    times = _get(attempt, "audioAndDTMFInputSpecification")
    speech, keys = _get(times, "audioSpecification"), _get(times, "dtmfSpecification")
    if not (speech and keys):
        return None
    return AudioDefinition(
        start_timeout_ms=times["startTimeoutMs"],
        end_timeout_ms=speech["endTimeoutMs"],
        max_length_ms=speech["maxLengthMs"],
        allow_interrupt=bool(attempt.get("allowInterrupt")),
        dtmf_end_timeout_ms=keys["endTimeoutMs"],
        dtmf_end_character=keys["endCharacter"],
        dtmf_deletion_character=keys["deletionCharacter"],
        dtmf_max_length=keys["maxLength"],
    )


def _get(value: Any, *path: str) -> Any:
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
