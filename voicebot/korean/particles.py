"""Particles that depend on the last sound of the word before them."""

PAIRS = (
    ("은", "는"),
    ("이", "가"),
    ("을", "를"),
    ("과", "와"),
    ("으로", "로"),
    ("이에요", "예요"),
    ("이고", "고"),
    ("이나", "나"),
)
"""After a final consonant, after a vowel."""

PARTICLE = "은|는|이|가|을|를|과|와|으로|로|이에요|예요|이고|이나"
_FINALS = 28
_RIEUL = 8
_FORMS = {form: pair for pair in PAIRS for form in pair}


def fitted(word: str, particle: str) -> str:
    """Return the form of a particle that follows `word`: 달러 and 은 is 는.

    Args:
        word: Ends in a Hangul syllable.
        particle: One of `PARTICLE`, in either form.
    """
    after_consonant, after_vowel = _FORMS[particle]
    final = (ord(word[-1]) - ord("가")) % _FINALS
    takes_vowel_form = not final or (final == _RIEUL and after_vowel == "로")
    return after_vowel if takes_vowel_form else after_consonant
