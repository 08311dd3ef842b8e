"""Services, branches, days and times in a caller's words."""

import datetime as dt

import pytest

from voicebot.chat.days import spoken_day
from voicebot.chat.slots import read_slots, spoken_time, times_in
from voicebot.chat.spans import Span

pytestmark = pytest.mark.unit

TODAY = dt.date(2026, 11, 23)
"""A Monday."""
BRANCHES = {"branch.gangnam": "강남점", "branch.suwon": "수원점"}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("오늘이요", ["2026-11-23"]),
        ("내일요", ["2026-11-24"]),
        ("모레", ["2026-11-25"]),
        ("내일 모레요", ["2026-11-25"]),
        ("내일모레", ["2026-11-25"]),
        ("글피에 갈게요", ["2026-11-26"]),
        ("월요일", ["2026-11-30"]),
        ("일요일", ["2026-11-29"]),
        ("이번 주 토요일", ["2026-11-28"]),
        ("다음 주 화요일", ["2026-12-01"]),
        ("담주 화요일", ["2026-12-01"]),
        ("다다음 주 월요일", ["2026-12-07"]),
        ("십이월 삼일", ["2026-12-03"]),
        ("1월 5일", ["2027-01-05"]),
        ("이십오일이요", ["2026-11-25"]),
        ("5일이요", ["2026-12-05"]),
        ("다음 달 10일", ["2026-12-10"]),
        ("3일 뒤", ["2026-11-26"]),
        ("일주일 뒤", ["2026-11-30"]),
        ("2월 30일", []),
        ("99월 99일", []),
        ("수요일 예약을 금요일로", ["2026-11-25", "2026-11-27"]),
        ("3일 동안", []),
        ("12월 첫째 주 월요일", ["2026-12-07"]),
        ("십이월 둘째주 금요일", ["2026-12-11"]),
        ("다음 달 세 번째 화요일", ["2026-12-15"]),
        ("이번 달 마지막 월요일", ["2026-11-30"]),
        ("1월 첫 주 수요일", ["2027-01-06"]),
        ("첫째 주 월요일", ["2026-12-07"]),
        ("다음 주 화요일 말고 수요일", ["2026-12-02"]),
        ("12월 3일 말고 4일이요", ["2026-12-04"]),
        ("화요일 아니 수요일이요", ["2026-11-25"]),
        ("이번 주말에요", ["2026-11-28"]),
        ("다음 주말", ["2026-12-05"]),
        ("돌아오는 토요일", ["2026-11-28"]),
        ("다음 화요일", ["2026-12-01"]),
        ("사흘 뒤", ["2026-11-26"]),
        ("이 주 뒤", ["2026-12-07"]),
        ("네일 모래요", ["2026-11-25"]),
        ("12/3", ["2026-12-03"]),
        ("크리스마스", ["2026-12-25"]),
        ("tomorrow", ["2026-11-24"]),
        ("차에 모래가 들어갔어요", []),
        ("주말에도 하나요", []),
        ("언제든지요", []),
        ("이번 달 말일이요", ["2026-11-30"]),
        ("다음달 말일", ["2026-12-31"]),
        ("2월 말일", ["2027-02-28"]),
        ("내년 11월 30일", ["2027-11-30"]),
        ("내년 이월 삼십일", []),
        ("다음 주 중에 금요일", ["2026-12-04"]),
        ("12월 중에 3일", ["2026-12-03"]),
        ("수요일 예약을 다음 주로", ["2026-11-25"]),
        ("오늘은 못 가고 내일 갈게요", ["2026-11-24"]),
        ("목요일은 안 되고 금요일이요", ["2026-11-27"]),
        ("내일 안 되나요", ["2026-11-24"]),
        ("지난주 금요일이요", ["2026-11-20"]),
        ("어제요", ["2026-11-22"]),
        ("어제 예약한 거 내일로요", ["2026-11-24"]),
        ("석 달 뒤요", ["2027-02-23"]),
        ("한달 후", ["2026-12-23"]),
    ],
)
def test_days(text: str, days: list[str]) -> None:
    assert [date.day.isoformat() for date in read_slots(text, TODAY, BRANCHES).dates] == days


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("내년 3월이요", "2027-03"),
        ("삼월 말쯤", "2027-03"),
        ("12월 초요", "2026-12"),
        ("다음 달에요", "2026-12"),
        ("이번 주 안에 될까요", "2026-W48"),
        ("담주요", "2026-W49"),
        ("다다음 주쯤", "2026-W50"),
        ("3월 2일", ""),
        ("다음 주 화요일", ""),
        ("다음 주말", ""),
        ("다음 주문이요", ""),
        ("3개월 됐어요", ""),
        ("13월에요", ""),
        ("작년 십이월에", "2025-12"),
    ],
)
def test_a_week_or_month_without_a_day(text: str, span: str) -> None:
    found = read_slots(text, TODAY, BRANCHES).span
    assert (found.name if found else "") == span


