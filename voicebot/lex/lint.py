"""Everything that Lex would refuse, or that would go wrong on the telephone, before anything is uploaded."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from voicebot.errors import GateError
from voicebot.korean.normalize import cache_key
from voicebot.lex.definition import (
    BUILT_IN,
    FALLBACK,
    AudioDefinition,
    BotDefinition,
    IntentDefinition,
    LocaleDefinition,
    SlotDefinition,
    SlotTypeDefinition,
)
from voicebot.lex.findings import Finding, Severity
from voicebot.lex.locales import (
    BUILT_IN_INTENTS,
    BUILT_IN_SLOT_TYPES,
    ENGLISH_ONLY_INTENTS,
    KOREAN_VOICES,
    LOCALES,
    is_english,
)
from voicebot.lex.quotas import check_quotas
from voicebot.nlu.model import Model

KOREAN = "ko_KR"
NAME = re.compile(r"([0-9a-zA-Z][_-]?){1,100}")
LONGEST_AUDIO_MS = 15_000
SHORTEST_KOREAN_PAUSE_MS = 800
FEW_UTTERANCES = 10

_REFERENCE = re.compile(r"\{([^{}]*)\}")
_FREE_FORM = "AMAZON.FreeFormInput"


def lint_bot(bot: BotDefinition, model: Model | None = None) -> list[Finding]:
    """Return what is wrong with a bot, errors first.

    Args:
        bot: The bot.
        model: Measures how alike utterances of different intents are; None leaves that out.
    """
    found = [*_names(bot.name, "bot", [bot.name]), *check_quotas(bot)]
    for where, locale in bot.locales.items():
        found += [*_locale(where, locale), *_duplicates(where, locale)]
        if model is not None and where == KOREAN:
            from voicebot.lex.conflicts import check_conflicts

            found += check_conflicts(where, locale, model)
    order = ("error", "warning", "note")
    return sorted(found, key=lambda finding: order.index(finding.severity))


def require_sound(bot: BotDefinition) -> None:
    """Raise for a bot that Lex would refuse.

    Raises:
        GateError: There are errors; names the first.
    """
    errors = [finding for finding in lint_bot(bot) if finding.severity == "error"]
    if errors:
        first = errors[0]
        more = f" and {len(errors) - 1} more errors" if len(errors) > 1 else ""
        raise GateError(f"{first.block}: {first.message}{more}", hint="run: voicebot lex lint")


def _names(where: str, what: str, names: Iterable[str]) -> Iterator[Finding]:
    counts = Counter(name.lower() for name in names)
    for name in dict.fromkeys(names):
        if not NAME.fullmatch(name):
            message = f"{what} name {name!r} is not one that Lex takes"
            fix = "use 1 to 100 ASCII letters, digits, single _ and -; Korean goes into the description"
            yield Finding("name", "error", where, message, fix)
        if counts[name.lower()] > 1:
            counts[name.lower()] = 0
            yield Finding("name-twice", "error", where, f"more than one {what} is named {name}", "rename one of them")


def _locale(where: str, locale: LocaleDefinition) -> Iterator[Finding]:
    if where not in LOCALES:
        yield Finding("locale", "error", where, "Lex V2 has no such locale", "use ko_KR for Korean")
    yield from _names(where, "intent", [intent.name for intent in locale.intents])
    yield from _names(where, "slot type", [slot_type.name for slot_type in locale.slot_types])
    fallbacks = sum(intent.is_fallback for intent in locale.intents)
    if fallbacks != 1:
        message = f"{fallbacks} intents have the parent {FALLBACK}; a locale needs exactly one"
        yield Finding("fallback", "error", where, message, f"give one intent `parent: {FALLBACK}`")
    yield from _voice(where, locale)
    yield from _audio(where, locale.audio)
    if locale.vocabulary and not is_english(where):
        message = "Lex takes a custom vocabulary in English only"
        yield Finding("locale-vocabulary", "error", where, message, "give a slot type `values_as_vocabulary: true`")
    types = {slot_type.name: slot_type for slot_type in locale.slot_types}
    for intent in locale.intents:
        yield from _intent(f"{where}/{intent.name}", where, intent, types)
    used = {slot.type for intent in locale.intents for slot in intent.slots}
    for slot_type in locale.slot_types:
        yield from _slot_type(f"{where}/{slot_type.name}", slot_type, slot_type.name in used)
    yield from _meanings(where, locale)


def _voice(where: str, locale: LocaleDefinition) -> Iterator[Finding]:
    voice = locale.voice
    if voice is None:
        yield Finding("voice", "warning", where, "there is no voice: Lex cannot speak", "add `voice: {id: Seoyeon}`")
    elif where == KOREAN and voice.id not in KOREAN_VOICES:
        message = f"{voice.id} is not a documented Korean voice"
        yield Finding("voice", "warning", where, message, "use Seoyeon, or ask polly describe-voices")
    elif where == KOREAN and voice.engine not in KOREAN_VOICES[voice.id]:
        message = f"{voice.id} has no {voice.engine} engine"
        yield Finding("voice", "error", where, message, f"use {' or '.join(KOREAN_VOICES[voice.id])}")


def _audio(where: str, audio: AudioDefinition | None) -> Iterator[Finding]:
    if audio is None:
        message = "no audio times are set, and the documented defaults of Lex and Connect differ"
        yield Finding("audio", "warning", where, message, "add `audio:` (see docs/lex.md)")
        return
    if audio.max_length_ms > LONGEST_AUDIO_MS:
        message = f"max_length_ms {audio.max_length_ms}: beyond {LONGEST_AUDIO_MS} the flow takes its error branch"
        yield Finding("audio", "error", where, message, f"set it to {LONGEST_AUDIO_MS} or less")
    if where == KOREAN and audio.end_timeout_ms < SHORTEST_KOREAN_PAUSE_MS:
        message = f"end_timeout_ms {audio.end_timeout_ms} cuts Korean callers off at the pause after a particle"
        yield Finding("audio-pause", "warning", where, message, "set it between 800 and 1200")
    if audio.max_length_ms <= audio.end_timeout_ms:
        message = "max_length_ms is not longer than end_timeout_ms"
        yield Finding("audio", "error", where, message, "let callers speak longer than they pause")


def _intent(
    where: str, locale_id: str, intent: IntentDefinition, types: Mapping[str, SlotTypeDefinition]
) -> Iterator[Finding]:
    if intent.parent is not None:
        yield from _built_in(where, locale_id, intent)
    elif not intent.utterances:
        yield Finding("utterances", "error", where, "there are no sample utterances", "add what callers say")
    elif len(intent.utterances) < FEW_UTTERANCES:
        message = f"{len(intent.utterances)} sample utterances are few to learn from"
        yield Finding("utterances", "note", where, message, f"give {FEW_UTTERANCES} or more, in different words")
    if not (intent.fulfillment_hook or intent.dialog_hook or intent.closing):
        message = "nothing happens when it is recognised: no hook and no closing message"
        yield Finding("intent-silent", "warning", where, message, "add `fulfillment_hook: true` or `closing:`")
    yield from _names(where, "slot", [slot.name for slot in intent.slots])
    slots = {slot.name: slot for slot in intent.slots}
    for utterance in intent.utterances:
        yield from _utterance(where, utterance, slots)
    if not is_english(locale_id) and (intent.lex.get("inputContexts") or intent.lex.get("outputContexts")):
        message = f"intent contexts are documented for English only, not for {locale_id}"
        yield Finding("locale-contexts", "warning", where, message, "keep the state in session attributes")
    for slot in intent.slots:
        yield from _slot(f"{where}/{slot.name}", locale_id, slot, types)


def _built_in(where: str, locale_id: str, intent: IntentDefinition) -> Iterator[Finding]:
    parent = str(intent.parent)
    if parent not in BUILT_IN_INTENTS:
        fix = f"one of {', '.join(sorted(BUILT_IN_INTENTS))}"
        yield Finding("parent", "error", where, f"Lex has no built-in intent {parent}", fix)
    elif parent in ENGLISH_ONLY_INTENTS and not is_english(locale_id):
        yield Finding("locale-intent", "error", where, f"{parent} is for English locales only", "use a hook instead")
    if intent.is_fallback and (intent.utterances or intent.slots):
        message = "the fallback intent takes no sample utterances and no slots"
        yield Finding("fallback-content", "error", where, message, "move them to an intent of your own")


def _utterance(where: str, utterance: str, slots: Mapping[str, SlotDefinition]) -> Iterator[Finding]:
    names = _REFERENCE.findall(utterance)
    for name in names:
        if name not in slots:
            message = f"“{utterance}” has the slot {{{name}}}, which the intent has not"
            yield Finding("utterance-slot", "error", where, message, f"add the slot, or one of {list(slots)}")
    if "{" in _REFERENCE.sub("", utterance) or "}" in _REFERENCE.sub("", utterance):
        yield Finding("utterance-slot", "error", where, f"“{utterance}” has a lone brace", "write slots as {Name}")
    bare = _REFERENCE.sub("", utterance).strip()
    if not utterance.strip():
        yield Finding("utterance-empty", "error", where, "a sample utterance is empty", "take it out")
    elif not bare and any(slots[name].type == _FREE_FORM for name in names if name in slots):
        message = f"“{utterance}” is nothing but a free-form slot: it would take every utterance"
        yield Finding("utterance-free-form", "error", where, message, "put words around it")
    elif not names and not cache_key(utterance):
        message = f"“{utterance}” has no words"
        yield Finding("utterance-empty", "warning", where, message, "write what callers say")


def _slot(
    where: str, locale_id: str, slot: SlotDefinition, types: Mapping[str, SlotTypeDefinition]
) -> Iterator[Finding]:
    if slot.type.startswith(BUILT_IN):
        known = slot.type in BUILT_IN_SLOT_TYPES or (slot.type == "AMAZON.UKPostalCode" and locale_id == "en_GB")
        if not known:
            message = f"{slot.type} is not a built-in slot type of {locale_id}"
            fix = f"one of {', '.join(sorted(BUILT_IN_SLOT_TYPES))}"
            yield Finding("slot-type", "error", where, message, fix)
    elif slot.type not in types:
        yield Finding("slot-type", "error", where, f"there is no slot type {slot.type}", "add it to `slot_types:`")
    if slot.is_required and not slot.prompts and not slot.lex:
        message = "a required slot has no prompt to ask for it"
        yield Finding("slot-prompt", "error", where, message, "add `prompts:`, or `required: false`")
    if slot.has_many_values and not is_english(locale_id):
        message = f"slots with many values are documented for English only, not for {locale_id}"
        yield Finding("locale-many-values", "warning", where, message, "ask for one value at a time")


def _slot_type(where: str, slot_type: SlotTypeDefinition, is_used: bool) -> Iterator[Finding]:
    if not slot_type.values and not slot_type.parent and not slot_type.lex:
        yield Finding("slot-type-empty", "error", where, "the slot type has no values", "add `values:`")
    if slot_type.pattern and slot_type.parent != "AMAZON.AlphaNumeric":
        message = "only a slot type with parent AMAZON.AlphaNumeric may have a pattern"
        yield Finding("slot-type-pattern", "error", where, message, "set `parent: AMAZON.AlphaNumeric`")
    words = [each.value.strip().lower() for each in slot_type.values]
    for word, count in Counter(words).items():
        if count > 1:
            yield Finding("value-twice", "error", where, f"the value “{word}” is there {count} times", "keep one")
    if not is_used:
        yield Finding("slot-type-unused", "note", where, "no slot has this type", "use it or take it out")


def _meanings(where: str, locale: LocaleDefinition) -> Iterator[Finding]:
    owners = Counter(meaning for intent in locale.intents for meaning in set(intent.meanings))
    for meaning, count in owners.items():
        if count > 1:
            message = f"{count} intents have the meaning {meaning}"
            yield Finding("meaning-twice", "error", where, message, "a meaning stands for one intent")


def _duplicates(where: str, locale: LocaleDefinition) -> Iterator[Finding]:
    """Yield utterances that are the same but for spacing, punctuation and case."""
    first: dict[str, tuple[str, str]] = {}
    for intent in locale.intents:
        for utterance in intent.utterances:
            key = cache_key(utterance)
            owner, known = first.setdefault(key, (intent.name, utterance))
            if not key or (owner == intent.name and known is utterance):
                continue
            severity: Severity = "error"
            message = f"“{utterance}” is “{known}” of {owner} as well: Lex cannot tell the two intents apart"
            if owner == intent.name:
                severity, message = "note", f"“{utterance}” is “{known}” again"
            yield Finding("utterance-twice", severity, f"{where}/{intent.name}", message, "keep one of the two")
