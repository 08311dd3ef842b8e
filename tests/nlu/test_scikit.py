"""What scikit-learn learned is what numpy computes afterwards."""

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra nlu is not installed")
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.svm import LinearSVC

from voicebot.nlu import scikit
from voicebot.nlu.encoder import WIDE_ROWS, unit_idf, wide_tokens
from voicebot.nlu.forest import Forest
from voicebot.nlu.lexicon import shipped_lexicon
from voicebot.nlu.lines import analyse

pytestmark = pytest.mark.unit


def test_trees_answer_as_scikit_learn_does() -> None:
    chance = np.random.default_rng(3)
    inputs = chance.normal(size=(800, 7)).astype(np.float32)
    right = (inputs[:, 0] * inputs[:, 1] + 0.3 * inputs[:, 2] > 0).astype(np.int64)
    model = HistGradientBoostingClassifier(max_iter=40, max_depth=5, random_state=1).fit(inputs, right)
    trees = [tree.nodes for step in model._predictors for tree in step]
    forest = Forest(scikit._packed(trees, float(np.ravel(model._baseline_prediction)[0]), 1))
    others = chance.normal(size=(300, 7)).astype(np.float32)
    assert forest.logits(others) == pytest.approx(model.decision_function(others), abs=1e-4)


def test_candidates_that_cannot_be_told_apart_grow_a_stump_that_says_nothing() -> None:
    forest = Forest(scikit._packed([scikit._LEAF], 0.0, 1))
    assert forest.logits(np.ones((3, 4), np.float32)).tolist() == [0.0, 0.0, 0.0]


def test_the_wide_table_answers_as_scikit_learn_does() -> None:
    lexicon = shipped_lexicon()
    texts = [
        "토요일에 문 열어요",
        "몇 시까지 하세요",
        "엔진오일 얼마예요",
        "오일 갈아 주세요",
        "상담원 바꿔 주세요",
        "사람 연결해 줘",
    ]
    lines, intents = [analyse(text, lexicon) for text in texts], [0, 0, 1, 1, 2, 2]
    arrays = scikit.learn_wide(lines, intents, 3, seed=1)
    table = np.zeros((len(lines), WIDE_ROWS), np.float32)
    for row, line in zip(table, lines, strict=True):
        spots = wide_tokens(line)
        row[spots] = unit_idf(np.asarray(arrays["wide_idf"], np.float32), spots)
    ours = table @ (np.asarray(arrays["wide"], np.float32) * arrays["wide_scale"]) + arrays["wide_bias"]
    theirs = LinearSVC(C=2.0, random_state=1).fit(table, intents).decision_function(table) * scikit.LOUDNESS
    assert ours == pytest.approx(theirs, abs=0.05)
