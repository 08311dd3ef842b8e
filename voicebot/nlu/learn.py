"""The two networks' training: the encoder with its heads, and the verifier. The only module that needs torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from voicebot.nlu.data import family
from voicebot.nlu.encoder import SIGNALS, SIZE, SKIP, TOKEN_ROWS, bag, signals, tokens, unit_idf
from voicebot.nlu.episodes import Table
from voicebot.nlu.lexicon import WordVectors
from voicebot.nlu.lines import Line
from voicebot.nlu.pairs import SIGNS, Floats
from voicebot.nlu.quantise import quantised
from voicebot.nlu.scikit import learn_wide

HIDDEN = 160
CONTRAST = 0.4
"""How much the groups count beside the intents; 1 costs the intents two points of accuracy."""
PATIENCE = 2
"""Passes without a gain after which learning stops."""
Progress = Callable[[str, int, int], None]
Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class EncoderData:
    """What the encoder learns from: lines, their intents (-1 for none) and their groups (empty for none)."""

    lines: Sequence[Line]
    intents: Sequence[int]
    groups: Sequence[str]
    intent_count: int


class _EncoderNet(nn.Module):
    """The trainable encoder; `voicebot.nlu.encoder.Encoder` computes the same with numpy."""

    def __init__(self, bag_size: int, intent_count: int) -> None:
        super().__init__()
        self.tokens = nn.EmbeddingBag(TOKEN_ROWS, HIDDEN, mode="sum")
        nn.init.normal_(self.tokens.weight, std=0.03)
        self.skip = nn.EmbeddingBag(TOKEN_ROWS, max(1, intent_count), mode="sum")
        nn.init.zeros_(self.skip.weight)
        self.words = nn.Linear(bag_size, HIDDEN, bias=False)
        self.signals = nn.Linear(SIGNALS, HIDDEN)
        nn.init.normal_(self.signals.weight, std=0.03)
        self.out = nn.Linear(HIDDEN, SIZE)
        self.intent = nn.Linear(HIDDEN, max(1, intent_count))

    def forward(self, batch: "_Batch") -> tuple[Tensor, Tensor]:
        """Return the shared layer and the intents' logits."""
        weights = batch.weights * functional.dropout(torch.ones(len(batch.weights)), 0.2, self.training)
        hidden = self.tokens(batch.tokens, batch.starts, per_sample_weights=weights)
        hidden = hidden + self.words(functional.dropout(batch.bags, 0.2, self.training)) + self.signals(batch.signals)
        hidden = functional.dropout(functional.relu(hidden), 0.3, self.training)
        skip = self.skip(batch.tokens, batch.starts, per_sample_weights=weights) * SKIP
        return hidden, self.intent(hidden) + skip


@dataclass(frozen=True, slots=True)
class _Batch:
    tokens: Tensor
    starts: Tensor
    weights: Tensor
    bags: Tensor
    signals: Tensor


class _Inputs:
    """The lines' inputs, computed once."""

    def __init__(self, lines: Sequence[Line], word_vectors: WordVectors, idf: Floats | None = None) -> None:
        self._tokens = [tokens(line) for line in lines]
        self._vectors = word_vectors
        if idf is None:
            counts = np.bincount(np.concatenate(self._tokens), minlength=TOKEN_ROWS)
            idf = (np.log((1 + len(lines)) / (1 + counts)) + 0.3).astype(np.float32)
        self.idf = idf
        self._weights = [unit_idf(self.idf, spots) for spots in self._tokens]
        self._bags = np.stack([bag(line, word_vectors) for line in lines])
        self._signals = np.stack([signals(line) for line in lines])

    def others(self, lines: Sequence[Line]) -> "_Inputs":
        """Return the inputs of lines that are not learned from."""
        return _Inputs(lines, self._vectors, self.idf)

    def batch(self, chosen: Sequence[int]) -> _Batch:
        """Return the inputs of some lines."""
        parts = [self._tokens[i] for i in chosen]
        starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])[:-1]]).astype(np.int64)
        return _Batch(
            torch.from_numpy(np.concatenate(parts)),
            torch.from_numpy(starts),
            torch.from_numpy(np.concatenate([self._weights[i] for i in chosen])),
            torch.from_numpy(self._bags[list(chosen)]),
            torch.from_numpy(self._signals[list(chosen)]),
        )


