"""The quotas of Lex V2, counted as Lex counts: texts in UTF-16 code units.

Source:
    https://docs.aws.amazon.com/lexv2/latest/dg/quotas.html; minima and maxima of single fields are those of the API's
    own model.
"""

from collections.abc import Iterable, Iterator

from voicebot.lex.definition import BotDefinition, IntentDefinition, LocaleDefinition, SlotTypeDefinition
from voicebot.lex.findings import Finding, Severity
from voicebot.lex.locales import is_english

INTENTS = 250
SLOTS = 2000
SLOT_TYPES = 100
UTTERANCE_CHARACTERS = 200_000
UTTERANCES_PER_INTENT = 1500
CHARACTERS_PER_UTTERANCE = 500
SLOTS_PER_INTENT = 100
UTTERANCES_PER_SLOT = 10
VALUES_PER_LOCALE = 50_000
VALUES_PER_TYPE = 10_000
CHARACTERS_PER_VALUE = 140
CHARACTERS_PER_MESSAGE = 1000
CHARACTERS_PER_DESCRIPTION = 2000
CHARACTERS_PER_PATTERN = 300
VARIATIONS = 3
"""A message and its two variations."""


def units(text: str) -> int:
    """Return the length of a text as Lex counts it: a character beyond the basic plane, such as an emoji, is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def check_quotas(bot: BotDefinition) -> Iterator[Finding]:
    """Yield what is beyond a quota."""
    yield from _description(bot.name, bot.description)
    for locale_id, locale in bot.locales.items():
        yield from _locale(locale_id, locale)
        for intent in locale.intents:
            yield from _intent(f"{locale_id}/{intent.name}", intent)
        for slot_type in locale.slot_types:
            yield from _slot_type(f"{locale_id}/{slot_type.name}", slot_type)


def _locale(where: str, locale: LocaleDefinition) -> Iterator[Finding]:
    slots = sum(len(intent.slots) for intent in locale.intents)
    characters = sum(units(utterance) for intent in locale.intents for utterance in intent.utterances)
    values = sum(_count(slot_type) for slot_type in locale.slot_types)
    severity: Severity = "warning" if is_english(where) else "error"  # English locales are given more
    for rule, what, count, most in (
        ("quota-intents", "intents", len(locale.intents), INTENTS),
        ("quota-slots", "slots", slots, SLOTS),
        ("quota-slot-types", "slot types", len(locale.slot_types), SLOT_TYPES),
        ("quota-utterance-characters", "characters of sample utterances", characters, UTTERANCE_CHARACTERS),
        ("quota-values", "slot values and synonyms", values, VALUES_PER_LOCALE),
    ):
        yield from _most(where, rule, what, count, most, severity)
    yield from _description(where, locale.description)


def _intent(where: str, intent: IntentDefinition) -> Iterator[Finding]:
    yield from _most(where, "quota-utterances", "sample utterances", len(intent.utterances), UTTERANCES_PER_INTENT)
    yield from _lengths(
        where, "quota-utterance-length", "a sample utterance", intent.utterances, CHARACTERS_PER_UTTERANCE
    )
    yield from _most(where, "quota-slots-per-intent", "slots", len(intent.slots), SLOTS_PER_INTENT)
    confirmation = intent.confirmation
    asked = (confirmation.prompts, confirmation.declined) if confirmation else ()
    for messages in (intent.closing, *asked):
        yield from _messages(where, messages)
    yield from _description(where, intent.description)
    for slot in intent.slots:
        here = f"{where}/{slot.name}"
        yield from _most(
            here, "quota-utterances-per-slot", "sample utterances", len(slot.utterances), UTTERANCES_PER_SLOT
        )
        yield from _lengths(
            here, "quota-utterance-length", "a sample utterance", slot.utterances, CHARACTERS_PER_UTTERANCE
        )
        yield from _messages(here, slot.prompts)
        yield from _description(here, slot.description)


def _slot_type(where: str, slot_type: SlotTypeDefinition) -> Iterator[Finding]:
    yield from _most(where, "quota-values-per-type", "values and synonyms", _count(slot_type), VALUES_PER_TYPE)
    words = [word for each in slot_type.values for word in (each.value, *each.synonyms)]
    yield from _lengths(where, "quota-value-length", "a value or synonym", words, CHARACTERS_PER_VALUE)
    pattern = (slot_type.pattern,) if slot_type.pattern else ()
    yield from _lengths(where, "quota-pattern-length", "the pattern", pattern, CHARACTERS_PER_PATTERN)
    yield from _description(where, slot_type.description)


def _count(slot_type: SlotTypeDefinition) -> int:
    return sum(1 + len(each.synonyms) for each in slot_type.values)


def _messages(where: str, messages: tuple[str, ...]) -> Iterator[Finding]:
    yield from _most(where, "quota-variations", "variations of one message", len(messages), VARIATIONS)
    yield from _lengths(where, "quota-message-length", "a message", messages, CHARACTERS_PER_MESSAGE)


def _description(where: str, description: str) -> Iterator[Finding]:
    yield from _lengths(
        where, "quota-description-length", "the description", (description,), CHARACTERS_PER_DESCRIPTION
    )


def _lengths(where: str, rule: str, what: str, texts: Iterable[str], most: int) -> Iterator[Finding]:
    longest = max((units(text) for text in texts), default=0)
    if longest > most:
        yield Finding(rule, "error", where, f"{what} has {longest:,} UTF-16 units; Lex takes {most:,}", "shorten it")


def _most(where: str, rule: str, what: str, count: int, most: int, severity: Severity = "error") -> Iterator[Finding]:
    if count > most:
        message = f"{count:,} {what}; Lex takes {most:,}"
        yield Finding(rule, severity, where, message, f"take {count - most:,} out")
