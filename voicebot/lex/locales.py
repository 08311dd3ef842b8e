"""What Lex V2 has in which language.

Source:
    https://docs.aws.amazon.com/lexv2/latest/dg/how-languages.html and built-in-slots.html; What's New of 2025-03-04 for
    the Korean AMAZON.AlphaNumeric and AMAZON.Confirmation. The service itself is asked by ListBuiltInSlotTypes.
"""

# fmt: off
LOCALES = frozenset({
    "ca_ES", "de_AT", "de_DE", "en_AU", "en_GB", "en_IN", "en_US", "en_ZA", "es_419", "es_ES", "es_US", "fi_FI", "fr_CA",
    "fr_FR", "hi_IN", "it_IT", "ja_JP", "ko_KR", "nl_NL", "no_NO", "pl_PL", "pt_BR", "pt_PT", "sv_SE", "zh_CN", "zh_HK",
})
# fmt: on

_INTENTS = ("Fallback", "Cancel", "Help", "Stop", "Repeat", "Pause", "Resume", "StartOver", "Yes", "No")
_MODEL_INTENTS = ("KendraSearch", "QnA", "BedrockAgent", "QInConnect")
BUILT_IN_INTENTS = frozenset(f"AMAZON.{name}Intent" for name in _INTENTS + _MODEL_INTENTS)

_WORDS = ("AlphaNumeric", "City", "Confirmation", "Country", "EmailAddress", "FirstName", "FreeFormInput", "LastName")
_MORE = ("Currency", "Date", "Duration", "Number", "Percentage", "PhoneNumber", "State", "StreetName", "Time")
BUILT_IN_SLOT_TYPES = frozenset(f"AMAZON.{name}" for name in _WORDS + _MORE)
"""Those of all languages; AMAZON.UKPostalCode is en_GB's alone."""

ENGLISH_ONLY_INTENTS = frozenset({"AMAZON.KendraSearchIntent"})

KOREAN_VOICES = {"Seoyeon": ("standard", "neural")}
"""Polly's Korean voices and their engines, as far as they are documented."""


def is_english(locale: str) -> bool:
    """Return whether a locale is English, for which Lex has features and quotas of its own."""
    return locale.startswith("en_")