def learn_encoder(
    data: EncoderData,
    word_vectors: WordVectors,
    seed: int,
    epochs: int,
    progress: Progress | None = None,
    check: EncoderData | None = None,
) -> tuple[Arrays, int]:
    """Return the arrays of an `Encoder`, and after how many epochs it was best.

    Intents are learned by cross-entropy, groups by contrast with their neighbours.

    Args:
        data: What to learn from.
        word_vectors: The lexicon's vectors.
        seed: The same data and seed give the same arrays.
        epochs: At most this many passes.
        progress: Called with (stage, done, of).
        check: Other lines with intents: learning stops when they get no better, and the best pass is returned.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    chance = np.random.default_rng(seed)
    inputs = _Inputs(data.lines, word_vectors)
    net = _EncoderNet(2 * word_vectors.shape[1], data.intent_count)
    optimiser = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=0.01, foreach=True)
    labelled = np.array([i for i, intent in enumerate(data.intents) if intent >= 0], np.int64)
    groups: dict[str, dict[str, list[int]]] = {}
    for place, group in enumerate(data.groups):
        if group:
            groups.setdefault(family(group), {}).setdefault(group, []).append(place)
    names = sorted(groups)
    per_epoch = max(1, len(labelled) // 192, sum(map(bool, data.groups)) // 100)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=epochs * per_epoch + 1)
    watch = _Watch(net, check, inputs) if check else None
    best = epochs
    for epoch in range(epochs):
        net.train()
        for _ in range(per_epoch):
            loss = torch.zeros(())
            if len(labelled) and data.intent_count > 1:
                chosen = chance.choice(labelled, min(192, len(labelled)), replace=False).tolist()
                _, logits = net(inputs.batch(chosen))
                wanted = torch.tensor([data.intents[i] for i in chosen])
                loss = loss + functional.cross_entropy(logits, wanted, label_smoothing=0.05)
            if names:
                loss = loss + CONTRAST * _contrast(net, inputs, groups, names, chance)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
        if progress:
            progress("encoder", epoch + 1, epochs)
        if watch and watch.is_over(epoch + 1):
            break
    if watch:
        best = watch.restore()
    arrays = _encoder_arrays(net.eval(), inputs.idf)
    if len(labelled) and data.intent_count > 1:
        chosen = labelled.tolist()
        lines, intents = [data.lines[i] for i in chosen], [data.intents[i] for i in chosen]
        arrays |= learn_wide(lines, intents, data.intent_count, seed)
    return arrays, best


class _Watch:
    """Looks at other lines after each pass, and keeps the pass that did best on them."""

    def __init__(self, net: _EncoderNet, check: EncoderData, learned: "_Inputs") -> None:
        self._net = net
        self._batch = learned.others(check.lines).batch(range(len(check.lines)))
        self._wanted = torch.tensor(list(check.intents))
        self._least, self._best = float("inf"), 0
        self._state = {name: value.clone() for name, value in net.state_dict().items()}

    def is_over(self, epoch: int) -> bool:
        """Return whether the last passes brought nothing."""
        self._net.eval()
        with torch.no_grad():
            loss = float(functional.cross_entropy(self._net(self._batch)[1], self._wanted))
        if loss < self._least:
            self._least, self._best = loss, epoch
            self._state = {name: value.clone() for name, value in self._net.state_dict().items()}
        return epoch - self._best >= PATIENCE

    def restore(self) -> int:
        """Take the best pass's weights and return which pass that was."""
        self._net.load_state_dict(self._state)
        return self._best


def _contrast(
    net: _EncoderNet, inputs: _Inputs, groups: dict[str, dict[str, list[int]]], names: list[str],
    chance: np.random.Generator,
) -> Tensor:  # fmt: skip
    """Return the in-batch loss over pairs of lines of one group, whole families together in the batch."""
    left: list[int] = []
    right: list[int] = []
    for place in chance.permutation(len(names)):
        for _, members in sorted(groups[names[place]].items()):
            if len(members) > 1:
                pair = chance.choice(members, 2, replace=False)
                left.append(int(pair[0]))
                right.append(int(pair[1]))
        if len(left) >= 160:
            break
    if len(left) < 2:
        return torch.zeros(())
    hidden, _ = net(inputs.batch(left + right))
    unit = functional.normalize(net.out(hidden), dim=1)
    scores = unit[: len(left)] @ unit[len(left) :].T * 14.0
    wanted = torch.arange(len(left))
    return (functional.cross_entropy(scores, wanted) + functional.cross_entropy(scores.T, wanted)) / 2


def _encoder_arrays(net: _EncoderNet, idf: Floats) -> Arrays:
    rows, row_scale = quantised(_numpy(net.tokens.weight))
    skip, skip_scale = quantised(_numpy(net.skip.weight))
    return {
        "tokens": rows, "token_scale": row_scale, "skip": skip, "skip_scale": skip_scale, "idf": idf,
        "words": _numpy(net.words.weight.T), "signals": _numpy(net.signals.weight.T), "bias": _numpy(net.signals.bias),
        "out": _numpy(net.out.weight.T), "out_bias": _numpy(net.out.bias),
        "intent": _numpy(net.intent.weight.T), "intent_bias": _numpy(net.intent.bias),
    }  # fmt: skip


def _numpy(tensor: Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().numpy(), np.float32)


