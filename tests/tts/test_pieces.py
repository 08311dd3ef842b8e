import pytest

from voicebot.korean.sentences import chunk
from voicebot.tts.pieces import pieces

pytestmark = pytest.mark.unit

TEXT = "타이어 교체는 예약하시면 30분 정도 걸리고, 비용은 45,000원부터 시작합니다. 더 궁금하신 점이 있으신가요?\n네. "


@pytest.mark.parametrize("count", [0, 1, 5, 60])
def test_pieces_are_the_chunks(count: int) -> None:
    assert list(pieces(TEXT * count, 40, 60)) == chunk(TEXT * count, 40, 60)


@pytest.mark.parametrize("text", ["가" * 5000, " " * 5000 + "가", "가" + "\n" * 5000 + "나", "(가. " * 1000])
def test_nothing_is_lost(text: str) -> None:
    assert "".join("".join(pieces(text, 40, 60)).split()) == "".join(text.split())
