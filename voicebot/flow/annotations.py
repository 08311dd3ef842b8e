"""What the bot and the functions noted about an utterance, read from its annotations."""

from voicebot.flow.result import Spoken

HIT = "voicebot_hit"
"""The session attribute that says "true" when an approved answer was found and "false" when none was."""

STAGE_PREFIXES = ("voicebot_stage_", "Stage")
"""How the names of stages begin in session attributes, and in a function's answer."""


def is_hit(entry: Spoken) -> bool | None:
    """Return whether an approved answer was found; None when nothing was looked up."""
    return {"true": True, "false": False}.get(entry.annotations.get(HIT, "").casefold())


def stages_ms(entry: Spoken) -> dict[str, float]:
    """Return the milliseconds of each stage on the way to the answer: `StageLookupMs` is `lookup`."""
    stages = {}
    for key, value in entry.annotations.items():
        prefix = next((each for each in STAGE_PREFIXES if key.startswith(each)), None)
        if prefix is None:
            continue
        name = key.removeprefix(prefix).removesuffix("_ms").removesuffix("Ms")
        try:
            stages[name[:1].lower() + name[1:]] = float(value)
        except ValueError:
            continue
    return stages
