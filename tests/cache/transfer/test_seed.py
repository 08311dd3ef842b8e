"""Questions and answers from a file into the inbox."""

from pathlib import Path

import pytest

from voicebot.cache.transfer.loading import LoadOptions, LoadReport
from voicebot.cache.transfer.seed import add_by_hand, by_hand
from voicebot.client import Voicebot
from voicebot.errors import InputError
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.unit


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cache.csv"
    path.write_bytes(text.encode())
    return path


def seed(voicebot: Voicebot, path: Path, options: LoadOptions | None = None) -> LoadReport:
    return voicebot.loader.run(path, voicebot.seed_target, options)


def test_the_shipped_questions_can_all_be_seeded_once(voicebot: Voicebot) -> None:
    path = DATA_DIR / "utterance_cache.csv"
    first = seed(voicebot, path)
    assert first.problems == []
    assert first.added >= 250
    second = seed(voicebot, path)
    assert (second.added, second.unchanged) == (0, first.added)


def test_lines_of_one_id_share_its_answer(voicebot: Voicebot, tmp_path: Path) -> None:
    path = write(tmp_path, "id,utterance,answer\nc1,주차 되나요,네 됩니다.\nc1,차 댈 데 있어요,\n")
    assert seed(voicebot, path).added == 2
    assert {item.answer for item in voicebot.inbox.scan()} == {"네 됩니다."}


def test_a_dry_run_counts_and_stores_nothing(voicebot: Voicebot, tmp_path: Path) -> None:
    path = write(tmp_path, "id,utterance,answer\nc1,주차 되나요,네 됩니다.\n")
    assert seed(voicebot, path, LoadOptions(is_dry_run=True)).added == 1
    assert list(voicebot.inbox.scan()) == []


def test_unusable_lines_are_listed_with_their_numbers_and_the_rest_goes_on(voicebot: Voicebot, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "id,utterance,answer\nc1,ㅋㅋ,네.\nc2,얼마예요,{price.none}이에요.\nc3,없는 답,\n,빈 번호,네.\nc5,주차 되나요,네 됩니다.\n",
    )
    report = seed(voicebot, path)
    assert report.added == 1
    assert [line.split(":")[0] for line in report.problems] == ["line 2", "line 3", "line 4", "line 5"]
    assert report.unusable_by_kind == {"silent": 1, "fact": 1, "answer": 1, "id": 1}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"id,answer\na,b\n", "'utterance'"),
        (b"", "empty"),
        ("id,utterance\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_a_file_that_is_no_such_table_is_one_error(
    voicebot: Voicebot, tmp_path: Path, data: bytes, expected: str
) -> None:
    path = tmp_path / "cache.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=expected):
        seed(voicebot, path)


def test_adding_by_hand_gives_an_open_miss_its_answer(voicebot: Voicebot) -> None:
    add_by_hand(voicebot.inbox, by_hand(voicebot.lookup, voicebot.facts, "주차 되나요", "네 됩니다."))
    again = by_hand(voicebot.lookup, voicebot.facts, "주차되나요?", "네, 지점마다 주차장이 있어요.")
    item = add_by_hand(voicebot.inbox, again)
    assert (item.answer, item.state) == ("네, 지점마다 주차장이 있어요.", "pending")
