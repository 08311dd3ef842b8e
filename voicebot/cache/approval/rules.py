"""What may be approved without a person: a rule in YAML.

::

    approve:              # an intent, and the confidence from which its answers need nobody
      business_hours: 0.85
      "*": 0.95           # all other intents; without this line they are always asked
    never: [complaint]    # these intents are always asked
    ask: [price, phone_number]   # so are answers that hold one of these; both unless the rule says otherwise
"""

import re
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from voicebot.cache.protocol import InboxItem
from voicebot.disk import explained
from voicebot.errors import InputError
from voicebot.korean.mask import PHONE, mask
from voicebot.settings.invalid import said

EVERY_OTHER = "*"
_HINT = "see docs/cache.md for the form of a rule"

Sensitive = Literal["price", "phone_number"]

_NUMERAL = "공영일이삼사오육칠팔구"
_PRICE = re.compile(
    r"\d[\d,.]*\s?[십백천만억]*\s?(?:원|달러|유로|엔)(?![가-힣]*점)"
    rf"|[{_NUMERAL}십백천만억\s]*[십백천만억]\s?(?:원|달러)"
    r"|[₩￦$€]\s?\d|(?:KRW|USD)\s?\d"
)
_SERVICE_NUMBER = re.compile(
    r"(?<![\d-])1[5-9]\d{2}[-\s.]?\d{4}(?!\d)"
    r"|(?<![\d-])0\d{1,2}[-\s.)]\s?\d{3,4}[-\s.]\s?\d{4}(?!\d)"
    rf"|(?<![가-힣])[{_NUMERAL}]{{3,4}}(?:\s?(?:다시|에|의|국에?)\s?|\s|-)[{_NUMERAL}]{{4}}"
)


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    approve: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    never: tuple[str, ...] = ()
    ask: tuple[Sensitive, ...] = ("price", "phone_number")

    @model_validator(mode="after")
    def _no_intent_twice(self) -> "_Form":
        both = sorted(self.approve.keys() & set(self.never))
        if both:
            raise ValueError(f"the intent {both[0]!r} stands under approve and under never")
        return self


class Rule:
    """Says of an answer why a person must look at it.

    Args:
        approve: The least confidence by intent; `EVERY_OTHER` stands for those that are not named.
        never: Intents that are always asked.
        ask: What an answer must not hold.
    """

    def __init__(
        self,
        approve: dict[str, float],
        never: Collection[str] = (),
        ask: Collection[Sensitive] = ("price", "phone_number"),
    ) -> None:
        self._approve = approve
        self._never = frozenset(never)
        self._ask = frozenset(ask)

    @classmethod
    def load(cls, path: Path, intents: Collection[str]) -> "Rule":
        """Return the rule of a YAML file.

        Args:
            path: The file.
            intents: Those that there are; any other is taken for a slip of the pen.

        Raises:
            NotFoundError: There is no such file.
            InputError: It is not a rule; says where.
        """
        with explained(path):
            data = path.read_bytes()
        try:
            raw = yaml.safe_load(data.decode())
        except (yaml.YAMLError, UnicodeDecodeError) as exc:
            mark = getattr(exc, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            raise InputError(f"{path}{line}: is not YAML in UTF-8", hint=_HINT) from exc
        if not isinstance(raw, dict):
            raise InputError(f"{path}: must hold approve, never or ask", hint=_HINT)
        try:
            form = _Form.model_validate(raw)
        except ValidationError as exc:
            error = exc.errors()[0]
            where = ".".join(map(str, error["loc"]))
            raise InputError(f"{path}: {where}{': ' if where else ''}{said(error)}", hint=_HINT) from exc
        for section, names in (("approve", form.approve), ("never", form.never)):
            for name in names:
                if name not in intents and not (section == "approve" and name == EVERY_OTHER):
                    near = get_close_matches(name, intents, 1)
                    hint = f"did you mean {near[0]}?" if near else f"intents: {', '.join(sorted(intents))}"
                    raise InputError(f"{path}: {section}: there is no intent {name!r}", hint=hint)
        return cls(dict(form.approve), form.never, form.ask)

    def objection(self, item: InboxItem, text: str) -> str:
        """Return why a person must look at an item, or an empty string.

        Args:
            item: The item.
            text: Its answer as it is spoken, which is where prices show.
        """
        intent = item.intent or "none"
        if item.intent in self._never:
            return f"the intent {intent} is always asked"
        for kind in sensitive(text):
            if kind in self._ask:
                return f"the answer holds a {kind.replace('_', ' ')}"
        least = self._approve.get(item.intent, self._approve.get(EVERY_OTHER))
        if least is None:
            return f"the rule does not name the intent {intent}"
        if item.confidence < least:
            return f"confidence {item.confidence:.2f} is below {least:.2f} for the intent {intent}"
        return ""


def sensitive(text: str) -> list[Sensitive]:
    """Return what a text holds that can cost somebody money or a call: a price, a phone number; written or spoken."""
    found: list[Sensitive] = []
    if _PRICE.search(text):
        found.append("price")
    if _SERVICE_NUMBER.search(text) or PHONE in mask(text):
        found.append("phone_number")
    return found