class _VerifierNet(nn.Module):
    """The trainable verifier; `voicebot.nlu.verifier.Verifier` computes the same with numpy."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        signs = torch.from_numpy(np.concatenate([SIGNS, SIGNS]).astype(np.float32))
        self.signs = nn.Buffer(signs)
        self.bound = nn.Parameter(torch.randn(len(signs), width) * 0.5 - 5.0)
        self.free = nn.Parameter(torch.randn(len(signs), width) * 0.05)
        self.b1 = nn.Parameter(torch.randn(width) * 0.3)
        self.w2 = nn.Parameter(torch.randn(width, width) * 0.5 - 4.0)
        self.b2 = nn.Parameter(torch.randn(width) * 0.3)
        self.w3 = nn.Parameter(torch.randn(width) * 0.5 - 2.5)
        self.b3 = nn.Parameter(torch.zeros(1) - 2.0)
        self.lin = nn.Parameter(torch.zeros(len(signs)) - 5.0)

    def weights(self) -> dict[str, Tensor]:
        """Return the weights with their signs applied."""
        signs = self.signs[:, None]
        return {
            "w1": torch.where(signs == 0, self.free, signs * functional.softplus(self.bound)), "b1": self.b1,
            "w2": functional.softplus(self.w2), "b2": self.b2, "w3": functional.softplus(self.w3), "b3": self.b3,
            "lin": self.signs * functional.softplus(self.lin),
        }  # fmt: skip

    def forward(self, inputs: Tensor) -> Tensor:
        w = self.weights()
        inputs = functional.dropout(inputs, 0.1, self.training)
        first = functional.dropout(_bend(inputs @ w["w1"] + w["b1"]), 0.1, self.training)
        second = functional.dropout(_bend(first @ w["w2"] + w["b2"]), 0.1, self.training)
        return second @ w["w3"] + w["b3"] + inputs @ w["lin"]


def _bend(x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return torch.cat([functional.elu(x[..., :half]), -functional.elu(-x[..., half:])], -1)


def learn_verifier(
    table: Table, seed: int, epochs: int = 14, networks: int = 1, progress: Progress | None = None
) -> Arrays:
    """Return the arrays of a `Verifier`, not yet calibrated: the right candidate, or none, by cross-entropy."""
    torch.set_num_threads(1)
    rows = table.features[table.exists]
    mean, scale = rows.mean(0), rows.std(0) + 1e-3
    inputs = torch.from_numpy(_margins(np.clip((table.features - mean) / scale, -4, 4), table.exists))
    exists, right = torch.from_numpy(table.exists), torch.from_numpy(table.right)
    arrays: Arrays = {"mean": mean, "scale": scale, "platt": np.array([1.0, 0.0], np.float32)}
    for number in range(networks):
        torch.manual_seed(seed + number)
        net = _VerifierNet()
        optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01, foreach=True)
        steps = epochs * (len(right) // 256 + 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps + 1)
        for epoch in range(epochs):
            for batch in torch.split(torch.randperm(len(right)), 256):
                logits = net(inputs[batch]).masked_fill(~exists[batch], -1e4)
                logits = torch.cat([logits, torch.zeros(len(batch), 1)], 1)
                loss = functional.cross_entropy(logits, right[batch])
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
            if progress:
                progress("verifier", number * epochs + epoch + 1, networks * epochs)
        arrays |= {f"{name}.{number}": _numpy(value) for name, value in net.weights().items()}
    return arrays


def _margins(features: Floats, exists: NDArray[np.bool_]) -> Floats:
    """Return `verifier.margins` for many queries at once."""
    absent = ~exists[..., None]
    high, low = np.sort(np.where(absent, -1e4, features), 1), np.sort(np.where(absent, 1e4, features), 1)
    above = np.where(features == high[:, -1:], high[:, -2:-1], high[:, -1:])
    below = np.where(features == low[:, :1], low[:, 1:2], low[:, :1])
    other = np.where(SIGNS < 0, np.minimum(below, 1e3), np.maximum(above, -1e3))
    alone = (exists.sum(1) < 2)[:, None, None]
    ahead = np.clip(np.where(alone, features + 5.0, features - other), -5, 5)
    return np.concatenate([features, ahead], -1).astype(np.float32)


def calibrate(scores: Floats, right: NDArray[np.bool_]) -> Floats:
    """Return Platt's slope and intercept for scores of best candidates.

    Source:
        Platt, Probabilistic outputs for support vector machines (1999), by Newton steps.
    """
    x, y = scores.astype(np.float64), right.astype(np.float64)
    spread = float(x.std()) or 1.0
    x = x / spread
    slope, intercept = 1.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(slope * x + intercept, -30, 30)))
        w = p * (1 - p) + 1e-9
        gradient = np.array([((p - y) * x).sum() + 1e-3 * (slope - 1), (p - y).sum()])
        cross = (w * x).sum()
        hessian = np.array([[(w * x * x).sum() + 1e-3, cross], [cross, w.sum() + 1e-3]])
        step = np.linalg.solve(hessian, gradient)
        slope, intercept = slope - step[0], intercept - step[1]
    return np.array([max(slope, 1e-3) / spread, intercept], np.float32)
