"""What speech will cost, before it does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from voicebot.errors import RefusedError
from voicebot.korean.spoken import spoken_form
from voicebot.tts.protocol import EngineInfo
from voicebot.tts.wrappers.metered import price


@dataclass(frozen=True)
class Estimate:
    """What texts will cost.

    Args:
        engine: The engine's name.
        characters: Characters of the spoken form, which is what the engine gets.
        price_usd: US dollars; None when the engine's price is unknown.
    """

    engine: str
    characters: int
    price_usd: float | None

    def line(self) -> str:
        """Return it in words."""
        if self.price_usd is None:
            return f"{self.engine}: {self.characters:,} characters; its price is not known"
        return f"{self.engine}: {self.characters:,} characters, about ${self.price_usd:,.4f}"


def estimate(info: EngineInfo, texts: Iterable[str], words: Mapping[str, str] | None = None) -> Estimate:
    """Return what an engine would ask for texts, each once.

    Args:
        info: The engine.
        texts: As they are written.
        words: The pronunciation dictionary.
    """
    characters = sum(len(spoken_form(text, words)) for text in texts)
    return Estimate(info.name, characters, price(info, characters))


def approve_cost(
    cost: Estimate, max_usd: float, is_approved: bool = False, ask: Callable[[str], bool] | None = None
) -> None:
    """Return when the money may be spent.

    Args:
        cost: What it will cost.
        max_usd: Up to this nobody has to agree.
        is_approved: Somebody has agreed already.
        ask: Asks the person at the terminal; None when there is nobody.

    Raises:
        RefusedError: Nobody agreed.
    """
    if is_approved or cost.price_usd is None or cost.price_usd <= max_usd:
        return
    if ask is None or not ask(f"{cost.line()}. Go on?"):
        raise RefusedError(
            f"this would cost about ${cost.price_usd:,.2f}, more than ${max_usd:,.2f}",
            hint="agree with --yes, or raise --max-cost",
        )