@pytest.mark.parametrize(
    ("around", "text", "day"),
    [
        ("2026-W50", "금요일이요", "2026-12-11"),
        ("2026-W48", "목요일", "2026-11-26"),
        ("2026-12", "수요일요", "2026-12-02"),
        ("2026-12", "20일이요", "2026-12-20"),
        ("2026-W49", "2일이요", "2026-12-02"),
        ("2026-W50", "내일요", "2026-11-24"),
    ],
)
def test_a_bare_day_is_in_the_week_or_month_that_was_talked_about(around: str, text: str, day: str) -> None:
    assert read_slots(text, TODAY, BRANCHES, Span(around)).dates[0].day.isoformat() == day


def test_the_day_that_something_moves_to_is_known() -> None:
    dates = read_slots("수요일 예약을 금요일로 바꿔 주세요", TODAY, BRANCHES).dates
    assert [date.is_target for date in dates] == [False, True]


@pytest.mark.parametrize(
    ("today", "text", "day"),
    [
        ("2026-12-30", "이일이요 2일이요", "2027-01-02"),
        ("2026-12-30", "다음 달 3일", "2027-01-03"),
        ("2028-02-29", "내일", "2028-03-01"),
        ("2026-01-31", "29일", None),
    ],
)
def test_the_end_of_a_month_and_of_a_year(today: str, text: str, day: str | None) -> None:
    dates = read_slots(text, dt.date.fromisoformat(today), BRANCHES).dates
    assert [date.day.isoformat() for date in dates] == ([day] if day else [])


@pytest.mark.parametrize(
    ("text", "time", "spoken"),
    [
        ("오후 세 시요", "15:00", "오후 3시"),
        ("열 시 반", "10:30", "오전 10시 30분"),
        ("3시 30분", "15:30", "오후 3시 30분"),
        ("열두시", "12:00", "오후 12시"),
        ("아침 아홉 시", "09:00", "오전 9시"),
        ("저녁 여섯 시", "18:00", "오후 6시"),
        ("14시", "14:00", "오후 2시"),
        ("낮 한 시", "13:00", "오후 1시"),
        ("오전이요", "오전", "오전"),
        ("오전에 열 시요", "10:00", "오전 10시"),
        ("오 전 열 한시", "11:00", "오전 11시"),
        ("정오에요", "12:00", "오후 12시"),
        ("3pm", "15:00", "오후 3시"),
        ("오후 아무 때나요", "오후", "오후"),
        ("세 시간 걸려요", "", ""),
        ("25시", "", ""),
    ],
)
def test_times(text: str, time: str, spoken: str) -> None:
    found = read_slots(text, TODAY, BRANCHES).time
    assert found == time
    assert (spoken_time(found) if found else "") == spoken


@pytest.mark.parametrize(
    ("text", "service", "branch"),
    [
        ("엔진오일이요", "엔진오일 교환", ""),
        ("타이어랑 오일 같이요", "타이어 교체, 엔진오일 교환", ""),
        ("배터리 점검이요", "배터리 교체", ""),
        ("그냥 점검이요", "종합 점검", ""),
        ("실내 세차요", "실내 클리닝", ""),
        ("강남역 쪽이요", "", "branch.gangnam"),
        ("수원 지점", "", "branch.suwon"),
        ("부산점이요", "", ""),
        ("Kangnam 점이요", "", "branch.gangnam"),
        ("gang nam으로", "", "branch.gangnam"),
        ("SUWON", "", "branch.suwon"),
        ("전기차 배터리 점검이요", "전기차 점검", ""),
        ("유리막 코팅이요", "유리막 코팅", ""),
        ("타이어 펑크 때우려고요", "펑크 수리", ""),
        ("브레이크 오일이요", "브레이크액 교환", ""),
        ("브레끼 패드요", "브레이크 정비", ""),
        ("전기차 타이어요", "타이어 교체", ""),
        ("배터리 경고등이요", "경고등 진단", ""),
        ("engine oil change", "엔진오일 교환", ""),
    ],
)
def test_services_and_branches(text: str, service: str, branch: str) -> None:
    reading = read_slots(text, TODAY, BRANCHES)
    assert (reading.service, reading.branch) == (service, branch)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2월 30일 예약돼요", True), ("13월 1일이요", True), ("2월 28일이요", False), ("3일 동안", False)],
)
def test_a_day_that_is_in_no_calendar_is_noticed(text: str, expected: bool) -> None:
    assert read_slots(text, TODAY, BRANCHES).has_no_such_day is expected


@pytest.mark.parametrize(
    ("text", "is_bare"),
    [
        ("강남점이요", True),
        ("내일 오후 세 시에 강남점으로 갈게요", True),
        ("강남점은 어떻게 가요", False),
        ("세차는 얼마예요", False),
        ("내일 몇 시까지 해요", False),
    ],
)
def test_an_answer_is_told_from_a_question(text: str, is_bare: bool) -> None:
    assert read_slots(text, TODAY, BRANCHES).is_bare is is_bare


def test_facts_are_read_and_days_spoken() -> None:
    assert times_in("오전 9시부터 오후 7시까지") == ["09:00", "19:00"]
    assert times_in("휴무") == []
    assert spoken_day(TODAY) == "11월 23일 월요일"
