"""What a query and the cached lines of an answer share, and above all what they do not: the verifier's input."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.facets import ACTS, FACETS, OPPOSITES
from voicebot.nlu.index import LineIndex
from voicebot.nlu.lexicon import Lexicon
from voicebot.nlu.lines import BUCKETS, GRAM_CLASSES, Line, gram_classes, number_bits
from voicebot.nlu.synonyms import alike

ANSWERS = 6
"""Candidate answers that are looked at closely."""
_LINES_PER_ANSWER = 6
_NEAREST_LINES = 20
_SAME, _SYNONYM = 0.97, 0.96
_BINS = np.array((0.25, 0.45, 0.6, 0.75, 0.95))

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Compared:
    """A query against its candidate answers, likeliest first.

    Attributes:
        answers: The answers' numbers.
        lines: For each answer its nearest line.
        features: One row an answer, columns as `SIGNS`.
    """

    answers: NDArray[np.int64]
    lines: NDArray[np.int64]
    features: Floats


@dataclass(frozen=True, slots=True)
class _Block:
    """The candidate lines, those of one answer together; `starts` is where each answer begins."""

    lines: NDArray[np.int64]
    starts: NDArray[np.int64]


def compare(query: Line, vector: Floats, index: LineIndex, lexicon: Lexicon) -> Compared:
    """Return the candidate answers to `query` and the features of each."""
    gram = index.cosines(query)
    learned = index.near(vector, gram)
    answers, block = _candidates(0.6 * gram + 0.4 * learned, gram, index)
    if not len(answers):
        return Compared(answers, answers, np.zeros((0, len(SIGNS)), np.float32))
    words, union = _word_features(query, block, index, lexicon)
    surface = np.stack([gram[block.lines], learned[block.lines]], 1)
    rest = np.hstack([_length_ratio(query, block, index), words[:, 5:], _facet_features(query, block, index)])
    table = np.hstack([surface, words[:, :5], _gram_overlap(query, block, index), rest])
    return _by_answer(query, answers, block, np.asarray(table, np.float32), union)


def _candidates(first: Floats, gram: Floats, index: LineIndex) -> tuple[NDArray[np.int64], _Block]:
    """Return the answers of the nearest lines, and some lines of each."""
    if not len(first):
        return np.zeros(0, np.int64), _Block(np.zeros(0, np.int64), np.zeros(0, np.int64))
    k = min(_NEAREST_LINES, len(first))
    # np.union1d would load numpy.ma, which a cold start pays for and nothing else needs.
    top = np.array(sorted({*np.argpartition(-gram, k - 1)[:k].tolist(), *np.argpartition(-first, k - 1)[:k].tolist()}))
    top = top[np.argsort(-first[top], kind="stable")]
    owners = index.answers[top]
    _, spots = np.unique(owners, return_index=True)
    answers = owners[np.sort(spots)][:ANSWERS].astype(np.int64)
    groups = []
    for answer in answers:
        own = index.lines_of[index.answer_starts[answer] : index.answer_starts[answer + 1]]
        if len(own) > _LINES_PER_ANSWER:
            own = own[np.argsort(-first[own], kind="stable")[:_LINES_PER_ANSWER]]
        groups.append(own)
    return answers, _Block(np.concatenate(groups), _starts(np.array([len(group) for group in groups])))


def _starts(sizes: NDArray[np.integer]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def _spans(starts: NDArray[np.int64], lines: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of all items of `lines` in a flat array, and where each line's items begin among them."""
    sizes = starts[lines + 1] - starts[lines]
    begins = _starts(sizes)
    return np.repeat(starts[lines] - begins, sizes) + np.arange(int(sizes.sum())), begins


