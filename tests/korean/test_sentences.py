import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voicebot.korean.sentences import SentenceBuffer, chunk, split_sentences

pytestmark = pytest.mark.unit

CASES = [
    ("안녕하세요.", ["안녕하세요."]),
    ("안녕하세요. 차집사입니다.", ["안녕하세요.", "차집사입니다."]),
    ("안녕하세요.차집사입니다.", ["안녕하세요.", "차집사입니다."]),
    ("네! 알겠습니다. 언제 오시나요?", ["네!", "알겠습니다.", "언제 오시나요?"]),
    ("정말요?! 네…", ["정말요?!", "네…"]),
    ("네... 그러면 내일 오세요.", ["네...", "그러면 내일 오세요."]),
    ("네。알겠습니다。", ["네。", "알겠습니다。"]),
    ("네！ 언제요？ 지금요.", ["네！", "언제요？", "지금요."]),
    ("예약할게요 내일 갈게요", ["예약할게요 내일 갈게요"]),
    ("3.5리터가 들어갑니다. 네.", ["3.5리터가 들어갑니다.", "네."]),
    ("가격은 3.5만 원입니다.", ["가격은 3.5만 원입니다."]),
    ("2026.11.22에 오세요. 네.", ["2026.11.22에 오세요.", "네."]),
    ("2026. 11. 22. 오후에 오세요.", ["2026. 11. 22. 오후에 오세요."]),
    ("14:30에 오세요. 네.", ["14:30에 오세요.", "네."]),
    ("1. 엔진오일 2. 필터", ["1. 엔진오일 2. 필터"]),
    ("1. 엔진오일\n2. 필터", ["1. 엔진오일", "2. 필터"]),
    ("www.chajipsa.com에서 보세요. 네.", ["www.chajipsa.com에서 보세요.", "네."]),
    ("help@chajipsa.co.kr로 보내 주세요. 감사합니다.", ["help@chajipsa.co.kr로 보내 주세요.", "감사합니다."]),
    ("https://a.kr/b.html?c=1&d=2 를 보세요.", ["https://a.kr/b.html?c=1&d=2 를 보세요."]),
    ('"네. 알겠습니다."라고 했어요. 끝.', ['"네. 알겠습니다."라고 했어요.', "끝."]),
    ("“네. 알겠습니다.”라고 했어요. 끝.", ["“네. 알겠습니다.”라고 했어요.", "끝."]),
    ("(주의. 뜨거움) 조심하세요. 네.", ["(주의. 뜨거움) 조심하세요.", "네."]),
    ("“알겠습니다.” 고객이 말했다.", ["“알겠습니다.”", "고객이 말했다."]),
    ("첫 줄\n둘째 줄", ["첫 줄", "둘째 줄"]),
    ("첫 줄\n\n\n둘째 줄\n", ["첫 줄", "둘째 줄"]),
    ("요.", ["요."]),
    ("", []),
    ("   \n ", []),
    ("Dr. Kim이 왔어요. 네.", ["Dr. Kim이 왔어요.", "네."]),
    ("No. 3 타이어요.", ["No. 3 타이어요."]),
    ("금액은 35000. 감사합니다.", ["금액은 35000.", "감사합니다."]),
    ("5W-30으로 할까요? 네.", ["5W-30으로 할까요?", "네."]),
    ("아니요?네.", ["아니요?", "네."]),
    ("잠시만요~ 확인할게요!", ["잠시만요~ 확인할게요!"]),
    ("(닫히지 않은 괄호. " + "가" * 220 + ". 끝.", ["(닫히지 않은 괄호. " + "가" * 220 + ".", "끝."]),
]
MORE = [
    ('직원이 "잠시만요. 곧 갑니다."라고 했어요. 네.', ['직원이 "잠시만요. 곧 갑니다."라고 했어요.', "네."]),
    ('"예약됐나요?" 하고 물었어요. 네.', ['"예약됐나요?"', "하고 물었어요.", "네."]),
    ("‘네. 됩니다.’라고 해요. 끝.", ["‘네. 됩니다.’라고 해요.", "끝."]),
    ("「주의. 뜨거움」을 보세요. 네.", ["「주의. 뜨거움」을 보세요.", "네."]),
    ('17" 휠입니다. 19" 휠도 있어요.', ['17" 휠입니다.', '19" 휠도 있어요.']),
    ("공임은 1.5시간입니다. 네.", ["공임은 1.5시간입니다.", "네."]),
    ("0.5% 할인돼요. 네.", ["0.5% 할인돼요.", "네."]),
    ("v2.0.1로 올렸어요. 네.", ["v2.0.1로 올렸어요.", "네."]),
    ("125,000.50원이에요. 네.", ["125,000.50원이에요.", "네."]),
    ("Mr. Park이 맡아요. 네.", ["Mr. Park이 맡아요.", "네."]),
    ("오일, 필터 etc. 다 갈아요. 네.", ["오일, 필터 etc. 다 갈아요.", "네."]),
    ("Vol. 2를 보세요. 네.", ["Vol. 2를 보세요.", "네."]),
    ("A. Kim 고객님. 네.", ["A. Kim 고객님.", "네."]),
    ("음… 그게요… 네.", ["음…", "그게요…", "네."]),
    ("음...그게요", ["음...", "그게요"]),
    ("잠시만요... 네!", ["잠시만요...", "네!"]),
    ("그게‥ 그러니까요.", ["그게‥", "그러니까요."]),
    ("예약했어요 내일 봬요 감사합니다", ["예약했어요 내일 봬요 감사합니다"]),
    ("됩니다 그런데 늦어요.", ["됩니다 그런데 늦어요."]),
    ("갈게요.내일요.", ["갈게요.", "내일요."]),
    ("02-555-0100입니다. 네.", ["02-555-0100입니다.", "네."]),
    ("번호는 010.1234.5678이에요. 네.", ["번호는 010.1234.5678이에요.", "네."]),
    ("1588-0000. 여기로요.", ["1588-0000.", "여기로요."]),
    ("a.b@c.co.kr입니다. 네.", ["a.b@c.co.kr입니다.", "네."]),
    ("help@a.kr. 여기로요.", ["help@a.kr.", "여기로요."]),
    ("2026. 11. 25.까지예요. 네.", ["2026. 11. 25.까지예요.", "네."]),
    ("11. 25. 수요일입니다. 네.", ["11. 25. 수요일입니다.", "네."]),
    ("2026.11.25. 오후예요. 네.", ["2026.11.25.", "오후예요.", "네."]),
    ("1. 오일\n2. 필터\n3. 타이어", ["1. 오일", "2. 필터", "3. 타이어"]),
    ("1) 오일 2) 필터", ["1) 오일 2) 필터"]),
    ("- 오일\n- 필터", ["- 오일", "- 필터"]),
    ("① 오일. ② 필터.", ["① 오일.", "② 필터."]),
    ("감사합니다. 😀 또 오세요.", ["감사합니다.", "😀 또 오세요."]),
    ("감사합니다!😀 또 오세요.", ["감사합니다!", "😀 또 오세요."]),
    ("네 ㅎㅎ. 내일요 ㅠㅠ!", ["네 ㅎㅎ.", "내일요 ㅠㅠ!"]),
    ("정말요??? 네!!!", ["정말요???", "네!!!"]),
    ("네?아니요!그래요.", ["네?", "아니요!", "그래요."]),
    ("(네. 됩니다.) 오세요. 끝.", ["(네. 됩니다.)", "오세요.", "끝."]),
    ("9:00~18:00입니다. 네.", ["9:00~18:00입니다.", "네."]),
    ("5W-30. 그걸로요.", ["5W-30.", "그걸로요."]),
    ("“갑니다.”라는 말이에요. 네.", ["“갑니다.”라는 말이에요.", "네."]),
    ("네.\r\n됩니다.", ["네.", "됩니다."]),
]
"""Quotations, decimals, abbreviations, dots, endings without marks, telephone numbers, addresses, dates, lists, signs."""
TEXT = st.lists(
    st.sampled_from(
        [
            "네",
            "알겠습니다",
            "3.5",
            "12,000원",
            "14:30",
            ". ",
            ".",
            "! ",
            "? ",
            "…",
            ", ",
            " ",
            "\n",
            "그리고 ",
            "하고 ",
            "(",
            ")",
            "“",
            '"',
            ' "',
            "”",
            "010-1234-5678",
            "가" * 30,
        ]
    ),
    max_size=40,
).map("".join)


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(("text", "sentences"), CASES + MORE)
def test_sentences_end_at_marks_and_lines_only(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


@settings(max_examples=300, deadline=None)
@given(st.one_of(TEXT, st.text()))
def test_splitting_loses_nothing_but_space(text: str) -> None:
    sentences = split_sentences(text)
    assert squeezed("".join(sentences)) == squeezed(text)
    assert all(sentence and sentence == sentence.strip() for sentence in sentences)


@settings(max_examples=300, deadline=None)
@given(st.one_of(TEXT, st.text()), st.integers(1, 60), st.integers(1, 120))
def test_chunks_fit_and_lose_nothing_but_space(text: str, first: int, later: int) -> None:
    chunks = chunk(text, first, later)
    assert squeezed("".join(chunks)) == squeezed(text)
    assert all(len(piece) <= (later if index else first) for index, piece in enumerate(chunks))
    assert all(chunks)


def test_whole_sentences_are_packed_first() -> None:
    text = "안녕하세요. 차집사입니다. 무엇을 도와드릴까요? 예약도 가능합니다."
    assert chunk(text, 20, 40) == ["안녕하세요. 차집사입니다.", "무엇을 도와드릴까요? 예약도 가능합니다."]


@pytest.mark.parametrize(
    ("text", "limit", "chunks"),
    [
        (
            "엔진오일은 만 킬로마다, 필터는 이만 킬로마다 교체합니다.",
            20,
            ["엔진오일은 만 킬로마다,", "필터는 이만 킬로마다 교체합니다."],
        ),
        ("타이어를 교체하고 브레이크를 점검해 드립니다.", 20, ["타이어를 교체하고", "브레이크를 점검해 드립니다."]),
        ("총 금액은 전부 합쳐서 12만 5천 원입니다", 18, ["총 금액은 전부 합쳐서", "12만 5천 원입니다"]),
        ("가" * 25, 10, ["가" * 10, "가" * 10, "가" * 5]),
        ("예약은강남점에서만됩니다", 9, ["예약은강남점에서", "만됩니다"]),
        ("내일오시면됩니다감사합니다", 9, ["내일오시면됩니다", "감사합니다"]),
        ("견적번호010-1234-5678", 12, ["견적번호", "010-1234-", "5678"]),
        ("견적번호010-1234-5678", 13, ["견적번호", "010-1234-5678"]),
        ("합계금액125,000원", 8, ["합계금액", "125,000원"]),
        ("교체비용무료입니다", 7, ["교체비용무료", "입니다"]),
        ("내일 갈게요 그런데 몇 시까지 하나요", 12, ["내일 갈게요", "그런데 몇 시까지", "하나요"]),
        ("전화번호는 01012345678입니다", 12, ["전화번호는", "01012345678", "입니다"]),
    ],
)
def test_a_long_sentence_is_cut_where_it_hurts_least(text: str, limit: int, chunks: list[str]) -> None:
    assert chunk(text, limit, limit) == chunks


@settings(max_examples=300, deadline=None)
@given(TEXT, st.integers(1, 7))
@example("…)하고 ", 1)
@example("(네.)이라고 했다", 1)
def test_a_stream_gives_the_sentences_of_the_whole(text: str, size: int) -> None:
    buffer = SentenceBuffer()
    streamed = [sentence for start in range(0, len(text), size) for sentence in buffer.feed(text[start : start + size])]
    streamed += buffer.flush()
    assert squeezed("".join(streamed)) == squeezed(text)
    if len(text) < 400:
        assert streamed == split_sentences(text)
    assert buffer.flush() == []


@pytest.mark.parametrize(("text", "sentences"), [case for case in CASES + MORE if len(case[0]) < 200])
def test_a_stream_cut_in_two_anywhere_gives_the_same_sentences(text: str, sentences: list[str]) -> None:
    for cut in range(len(text) + 1):
        buffer = SentenceBuffer()
        streamed = [*buffer.feed(text[:cut]), *buffer.feed(text[cut:]), *buffer.flush()]
        assert streamed == sentences, cut


def test_a_sentence_comes_out_as_soon_as_the_next_one_starts() -> None:
    buffer = SentenceBuffer()
    assert buffer.feed("네, 알겠습니다.") == []
    assert buffer.feed(" 그") == ["네, 알겠습니다."]
    assert buffer.feed("럼 3.") == []
    assert buffer.feed("5리터") == []
    assert buffer.flush() == ["그럼 3.5리터"]


def test_a_stream_without_marks_does_not_wait_for_ever() -> None:
    buffer = SentenceBuffer()
    assert buffer.feed("그리고 " * 200)
