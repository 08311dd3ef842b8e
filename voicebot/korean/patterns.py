"""Regular expressions compiled when first used, so that importing the text rules costs next to nothing."""

import re
from functools import cache


@cache
def pattern(source: str) -> re.Pattern[str]:
    """Return the compiled `source`; each one is compiled once in a process."""
    return re.compile(source)