def _word_features(query: Line, block: _Block, index: LineIndex, lexicon: Lexicon) -> tuple[Floats, Floats]:
    """Return how far the words of each side are found on the other, a row a line; and over all lines of an answer."""
    vectors = lexicon.vectors
    places, begins = _spans(index.word_starts, block.lines)
    ids, weights, kinds = index.words[places], index.word_weights[places], index.word_kinds[places]
    known, known_there = query.ids >= 0, ids >= 0
    lemmas, lemmas_there = np.maximum(query.ids, 0), np.maximum(ids, 0)
    mine = vectors[lemmas] * known[:, None]
    theirs = vectors[lemmas_there] * known_there[:, None]
    same = query.ids[:, None] == ids[None, :]
    near = np.where(same, 1.0, np.minimum(mine @ theirs.T, 0.94)).astype(np.float32)
    synonyms = alike(lexicon.senses[lemmas], lexicon.senses[lemmas_there])
    near[synonyms & ~same & known[:, None] & known_there[None, :]] = _SYNONYM
    to_line, from_line = np.maximum.reduceat(near, begins, 1), near.max(0)
    own = query.weights[:, None]
    total, totals = float(own.sum()), np.add.reduceat(weights, begins)

    def per_line(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, begins), np.float32)

    bag = (own * mine).sum(0)
    bag_near = (
        per_line(weights * (theirs @ (bag / max(float(np.linalg.norm(bag)), 1e-6)))) / index.bag_norms[block.lines]
    )
    lost, lost_there = own * (1 - to_line), weights * (1 - from_line)
    columns = [
        bag_near,
        (own * to_line).sum(0) / total,
        per_line(weights * from_line) / totals,
        (own * (to_line > _SAME)).sum(0) / total,
        per_line(weights * (from_line > _SAME)) / totals,
        lost.max(0),
        np.maximum.reduceat(lost_there, begins),
        lost.sum(0),
        per_line(lost_there),
    ]
    for kind in range(4):
        columns += [(lost * (query.kinds == kind)[:, None]).sum(0), per_line(lost_there * (kinds == kind))]
    level, level_there = np.digitize(to_line, _BINS), np.digitize(from_line, _BINS)
    columns += [(own * (level == bin_)).sum(0) + per_line(weights * (level_there == bin_)) for bin_ in range(1, 5)]
    columns += [np.full(len(block.lines), np.log(total + 0.1)), np.log(totals + 0.1)]
    over = np.maximum.reduceat(to_line, block.starts, 1)
    left = own * (1 - over)
    union = [(own * over).sum(0) / total, (own * (over > _SAME)).sum(0) / total, left.max(0), left.sum(0)]
    union += [(left * (query.kinds == kind)[:, None]).sum(0) for kind in (0, 1)]
    return np.stack(columns, 1).astype(np.float32), np.stack(union, 1).astype(np.float32)


def _gram_overlap(query: Line, block: _Block, index: LineIndex) -> Floats:
    """Return, a class of n-grams, their cosine with each line, and the parts of query and line that both have."""
    places, begins = _spans(index.gram_starts, block.lines)
    theirs = index.grams[places]
    weights = index.gram_weights[places]
    mark = np.zeros(BUCKETS, bool)
    mark[query.grams] = True
    own = index.weigh(query.grams) ** 2
    squares, classes = weights**2, gram_classes(theirs)
    columns: list[Floats] = []
    for number in range(GRAM_CLASSES):
        mine = max(float(own[gram_classes(query.grams) == number].sum()), 1e-6)
        here = squares * (classes == number)
        total = np.maximum(np.add.reduceat(here, begins), 1e-6)
        shared = np.add.reduceat(here * mark[theirs], begins)
        columns += [
            np.asarray(part, np.float32) for part in (shared / np.sqrt(total * mine), shared / mine, shared / total)
        ]
    return np.stack(columns, 1).astype(np.float32)


def _length_ratio(query: Line, block: _Block, index: LineIndex) -> Floats:
    ratio = np.abs(np.log((len(query.key) + 2) / (index.lengths[block.lines] + 2)))
    return np.asarray(ratio[:, None], np.float32)


