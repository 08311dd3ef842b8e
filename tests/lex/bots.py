"""Bots for tests: any bot that our YAML can say, and archives as other tools and the console write them."""

from typing import Any

from hypothesis import strategies as st

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

KOREAN = st.text("가나다라마바사요네 아니오?!{}1a'\"#:-", min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and not text.startswith("<speak")
)
TEXTS = st.one_of(KOREAN, KOREAN.map(lambda text: f"<speak>{text}</speak>"))
NAMES = st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True)
DESCRIPTIONS = st.one_of(st.just(""), KOREAN)
MESSAGES = st.lists(TEXTS, max_size=3).map(tuple)


def named(items: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(items, max_size=most, unique_by=lambda item: item.name).map(tuple)


AUDIO = st.builds(
    AudioDefinition,
    start_timeout_ms=st.integers(1, 9000),
    end_timeout_ms=st.integers(1, 3000),
    max_length_ms=st.integers(1, 15000),
    allow_interrupt=st.booleans(),
    dtmf_end_character=st.sampled_from("#*0D"),
    dtmf_max_length=st.integers(1, 1024),
)
SLOTS = st.builds(
    SlotDefinition,
    name=NAMES,
    description=DESCRIPTIONS,
    type=st.sampled_from(["AMAZON.Date", "AMAZON.PhoneNumber", "CarType"]),
    required=st.booleans(),
    prompts=MESSAGES.filter(bool),
    retries=st.integers(0, 5),
    utterances=st.lists(KOREAN, max_size=2).map(tuple),
    default=st.one_of(st.none(), KOREAN),
    obfuscated=st.booleans(),
    many_values=st.booleans(),
)
SLOT_TYPES = st.builds(
    SlotTypeDefinition,
    name=NAMES,
    description=DESCRIPTIONS,
    values=st.lists(
        st.builds(SlotValue, value=KOREAN, synonyms=st.lists(KOREAN, max_size=2).map(tuple)), max_size=3
    ).map(tuple),
    resolution=st.sampled_from(["original", "top"]),
    parent=st.sampled_from([None, "AMAZON.AlphaNumeric"]),
    pattern=st.sampled_from([None, "[0-9]{4}"]),
    values_as_vocabulary=st.booleans(),
)
INTENTS = st.builds(
    IntentDefinition,
    name=NAMES,
    description=DESCRIPTIONS,
    parent=st.sampled_from([None, "AMAZON.FallbackIntent", "AMAZON.HelpIntent"]),
    utterances=st.lists(KOREAN, max_size=4).map(tuple),
    meanings=st.lists(NAMES, max_size=1).map(tuple),
    slots=named(SLOTS, 3),
    confirmation=st.one_of(
        st.none(),
        st.builds(ConfirmationDefinition, prompts=MESSAGES.filter(bool), declined=MESSAGES, retries=st.integers(0, 5)),
    ),
    closing=MESSAGES,
    dialog_hook=st.booleans(),
    fulfillment_hook=st.booleans(),
)
LOCALES = st.builds(
    LocaleDefinition,
    description=DESCRIPTIONS,
    confidence_threshold=st.sampled_from([0.0, 0.4, 0.65, 1.0]),
    voice=st.one_of(
        st.none(), st.builds(VoiceDefinition, id=st.just("Seoyeon"), engine=st.sampled_from(["standard", "neural"]))
    ),
    audio=st.one_of(st.none(), AUDIO),
    slot_types=named(SLOT_TYPES, 2),
    intents=named(INTENTS, 4),
    vocabulary=st.lists(st.builds(VocabularyItem, phrase=KOREAN, weight=st.sampled_from([None, 0, 3])), max_size=2).map(
        tuple
    ),
)
BOTS = st.builds(
    BotDefinition,
    name=NAMES,
    description=DESCRIPTIONS,
    child_directed=st.booleans(),
    idle_session_ttl_s=st.integers(60, 86400),
    locales=st.dictionaries(st.sampled_from(["ko_KR", "en_US", "en_GB"]), LOCALES, min_size=1, max_size=2),
)
