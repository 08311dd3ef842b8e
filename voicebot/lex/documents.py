"""A bot as the JSON files of a Lex V2 archive, shaped as real exports are: every key written out, nulls included.

Source:
    Exports of 14 public bots; where they differ from
    https://docs.aws.amazon.com/lexv2/latest/dg/import-export-format.html the exports are followed.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from voicebot.lex.definition import (
    AudioDefinition,
    BotDefinition,
    IntentDefinition,
    LocaleDefinition,
    Messages,
    SlotDefinition,
    SlotTypeDefinition,
)
from voicebot.lex.overlay import Document, merged

MANIFEST = "Manifest.json"
FALLBACK_IDENTIFIER = "FALLBCKINT"
LOCALE_NAMES = {
    "ko_KR": "Korean (South Korea)",
    "en_US": "English (US)",
    "en_GB": "English (GB)",
    "en_AU": "English (AU)",
    "ja_JP": "Japanese (Japan)",
    "zh_CN": "Chinese (PRC)",
}
"""Display names as exports have them; another locale is called by its id."""

_STRATEGIES = {"original": "ORIGINAL_VALUE", "top": "TOP_RESOLUTION"}
_SSML = "<speak"


def build_documents(bot: BotDefinition) -> dict[str, Document]:
    """Return the archive's files by path, in the bot's own order; the same bot gives the same files."""
    root = bot.name
    files: dict[str, Document] = {
        MANIFEST: {"metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT"}},
        f"{root}/Bot.json": bot_document(bot),
    }
    for locale_id, locale in bot.locales.items():
        folder = f"{root}/BotLocales/{locale_id}"
        files[f"{folder}/BotLocale.json"] = locale_document(locale_id, locale)
        for slot_type in locale.slot_types:
            files[f"{folder}/SlotTypes/{slot_type.name}/SlotType.json"] = slot_type_document(slot_type, folder)
        for intent in locale.intents:
            place = f"{folder}/Intents/{intent.name}"
            files[f"{place}/Intent.json"] = intent_document(intent, folder)
            for slot in intent.slots:
                files[f"{place}/Slots/{slot.name}/Slot.json"] = slot_document(slot, locale.audio, place)
        if locale.vocabulary:
            items = [{"weight": item.weight, "phrase": item.phrase} for item in locale.vocabulary]
            files[f"{folder}/CustomVocabulary/CustomVocabulary.json"] = {"customVocabularyItems": items}
    return files


def bot_document(bot: BotDefinition) -> Document:
    """Return ``Bot.json``."""
    document = {
        "name": bot.name,
        "version": "DRAFT",
        "description": bot.description or None,
        "identifier": identifier(bot.name),
        "dataPrivacy": {"childDirected": bot.child_directed},
        "idleSessionTTLInSeconds": bot.idle_session_ttl_s,
    }
    return merged(document, bot.lex)


def locale_document(locale_id: str, locale: LocaleDefinition) -> Document:
    """Return ``BotLocale.json``."""
    voice = locale.voice
    document = {
        "name": LOCALE_NAMES.get(locale_id, locale_id),
        "identifier": locale_id,
        "version": None,
        "description": locale.description or None,
        "voiceSettings": {"voiceId": voice.id, "engine": voice.engine} if voice else None,
        "nluConfidenceThreshold": locale.confidence_threshold,
    }
    return merged(document, locale.lex)


def intent_document(intent: IntentDefinition, place: str = "") -> Document:
    """Return ``Intent.json``."""
    document = {
        "name": intent.name,
        "identifier": FALLBACK_IDENTIFIER if intent.is_fallback else identifier(f"{place}/{intent.name}"),
        "description": intent.description or None,
        "parentIntentSignature": intent.parent,
        "sampleUtterances": _utterances(intent.utterances),
        "intentConfirmationSetting": _confirmation(intent),
        "intentClosingSetting": {"closingResponse": _response(intent.closing), "isActive": True}
        if intent.closing
        else None,
        "initialResponseSetting": None,
        "inputContexts": None,
        "outputContexts": None,
        "kendraConfiguration": None,
        "qnAIntentConfiguration": None,
        "bedrockAgentIntentConfiguration": None,
        "qInConnectIntentConfiguration": None,
        "dialogCodeHook": {"enabled": True} if intent.dialog_hook else None,
        "fulfillmentCodeHook": {
            "fulfillmentUpdatesSpecification": None,
            "postFulfillmentStatusSpecification": None,
            "enabled": True,
            "isActive": True,
        }
        if intent.fulfillment_hook
        else None,
        "slotPriorities": [
            {"priority": priority, "slotName": slot.name} for priority, slot in enumerate(intent.slots, 1)
        ],
    }
    return merged(document, intent.lex)


def slot_document(slot: SlotDefinition, audio: AudioDefinition | None, place: str = "") -> Document:
    """Return ``Slot.json``; the locale's audio times are written for each attempt."""
    prompt: Document | None = None
    if slot.prompts:
        prompt = {
            "messageGroupsList": _groups(slot.prompts),
            "maxRetries": slot.retries,
            "allowInterrupt": audio.allow_interrupt if audio else True,
        }
        if audio:
            prompt |= {
                "messageSelectionStrategy": "Random",
                "promptAttemptsSpecification": _attempts(audio, slot.retries),
            }
    document = {
        "name": slot.name,
        "identifier": identifier(f"{place}/{slot.name}"),
        "description": slot.description or None,
        "slotTypeName": slot.type,
        "obfuscationSetting": {"obfuscationSettingType": "DefaultObfuscation"} if slot.is_obfuscated else None,
        "multipleValuesSetting": {"allowMultipleValues": True} if slot.has_many_values else None,
        "valueElicitationSetting": {
            "slotConstraint": "Required" if slot.is_required else "Optional",
            "promptSpecification": prompt,
            "defaultValueSpecification": {"defaultValueList": [{"defaultValue": slot.default}]}
            if slot.default is not None
            else None,
            "sampleUtterances": _utterances(slot.utterances),
            "waitAndContinueSpecification": None,
        },
    }
    return merged(document, slot.lex)


