"""Ten times the text may cost about ten times the work: no rule looks back over what it has already read."""

import time
from collections.abc import Callable

import pytest

from voicebot.korean.mask import mask
from voicebot.korean.normalize import cache_key, clean, has_speech
from voicebot.korean.sentences import SentenceBuffer, chunk, split_sentences
from voicebot.korean.spoken import spoken_form

pytestmark = pytest.mark.unit

SHORT, LONG = 1_000, 10_000
QUADRATIC_WOULD_BE = 100
UNITS = (
    "1", "a", "1-", "1,", "1,000,", "가1", "1~", "12가", "1:", "010-", "@a", "a.", "ㅋ", "😀", " ", "1만 ", "1 ", "공", "이 ", "일이삼 ", "하나 ",
    "안녕하세요", "음 ", "(", "네.", "네. ", "가 ", "가,", "월·", "오만 ", "두 ", "1억", '"', "골뱅이", "...", "\n", "1/", "A1", "번호 1", "(大", "1. ",
    "0100101234  ", "0100101234계좌 ", "생년월일 ", "생년월일 1990", "공 음 ", "공일공 네 ", "에이 비 ", "에이 비 골뱅이 ", "이고요 ", "카드 ", "뒷 1", "공년 ", "020 ", "공이하나 ",
    "@b.co", "1%+", "콜센터 11", "Dec 1 ", "1h ", "12**-", "골뱅이네이버.컴", "a골뱅이네이버.컴", "골뱅이 네이버 점 컴",
)  # fmt: skip


def streamed(text: str) -> list[str]:
    buffer = SentenceBuffer()
    pieces = [sentence for start in range(0, len(text), 20) for sentence in buffer.feed(text[start : start + 20])]
    return pieces + buffer.flush()


def cost(function: Callable[[str], object], text: str) -> float:
    """Return the processor time, which other programs on the machine do not lengthen; the best of two."""
    times = []
    for _ in range(2):
        start = time.process_time()
        function(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize(
    "function",
    [spoken_form, cache_key, mask, clean, has_speech, split_sentences, lambda text: chunk(text, 100, 140), streamed],
)
@pytest.mark.parametrize("unit", UNITS)
def test_work_grows_with_the_text_not_with_its_square(function: Callable[[str], object], unit: str) -> None:
    short, long = cost(function, unit * (SHORT // len(unit))), cost(function, unit * (LONG // len(unit)))
    assert long < 0.03 or long / short < QUADRATIC_WOULD_BE / 3


def test_a_hundred_thousand_characters_are_no_trouble() -> None:
    text = "주문하신 5W-30 엔진오일 3개, 총 125,000원입니다. " * 3000
    assert len(split_sentences(text)) == 3000
    assert spoken_form(text).count("십이만 오천 원") == 3000
    assert "".join("".join(chunk(text, 100, 140)).split()) == "".join(text.split())
    assert cache_key(text)
    assert mask(text) == text