def _facet_features(query: Line, block: _Block, index: LineIndex) -> Floats:
    """Return where opposites, question words, acts, numbers and roles differ."""
    theirs, mine = index.facets[block.lines], query.facets[None, :]
    both = (mine & theirs) > 0
    clash = ~both & (mine > 0) & (theirs > 0)
    only_mine, only_theirs = (mine > 0) & (theirs == 0), (mine == 0) & (theirs > 0)
    cut = len(OPPOSITES)
    counts = [part[:, :cut].sum(1) for part in (clash, only_mine, only_theirs, both)]
    counts += [part[:, cut:].sum(1) for part in (only_mine, only_theirs, both)]
    question = only_mine[:, cut:] | only_theirs[:, cut:]
    acts = query.acts[None, :] != index.acts[block.lines]
    bits, other = number_bits(query.numbers), index.number_bits[block.lines]
    apart = (bits != 0) & (other != 0) & ((bits & other) == 0)
    numbers = np.stack([np.bitwise_count(bits & ~other), np.bitwise_count(other & ~bits), apart], 1)
    return np.hstack([np.stack(counts, 1), question, acts, numbers, _roles(query, block, index)]).astype(np.float32)


def _roles(query: Line, block: _Block, index: LineIndex) -> Floats:
    """Return on how many shared nouns the roles differ and agree."""
    found = np.zeros((len(block.lines), 2), np.float32)
    if query.roles:
        for row, line in zip(found, block.lines, strict=True):
            for packed in index.role_ids[index.role_starts[line] : index.role_starts[line + 1]].tolist():
                role = query.roles.get(packed // 8)
                if role is not None:
                    row[int(role == packed % 8)] += 1
    return found


def _by_answer(query: Line, answers: NDArray[np.int64], block: _Block, table: Floats, union: Floats) -> Compared:
    """Return one row an answer: its nearest line, and the most, mean or least over all its lines."""
    sizes = np.diff(np.append(block.starts, len(block.lines)))
    owner = np.repeat(np.arange(len(answers)), sizes)
    base = table[:, 0] + table[:, 1] + 0.5 * table[:, 3:7].sum(1)
    nearest = np.lexsort((-base, owner))[block.starts]
    tops = np.maximum.reduceat(table[:, :_POSITIVE], block.starts, 0)
    means = np.add.reduceat(table[:, :_POSITIVE], block.starts, 0) / sizes[:, None]
    lows = np.minimum.reduceat(table[:, _POSITIVE:], block.starts, 0)
    context = np.stack([np.log(sizes), np.full(len(answers), len(query.key) / 20)], 1)
    features = np.hstack([table[nearest], tops, means, lows, union, context])
    rank = np.argsort(-(base[nearest] + tops[:, 0]), kind="stable")
    return Compared(answers[rank], block.lines[nearest][rank], np.asarray(features[rank], np.float32))


_POSITIVE = 7 + 3 * GRAM_CLASSES
_LINE_SIGNS = (
    [1] * _POSITIVE + [-1] * 13 + [0] * 6 + [-1, -1, -1, 1, -1, -1, 1]
    + [-1] * (len(FACETS) - len(OPPOSITES)) + [-1] * len(ACTS) + [-1] * 3 + [-1, 1]
)  # fmt: skip
SIGNS = np.array(_LINE_SIGNS + [1] * (2 * _POSITIVE) + _LINE_SIGNS[_POSITIVE:] + [1, 1, -1, -1, -1, -1, 0, 0], np.int8)
"""For each feature: 1 where more of it can only speak for a match, -1 only against one, 0 for either."""
_FACETS_AT = _POSITIVE + 13 + 6
CLASH, NUMBERS_APART = _FACETS_AT, len(_LINE_SIGNS) - 3
ROLES_DIFFER = len(_LINE_SIGNS) - 2
QUESTION = slice(_FACETS_AT + 7, _FACETS_AT + 7 + len(FACETS) - len(OPPOSITES))
ACT = slice(QUESTION.stop, QUESTION.stop + len(ACTS))
LOWEST = len(_LINE_SIGNS) + _POSITIVE
"""Added to a column of the nearest line, gives the least of that column over all lines of the answer."""
WORD_LOST, WORD_LOST_THERE = _POSITIVE + 1, _POSITIVE + 2
