"""The protocols by which the matcher and the intents are measured."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voicebot.errors import InputError
from voicebot.nlu import episodes, threshold
from voicebot.nlu.data import Labelled
from voicebot.nlu.matcher import Matcher
from voicebot.nlu.measures import score
from voicebot.nlu.model import Model

_FILLERS = ("음 ", "저기 ", "어 ", "그 ", "아 ")


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What the paraphrase protocol came to.

    Attributes:
        hits_1: Hits at 1 % false hits, of the queries that have an answer.
        hits_01: Hits at 0.1 % false hits.
        hits: Hits at the model's threshold.
        false: False hits at the model's threshold, of all queries.
        false_interval: Its 95 % Clopper-Pearson interval.
        queries: How many were asked.
    """

    hits_1: float
    hits_01: float
    hits: float
    false: float
    false_interval: tuple[float, float]
    queries: int


def retrieval(
    model: Model,
    rows: Sequence[Labelled],
    seed: int = 0,
    limit: int | None = None,
    spoil: Callable[[str], str] | None = None,
) -> Retrieval:
    """Return the paraphrase protocol's measures: 20 % of groups unknown, half of the other groups' lines cached.

    Args:
        model: What is measured.
        rows: Lines with their groups.
        seed: Decides which groups are unknown and which lines are cached.
        limit: Ask no more than this many queries.
        spoil: Changes each query before it is asked; see `spoiled`.
    """
    episode = episodes.split(rows, seed, limit=limit)
    if spoil:
        episode = episodes.Episode(episode.cached, [Labelled(spoil(row.text), row.label) for row in episode.queries])
    table = episodes.run(episode, episodes.Analyser(model.lexicon), model.encoder.encode)
    scores, right, known = score(model.verifier, table)
    chances = model.verifier.calibrated(scores)
    points = threshold.curve(chances.tolist(), right.tolist(), known.tolist())
    here = threshold.at(points, model.threshold)
    false = round(here.false * len(scores))
    return Retrieval(
        threshold.fit(points, 0.01).hits,
        threshold.fit(points, 0.001).hits,
        here.hits,
        here.false,
        threshold.clopper_pearson(false, len(scores)),
        len(scores),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One query and what the matcher made of it."""

    query: Labelled
    predicted: str
    score: float
    is_hit: bool
    guard: str


def ask(matcher: Matcher, queries: Iterable[Labelled]) -> list[Asked]:
    """Return what `matcher` makes of each query."""
    asked = []
    for query in queries:
        match = matcher.find(query.text)
        name = match.candidate.answer_id if match.candidate else ""
        asked.append(Asked(query, name, match.verdict.probability, match.is_hit, match.verdict.guard))
    return asked


def hit_rate(asked: Sequence[Asked]) -> float:
    """Return the part of answerable queries that got their answer."""
    answerable = [one for one in asked if one.query.label]
    return sum(one.is_hit and one.predicted == one.query.label for one in answerable) / max(1, len(answerable))


def false_rate(asked: Sequence[Asked]) -> float:
    """Return the part of all queries that got a wrong answer."""
    return sum(one.is_hit and one.predicted != one.query.label for one in asked) / max(1, len(asked))


def spoiled(kind: str, seed: int = 0) -> Callable[[str], str]:
    """Return what speech recognition and callers do to a line: ``none``, ``random`` spacing, or a leading ``filler``."""
    chance = random.Random(seed)
    if kind == "none":
        return lambda text: text.replace(" ", "")
    if kind == "random":
        return lambda text: "".join(c + (" " if chance.random() < 0.25 else "") for c in text.replace(" ", "")).strip()
    if kind == "filler":
        return lambda text: chance.choice(_FILLERS) + text
    raise InputError(f"no way to spoil a line is called {kind!r}", hint="none, random or filler")


def read_stylekqc(folder: Path) -> list[Labelled]:
    """Return StyleKQC's lines with their groups: ten consecutive lines of a file are one.

    Raises:
        InputError: The folder lacks a file.
    """
    rows: list[Labelled] = []
    for part in ("train", "dev", "test"):
        path = folder / f"topic_{part}.tsv"
        try:
            lines = path.read_text(encoding="utf-8").splitlines()[1:]
        except OSError as exc:
            raise InputError(f"{path}: {exc.strerror}", hint="give the folder with StyleKQC's topic_*.tsv") from exc
        rows += [Labelled(line.split("\t")[1], f"{part}{place // 10:05d}") for place, line in enumerate(lines)]
    return rows
