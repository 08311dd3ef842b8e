"""The page as people use it, in a real Chromium."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser.conftest import NOON_S, Open
from tests.web.conftest import running
from voicebot.cli.state import HANDLERS
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.settings.load import load
from voicebot.settings.tree import Settings
from voicebot.web.app import create_app

pytestmark = pytest.mark.system

TABS = ("call", "tts", "chat", "answers", "flows")
PAYLOAD = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>\'"><svg onload=window.hacked=1>'

Shoot = Callable[[Any, str], None]


def choose(page: Any, name: str, value: str) -> None:
    """Choose one of a group of radio buttons."""
    page.locator(f"input[name='{name}'][value='{value}']").check(force=True)


def shown_position_s(page: Any) -> float:
    """Return where the newest player is."""
    return float(page.locator(".result .wave").first.get_attribute("aria-valuenow"))


# Speech


def test_speech_is_heard_and_can_be_kept(open_page: Open, shoot: Shoot) -> None:
    page = open_page("tts")
    page.get_by_label("읽을 글").fill("안녕하세요, 차집사입니다.")
    page.get_by_role("button", name="말하기").click()
    page.wait_for_selector(".result[data-state=done]")
    page.wait_for_selector(".result .player[data-state=playing]")
    with page.expect_download() as download:
        page.get_by_role("button", name="내려받기").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"RIFF"
    assert page.locator(".past li").count() == 1
    shoot(page, "tts")


def test_a_stream_is_heard_while_it_is_being_made(open_page: Open) -> None:
    page = open_page("tts")
    choose(page, "tts", "fish")
    page.get_by_role("button", name="말하기").click()
    page.wait_for_selector(".result .player[data-state=playing]")
    positions = []
    while page.locator(".result[data-state=making]").count():
        positions.append(shown_position_s(page))
        time.sleep(0.1)
    assert positions[-1] > 1.0, positions
    assert positions == sorted(positions)
    page.wait_for_selector(".result[data-state=done]")
    page.wait_for_selector(".result .player[data-state=paused]")


def test_two_engines_stand_side_by_side(open_page: Open, shoot: Shoot) -> None:
    page = open_page("tts")
    page.get_by_label("다른 엔진과 나란히 비교").check()
    choose(page, "tts2", "fish")
    page.get_by_role("button", name="말하기").click()
    page.wait_for_selector(".pair .result:nth-child(2)[data-state=done]")
    assert page.locator(".pair .result").count() == 2
    assert page.locator("label:has(input[name=tts2][value=fish]) .dot.ok").count() == 1
    shoot(page, "tts-compare")


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"just words", "not a WAV file"), (b"RIFF\x24\0\0\0WAVEfmt ", "not an audio file"), (b"", "empty")],
)
def test_a_bad_recording_is_refused_in_words(open_page: Open, content: bytes, why: str) -> None:
    page = open_page("tts")
    choose(page, "tts", "fish")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "me.wav", "mimeType": "audio/wav", "buffer": content}
    )
    hint = page.locator(".field .hint.bad").last
    hint.wait_for()
    assert why in hint.inner_text()
    assert page.locator("input[type=file]").first.get_attribute("aria-invalid") == "true"


def test_a_provider_without_a_key_says_what_to_do(open_page: Open, shoot: Shoot) -> None:
    page = open_page("tts")
    choose(page, "tts", "eleven")
    page.get_by_role("button", name="말하기").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "ELEVENLABS_API_KEY" in alert.inner_text()
    shoot(page, "tts-offline")


def test_a_server_that_is_gone_is_said(open_page: Open) -> None:
    page = open_page("tts")
    page.context.set_offline(True)
    page.get_by_role("button", name="말하기").click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert "서버에 연결할 수 없습니다" in alert.inner_text()


# Chat


def test_chat_says_what_was_understood(open_page: Open, shoot: Shoot) -> None:
    page = open_page("chat")
    box = page.get_by_label("메시지", exact=True)
    box.fill("토요일에는 몇 시까지 하나요")
    box.press("Enter")
    reply = page.locator(".turn.bot").last
    reply.locator(".badge").first.wait_for()
    assert "토요일" in reply.locator(".words").inner_text()
    assert "business_hours" in reply.inner_text()
    reply.get_by_role("button", name="듣기").click()
    shoot(page, "chat")
    page.reload()
    page.wait_for_selector(".turn.bot")
    assert page.locator(".turn").count() == 2
    page.get_by_role("button", name="새 대화").click()
    page.wait_for_selector(".hello")


def test_gpt_without_a_key_keeps_the_message(open_page: Open) -> None:
    page = open_page("chat")
    choose(page, "chat-engine", "gpt")
    box = page.get_by_label("메시지", exact=True)
    box.fill("안녕하세요")
    box.press("Enter")
    page.get_by_role("alert").wait_for()
    assert "OPENAI_API_KEY" in page.get_by_role("alert").inner_text()
    assert box.input_value() == "안녕하세요"


# Answers


def test_an_answer_is_edited_approved_heard_and_taken_back(open_page: Open, shoot: Shoot) -> None:
    page = open_page("answers")
    item = page.locator(".item").first
    item.wait_for()
    name = item.get_attribute("data-item")
    item = page.locator(f".item[data-item='{name}']")
    item.get_by_role("button", name="고치기").click()
    item.get_by_label("답", exact=True).fill("네, 그럼요. 언제든 오세요.")
    item.get_by_role("button", name="저장").click()
    item.get_by_text("네, 그럼요").wait_for()
    item.get_by_role("button", name="승인").click()
    page.locator(f".item.approved[data-item='{name}']").wait_for()
    item.get_by_role("button", name="승인된 음성 듣기").click()
    shoot(page, "answers-approved")
    page.locator(".notice").last.get_by_role("button", name="되돌리기").click()
    page.locator(f".item.pending[data-item='{name}']").wait_for()
    item.get_by_role("button", name="거절").click()
    page.locator(f".item.rejected[data-item='{name}']").wait_for()
    item.get_by_role("button", name="되돌리기").click()
    page.locator(f".item.pending[data-item='{name}']").wait_for()


def test_coverage_is_measured_with_its_curve(open_page: Open, shoot: Shoot) -> None:
    page = open_page("answers")
    csv = (
        "utterance,expected\n여보세요,greeting-01\n우리 집 고양이가 밥을 안 먹어요,\n안녕하세요,greeting-01\n".encode()
    )
    chooser = page.get_by_label("질문 CSV")
    chooser.set_input_files({"name": "q.csv", "mimeType": "text/csv", "buffer": csv})
    page.wait_for_selector(".chart .curve.hits", state="attached")
    shoot(page, "answers-coverage")
    chooser.set_input_files({"name": "q.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04 not a table"})
    alert = page.locator("[role=alert]:visible")
    alert.wait_for()
    assert "/tmp" not in alert.inner_text()


def test_a_question_and_its_answer_are_put_in(open_page: Open) -> None:
    page = open_page("answers")
    page.get_by_text("질문과 답 넣기").click()
    page.get_by_label("질문", exact=True).fill("고양이도 데려가도 되나요")
    page.get_by_label("답", exact=True).fill("네, 이동장에 넣어 오시면 돼요.")
    page.get_by_role("button", name="넣기", exact=True).click()
    page.get_by_label("질문이나 답에서 찾기").fill("고양이도")
    page.locator(".item .question", has_text="고양이도 데려가도").wait_for()


# Call


def test_a_call_out_is_talked_through_at_the_page(open_page: Open, shoot: Shoot) -> None:
    page = open_page("call")
    number = page.get_by_label("전화번호")
    number.fill("112")
    page.wait_for_selector("input[type=tel][aria-invalid=true]")
    number.fill("010-2345-6789")
    page.get_by_text("걸 수 있는 번호입니다").wait_for()
    page.get_by_label("고객 이름").fill("김민지")
    page.wait_for_function(
        "() => [...document.querySelectorAll('textarea')].some(e => e.value.includes('김민지 고객님'))"
    )
    page.get_by_role("button", name="전화 걸기").click()
    page.locator(".live[data-state=listening]").wait_for()
    mine = page.get_by_label("고객으로서 말하기")
    mine.fill("네, 괜찮아요")
    mine.press("Enter")
    page.locator(".turn.bot .words", has_text="궁금하신 점").wait_for()
    page.locator(".live[data-state=listening]").wait_for()
    shoot(page, "call")
    mine.fill("#9")
    mine.press("Enter")
    page.wait_for_selector(".player")
    assert "수신 거부" in page.locator(".stack > .card .badge").last.inner_text() or page.locator(".turn").count() > 4
    page.locator(".latest .badge").first.wait_for()
    shoot(page, "call-over")


def test_somebody_who_refused_is_not_called_again(open_page: Open) -> None:
    """The call before ended with key 9."""
    page = open_page("call")
    page.get_by_label("전화번호").fill("010-2345-6789")
    page.locator(".notice-box").first.wait_for()
    page.get_by_role("button", name="전화 걸기").click()
    page.locator(".live[data-state=failed]").wait_for()


def test_at_night_a_call_needs_a_reason(open_page: Open, web_settings: Callable[..., Settings], shoot: Shoot) -> None:
    settings, night = web_settings(), VirtualClock(NOON_S + 10 * 3600)
    with running() as run:
        page = open_page("call", url=run(create_app(Voicebot(settings, HANDLERS, night)), settings))
        page.get_by_label("전화번호").fill("010-2345-6789")
        page.locator(".notice-box", has_text="밤에는 전화를 걸지 않습니다").wait_for()
        shoot(page, "call-at-night")
        page.get_by_label("밤에 걸어야 하는 이유").fill("견인차 도착 안내")
        page.locator(".notice-box").wait_for(state="detached")
        page.get_by_role("button", name="전화 걸기").click()
        page.locator(".live[data-state=listening]").wait_for()
        page.get_by_role("button", name="끊기").click()
        page.wait_for_selector(".player")
        page.get_by_label("전화번호").fill("112")
        page.locator(".hint.bad", has_text="긴급 번호").wait_for()
        page.context.close()


def test_a_call_in_is_hung_up(open_page: Open) -> None:
    page = open_page("call")
    choose(page, "call-way", "in")
    page.get_by_role("button", name="봇에게 전화하기").click()
    page.locator(".live[data-state=listening]").wait_for()
    page.get_by_role("button", name="끊기").click()
    page.wait_for_selector(".player")
    assert "고객이 끊음" in page.locator(".card .badge").all_inner_texts()[-1] + page.inner_text("main")


# Flows


def test_blocks_light_up_while_a_scenario_runs(open_page: Open, shoot: Shoot) -> None:
    page = open_page("flows")
    page.wait_for_selector(".block")
    assert page.locator(".block.seen").count() == 0
    page.get_by_role("button", name="실행").click()
    page.wait_for_selector(".player")
    assert page.locator(".block.seen").count() >= 15
    assert page.locator(".way.taken").count() >= 14
    assert page.locator(".checks .met").count() >= 5
    shoot(page, "flows")


# The whole page


def serious(page: Any, axe: str) -> list[str]:
    """Return what axe finds that keeps somebody out."""
    page.evaluate(axe)
    found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})")
    return [
        f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:160]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("tab", TABS)
def test_axe_finds_nothing_serious(open_page: Open, axe: str, tab: str, is_dark: bool, shoot: Shoot) -> None:
    page = open_page(tab, is_dark=is_dark, bypass_csp=True)
    page.wait_for_timeout(400)
    assert serious(page, axe) == []
    shoot(page, f"{tab}-{'dark' if is_dark else 'light'}")


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_needs_no_sideways_scrolling(open_page: Open, tab: str, shoot: Shoot) -> None:
    page = open_page(tab, is_phone=True, has_touch=True)
    page.wait_for_timeout(400)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        "[...document.querySelectorAll('button, .tabs a')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 30)"
        ".map(e => e.outerHTML.slice(0, 90))"
    )
    assert small == []
    shoot(page, f"{tab}-phone")


def test_a_tab_begins_below_the_bar(open_page: Open) -> None:
    page = open_page("answers")
    for name in ("흐름", "음성 합성", "답변"):
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.locator(".tabs").get_by_role("link", name=name).click()
        page.wait_for_selector("main:focus")
        assert name in page.title()
        edges = "[document.querySelector('.bar').getBoundingClientRect().bottom, document.querySelector('h1').getBoundingClientRect().top]"
        bar_px, heading_px = page.evaluate(edges)
        assert heading_px >= bar_px


def test_the_link_to_the_content_stays_on_the_tab(open_page: Open) -> None:
    page = open_page("chat")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("main:focus")
    page.wait_for_timeout(300)
    assert page.locator("h1").inner_text() == "채팅"


def test_the_theme_and_the_language_are_kept(open_page: Open) -> None:
    page = open_page("tts")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    theme = page.locator("#theme")
    theme.click()
    theme.click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    page.locator("#language").click()
    assert page.locator("h1").inner_text() == "Speech"
    page.reload()
    page.wait_for_selector("h1")
    assert page.locator("h1").inner_text() == "Speech"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.evaluate("document.documentElement.lang") == "en"


def test_no_word_is_missing_in_either_language(open_page: Open) -> None:
    page = open_page("tts")
    assert (
        page.evaluate(
            "Promise.all([import('/static/words-ko.js'), import('/static/words-en.js')]).then(([{KO}, {EN}]) =>"
            " Object.keys(KO).filter(k => !(k in EN) && !k.startsWith('block-') && !k.startsWith('stage-'))"
            ".concat(Object.keys(EN).filter(k => !(k in KO))))"
        )
        == []
    )


def test_the_keyboard_alone_is_enough(open_page: Open) -> None:
    page = open_page("tts")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
        if page.evaluate("document.activeElement.textContent.trim()") == "말하기":
            break
    assert {"전화", "답변", "흐름", "tts-text"} <= seen
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.wait_for_selector(".result .player[data-state=playing]")
    page.locator(".result .play").focus()
    page.keyboard.press("Space")
    page.wait_for_selector(".result .player[data-state=paused]")
    page.wait_for_function("document.querySelector('.result .wave').ariaValueMax > 1.5")
    page.locator(".result .wave").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.locator(".result .wave[aria-valuenow='1.0']").wait_for()


# Hostile input


def test_a_script_in_any_text_field_is_only_text(open_page: Open) -> None:
    page = open_page("tts")
    page.get_by_label("읽을 글").fill(PAYLOAD)
    page.get_by_role("button", name="말하기").click()
    page.wait_for_selector(".result[data-state=done]")
    page.goto("/#chat")
    box = page.get_by_label("메시지", exact=True)
    box.fill(PAYLOAD)
    box.press("Enter")
    page.wait_for_selector(".turn.bot .badge")
    page.goto("/#answers")
    page.get_by_text("질문과 답 넣기").click()
    page.get_by_label("질문", exact=True).fill(f"주차 {PAYLOAD}")
    page.get_by_label("답", exact=True).fill(f"네, 됩니다. {PAYLOAD}")
    page.get_by_role("button", name="넣기", exact=True).click()
    page.get_by_label("질문이나 답에서 찾기").fill("onerror")
    page.locator(".item").first.wait_for()
    page.goto("/#call")
    page.get_by_label("전화번호").fill(PAYLOAD)
    page.get_by_label("고객 이름").fill(PAYLOAD[:40])
    page.get_by_label("용건").fill(PAYLOAD)
    page.get_by_label("첫마디").fill(PAYLOAD)
    page.wait_for_selector("input[type=tel][aria-invalid=true]")
    choose(page, "call-way", "in")
    page.get_by_role("button", name="봇에게 전화하기").click()
    page.locator(".live[data-state=listening]").wait_for()
    page.get_by_label("고객으로서 말하기").fill(PAYLOAD)
    page.keyboard.press("Enter")
    page.locator(".turn.me:not(.waiting)").first.wait_for()
    page.get_by_role("button", name="끊기").click()
    page.wait_for_selector(".player")
    for tab in TABS:
        page.goto(f"/#{tab}")
        page.wait_for_timeout(100)
    page.reload()
    page.goto("/#chat")
    page.wait_for_selector(".turn.me")
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img, main script").count() == 0


def test_another_sites_page_cannot_do_anything(open_page: Open, site: str, tmp_path: Path) -> None:
    """A page of another origin tries a form, fetch and an image; nothing is changed and nothing can be read."""
    page = open_page("tts")
    evil = page.context.new_page()
    evil.route("http://evil.example/", lambda route: route.fulfill(content_type="text/html", body="<h1>hello</h1>"))
    evil.goto("http://evil.example/")
    tried = evil.evaluate(
        """async (site) => {
          const out = [];
          for (const [path, options] of [
            ["/api/v1/chat", {method: "POST", headers: {"Content-Type": "text/plain"}, body: '{"message": "안녕", "session": "evil"}'}],
            ["/api/chat-chajipsa", {method: "POST", body: new URLSearchParams({message: "안녕하세요"}), mode: "no-cors"}],
            ["/api/v1/status", {}],
          ]) {
            try { const r = await fetch(site + path, options); out.push(r.type === "opaque" ? "opaque" : await r.text()); }
            catch (error) { out.push("refused"); }
          }
          return out;
        }""",
        site,
    )
    assert set(tried) <= {"refused", "opaque"}
    exchanges = page.evaluate("fetch('/api/v1/chat/sessions/evil').then(r => r.json())")["exchanges"]
    assert exchanges == []


def test_a_server_with_a_token_asks_for_it_once(open_page: Open, tmp_path: Path, shoot: Shoot) -> None:
    token = "a-token-of-the-test-0123456789"
    settings = load(
        env={"HOME": str(tmp_path)},
        overrides={"data_dir": str(tmp_path / "data"), "web.port": 0, "web.token": token},
    )
    with running() as run:
        page = open_page("tts", url=run(create_app(Voicebot(settings, HANDLERS)), settings))
        field = page.get_by_label(re.compile("토큰"))
        field.last.fill("wrong-token-wrong-token")
        page.get_by_role("button", name="들어가기").click()
        page.wait_for_selector("dialog .hint.bad")
        shoot(page, "token")
        field.last.fill(token)
        page.get_by_role("button", name="들어가기").click()
        page.wait_for_selector(".choices label")
        assert page.evaluate("document.cookie") == ""
        page.reload()
        page.wait_for_selector(".choices label")
        assert page.locator("dialog").count() == 0