def slot_type_document(slot_type: SlotTypeDefinition, place: str = "") -> Document:
    """Return ``SlotType.json``."""
    values = [
        {
            "sampleValue": {"value": each.value},
            "synonyms": [{"value": word} for word in each.synonyms] or None,
        }
        for each in slot_type.values
    ]
    strategy = "UseSlotValuesAsCustomVocabulary" if slot_type.values_as_vocabulary else None
    document = {
        "name": slot_type.name,
        "identifier": identifier(f"{place}/SlotTypes/{slot_type.name}"),
        "description": slot_type.description or None,
        "slotTypeValues": values or None,
        "parentSlotTypeSignature": slot_type.parent,
        "valueSelectionSetting": {
            "resolutionStrategy": _STRATEGIES[slot_type.resolution],
            "regexFilter": {"pattern": slot_type.pattern} if slot_type.pattern is not None else None,
            "advancedRecognitionSetting": {"audioRecognitionStrategy": strategy} if strategy else None,
        },
    }
    return merged(document, slot_type.lex)


def identifier(name: str) -> str:
    """Return ten letters and digits that stand for `name`; Lex gives its own on import."""
    return base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()[:10]


def _utterances(utterances: Sequence[str]) -> list[Document] | None:
    return [{"utterance": utterance} for utterance in utterances] or None


def _confirmation(intent: IntentDefinition) -> Document | None:
    if intent.confirmation is None:
        return None
    return {
        "promptSpecification": {
            "messageGroupsList": _groups(intent.confirmation.prompts),
            "maxRetries": intent.confirmation.retries,
            "allowInterrupt": True,
        },
        "declinationResponse": _response(intent.confirmation.declined) if intent.confirmation.declined else None,
        "isActive": True,
    }


def _response(messages: Messages) -> Document:
    return {"messageGroupsList": _groups(messages), "allowInterrupt": True}


def _groups(messages: Messages) -> list[Document]:
    first, *others = messages
    return [{"message": _message(first), "variations": [_message(text) for text in others] or None}]


def _message(text: str) -> Document:
    is_ssml = text.startswith(_SSML)
    return {
        "plainTextMessage": None if is_ssml else {"value": text},
        "ssmlMessage": {"value": text} if is_ssml else None,
        "customPayload": None,
        "imageResponseCard": None,
    }


def _attempts(audio: AudioDefinition, retries: int) -> Document:
    attempt: dict[str, Any] = {
        "allowInterrupt": audio.allow_interrupt,
        "allowedInputTypes": {"allowAudioInput": True, "allowDTMFInput": True},
        "audioAndDTMFInputSpecification": {
            "startTimeoutMs": audio.start_timeout_ms,
            "audioSpecification": {"maxLengthMs": audio.max_length_ms, "endTimeoutMs": audio.end_timeout_ms},
            "dtmfSpecification": {
                "maxLength": audio.dtmf_max_length,
                "endTimeoutMs": audio.dtmf_end_timeout_ms,
                "deletionCharacter": audio.dtmf_deletion_character,
                "endCharacter": audio.dtmf_end_character,
            },
        },
        "textInputSpecification": {"startTimeoutMs": 30000},
    }
    names = ["Initial", *(f"Retry{number}" for number in range(1, retries + 1))]
    return dict.fromkeys(names, attempt)
