"""What a query and the cached lines of an answer share, and above all what they do not: the verifier's input."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.nlu.facets import ACTS, FACETS, OPPOSITES
from voicebot.nlu.index import LineIndex
from voicebot.nlu.lines import BUCKETS, Line, number_bits

_ANSWERS = 6
_LINES_PER_ANSWER = 8
_BINS = (0.25, 0.45, 0.6, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Compared:
    """A query against its candidate answers, best first.

    Attributes:
        answers: The answers' numbers.
        best_lines: For each answer the line that is nearest.
        features: One row an answer.
    """

    answers: NDArray[np.int64]
    best_lines: NDArray[np.int64]
    features: NDArray[np.float32]


def compare(query: Line, vector: NDArray[np.float32], index: LineIndex, word_vectors: NDArray[np.float32], tuned: NDArray[np.float32] | None = None,
            dense: NDArray[np.float32] | None = None) -> Compared:
    """Return the features of the answers that are nearest to `query`."""
    gram = index.cosines(query)
    dense = index.vectors @ vector if dense is None else dense
    first = 0.5 * gram + 0.5 * dense
    k = min(24, len(first))
    top = np.union1d(np.argpartition(-gram, k - 1)[:k], np.argpartition(-first, k - 1)[:k])
    top = top[np.argsort(-first[top], kind="stable")]
    owners = index.answers[top]
    _, spots = np.unique(owners, return_index=True)
    answers = owners[np.sort(spots)][:_ANSWERS]
    groups = []
    for answer in answers:
        own = index.lines_of[index.answer_starts[answer] : index.answer_starts[answer + 1]]
        if len(own) > _LINES_PER_ANSWER:
            own = own[np.argsort(-first[own], kind="stable")[:_LINES_PER_ANSWER]]
        groups.append(own)
    lines = np.concatenate(groups)
    starts = np.concatenate([[0], np.cumsum([len(g) for g in groups])])[:-1]
    table, union = _line_features(query, lines, starts, index, word_vectors, gram, dense)
    base = table[:, 0] + table[:, 1] + 0.5 * (table[:, 2] + table[:, 3]) + 0.5 * (table[:, 4] + table[:, 5])
    owner = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    order = np.lexsort((-base, owner))
    best = order[starts]
    tops, means = np.maximum.reduceat(table, starts, 0), np.add.reduceat(table, starts, 0) / np.bincount(owner)[:, None]
    lows = np.minimum.reduceat(table, starts, 0)
    count = np.bincount(owner).astype(np.float32)[:, None]
    features = np.hstack([table[best], tops[:, :16], means[:, :8], lows[:, 16:], union, np.log(count), np.full_like(count, len(query.key)) / 20])
    rank = np.argsort(-(base[best] + tops[:, 0]), kind="stable")
    return Compared(answers[rank].astype(np.int64), lines[best][rank], np.asarray(features[rank], np.float32))


def _line_features(query, lines, starts, index, word_vectors, gram, dense):
    sizes = index.word_starts[lines + 1] - index.word_starts[lines]
    at = np.concatenate([np.arange(index.word_starts[i], index.word_starts[i + 1]) for i in lines]) if len(lines) else np.zeros(0, np.int64)
    ids, weights, kinds = index.words[at], index.word_weights[at], index.word_kinds[at]
    offsets = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    empty = sizes == 0
    safe = np.minimum(offsets, max(len(at) - 1, 0))
    n = len(lines)
    m = len(query.ids)
    if m == 0 or len(at) == 0:
        words = np.zeros((n, 24), np.float32)
        union = np.zeros((len(starts), 6), np.float32)
    else:
        q = word_vectors[np.maximum(query.ids, 0)] * (query.ids >= 0)[:, None]
        c = word_vectors[np.maximum(ids, 0)] * (ids >= 0)[:, None]
        same = query.ids[:, None] == ids[None, :]
        near = np.where(same, 1.0, np.minimum(q @ c.T, 0.94)).astype(np.float32)
        to_line = np.maximum.reduceat(near, safe, 1)
        to_line[:, empty] = 0.0
        from_line = near.max(0)
        qw = query.weights
        qs = qw.sum()
        ws = np.add.reduceat(weights, safe) + 1e-6
        cols = []
        cols.append((qw @ to_line) / qs)
        cols.append(np.add.reduceat(weights * from_line, safe) / ws)
        exact_q, exact_c = to_line > 0.97, from_line > 0.97
        cols.append((qw @ exact_q) / qs)
        cols.append(np.add.reduceat(weights * exact_c, safe) / ws)
        head = cols
        loss_q, loss_c = qw[:, None] * (1 - to_line), weights * (1 - from_line)
        low = [loss_q.max(0), np.maximum.reduceat(loss_c, safe), loss_q.sum(0), np.add.reduceat(loss_c, safe)]
        for kind in (0, 1, 2, 3):
            own_q, own_c = (query.kinds == kind), (kinds == kind)
            low.append((loss_q * own_q[:, None]).sum(0))
            low.append(np.add.reduceat(loss_c * own_c, safe))
        edges = np.array(_BINS)
        bq, bc = np.digitize(to_line, edges), np.digitize(from_line, edges)
        for b in range(1, 5):
            low.append((qw[:, None] * (bq == b)).sum(0) + np.add.reduceat(weights * (bc == b), safe))
        words = np.stack(head + low + [np.log(qs + 0.1) * np.ones(n), np.log(ws)], 1).astype(np.float32)
        over = np.maximum.reduceat(to_line, starts, 1)
        loss_over = qw[:, None] * (1 - over)
        union = np.stack([(qw @ over) / qs, loss_over.max(0), loss_over.sum(0), (qw @ (over > 0.97)) / qs,
                          (loss_over * (query.kinds == 0)[:, None]).sum(0), (loss_over * (query.kinds == 1)[:, None]).sum(0)], 1)
    head, low = words[:, :4], words[:, 4:]
    gq, gc = gram[lines], dense[lines]
    glen = (index.gram_starts[lines + 1] - index.gram_starts[lines]).astype(np.float32)
    gat = np.concatenate([index.grams[index.gram_starts[i] : index.gram_starts[i + 1]] for i in lines])
    mark = _mark(query.grams)
    g = np.add.reduceat(mark[gat], np.concatenate([[0], np.cumsum(glen.astype(np.int64))])[:-1]).astype(np.float32)
    surface = np.stack([gq, gc, g / max(1, len(query.grams)), g / np.maximum(glen, 1)], 1)
    f = index.facets[lines]
    qf = query.facets[None, :]
    clash = ((qf & f) == 0) & (qf > 0) & (f > 0)
    only_q = (qf > 0) & (f == 0)
    only_c = (qf == 0) & (f > 0)
    o = len(OPPOSITES)
    shared = ((qf & f) > 0)
    facet = np.stack([clash[:, :o].sum(1), only_q[:, :o].sum(1), only_c[:, :o].sum(1), shared[:, :o].sum(1),
                      only_q[:, o:].sum(1), only_c[:, o:].sum(1), shared[:, o:].sum(1)], 1).astype(np.float32)
    wh = (only_q[:, o:] | only_c[:, o:]).astype(np.float32)
    a = index.acts[lines]
    act = (query.acts[None, :] != a).astype(np.float32)
    mine = _bits(query.numbers)
    other = index.number_bits[lines]
    nums = np.stack([np.bitwise_count(mine & ~other), np.bitwise_count(other & ~mine), (mine != 0) & (other != 0) & ((mine & other) == 0)], 1).astype(np.float32)
    role = np.array([_roles(query.roles, index.roles[i]) for i in lines], np.float32) if query.roles else np.zeros((n, 2), np.float32)
    ratio = np.abs(np.log((len(query.key) + 2) / (index.lengths[lines] + 2)))[:, None]
    table = np.hstack([surface[:, :2], head, surface[:, 2:], ratio, low, facet, wh, act, nums, role])
    return table.astype(np.float32), union.astype(np.float32)


def _bits(numbers):
    return number_bits(numbers)


def _mark(grams):
    mark = np.zeros(BUCKETS, np.float32)
    mark[grams] = 1
    return mark


def _roles(mine: dict[str, int], other: dict[str, int]) -> tuple[float, float]:
    shared = [noun for noun in mine if noun in other]
    return float(sum(mine[noun] != other[noun] for noun in shared)), float(sum(mine[noun] == other[noun] for noun in shared))


def _signs() -> NDArray[np.int8]:
    """Return for each feature 1 where more of it can only speak for a match, -1 against, 0 for either."""
    table = [1] * 8 + [-1] * 13 + [0] * 6 + [-1, -1, -1, 1, -1, -1, 1] + [-1] * (len(FACETS) - len(OPPOSITES)) + [-1] * len(ACTS) + [-1] * 3 + [-1, 1]
    return np.array(table + table[:16] + table[:8] + table[16:] + [1, -1, -1, 1, -1, -1] + [0, 0], np.int8)


SIGNS = _signs()
