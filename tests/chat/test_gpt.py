"""The language-model engine against a server on a real socket."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.fakes.chat_server import END, Step, chunk, completed, delta, event, head, refusal, serving, spoken
from voicebot.chat.gpt import GptChat
from voicebot.chat.protocol import Exchange, Session, Turn
from voicebot.errors import ConfigError, EngineError, VoicebotError
from voicebot.settings.chat import GptChatSettings

pytestmark = pytest.mark.unit

KEY = "sk-test-very-secret"
SAID = "엔진오일 교환 비용이 궁금해요"


@pytest.fixture
def gpt() -> Iterator[Callable[..., GptChat]]:
    """Build engines that are closed at the end of the test."""
    made: list[GptChat] = []

    def build(url: str, key: str | None = KEY, facts: Any = lambda text, count: [], **settings: Any) -> GptChat:
        settings = {"connect_timeout_s": 1, "first_token_timeout_s": 2, "total_timeout_s": 5} | settings
        made.append(GptChat(GptChatSettings(base_url=url, **settings), key, "차집사", facts))
        return made[-1]

    yield build
    for engine in made:
        engine.close()


def reply(engine: GptChat, text: str = SAID, session: Session | None = None) -> str:
    return "".join(piece.text for piece in engine.reply(Turn(text), session or Session("s")))


def failure(engine: GptChat, text: str = SAID) -> VoicebotError:
    with pytest.raises(VoicebotError) as caught:
        reply(engine, text)
    shown = f"{caught.value.message} {caught.value.hint}"
    assert KEY not in shown
    assert "엔진오일" not in shown
    assert "\n" not in shown
    return caught.value


# What is sent


def test_a_request_is_the_documented_one_and_holds_no_personal_data(gpt: Any) -> None:
    history = [Exchange(f"질문 {number}", f"대답 {number}") for number in range(20)]
    history.append(Exchange("제 번호는 010-1234-5678이에요", "네, 알겠습니다."))
    with serving(spoken("네.")) as server:
        engine = gpt(
            server.url, model="some-model", history_turns=2, max_output_tokens=99, facts=lambda *_: ["- 89,000원"]
        )
        reply(engine, "카드 번호는 4111-1111-1111-1111이에요", Session("s", history))
    request = server.requests[0]
    assert request.path == "/v1/responses"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    body = request.body
    assert (body["model"], body["stream"], body["store"], body["max_output_tokens"]) == ("some-model", True, False, 99)
    assert "reasoning" not in body
    assert [message["role"] for message in body["input"]] == ["user", "assistant", "user", "assistant", "user"]
    assert body["input"][0]["content"] == "질문 19"
    assert "차집사" in body["instructions"]
    assert "89,000원" in body["instructions"]
    assert "1234" not in json.dumps(body)
    assert "4111" not in json.dumps(body)


def test_no_history_no_references_and_an_effort(gpt: Any) -> None:
    with serving(spoken("네.")) as server:
        engine = gpt(
            f"{server.url}/v1/",
            history_turns=0,
            facts=lambda *_: pytest.fail("asked"),
            references=0,
            reasoning_effort="low",
        )
        reply(engine, session=Session("s", [Exchange("가", "나")]))
    assert server.requests[0].path == "/v1/responses"
    assert len(server.requests[0].body["input"]) == 1
    assert server.requests[0].body["reasoning"] == {"effort": "low"}


def test_chat_completions_for_servers_that_have_only_that(gpt: Any) -> None:
    lines = [{"choices": [{"delta": {"role": "assistant"}}]}]
    lines += [
        {"choices": [{"delta": {"content": text}, "finish_reason": None}]} for text in ("네, ", "가능해요. ", "오세요.")
    ]
    lines += [{"choices": [{"delta": {}, "finish_reason": "stop"}]}, {"choices": [], "usage": {"total_tokens": 3}}]
    body = b": ping\n\n" + b"".join(f"data: {json.dumps(line)}\n\n".encode() for line in lines) + b"data: [DONE]\n\n"
    with serving([head(), chunk(body), END]) as server:
        engine = gpt(server.url, key=None, api="chat_completions")
        assert reply(engine) == "네, 가능해요. 오세요."
    request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert "authorization" not in request.headers
    assert request.body["messages"][0]["role"] == "system"
    assert request.body["max_tokens"] == 300


# What comes back


def test_the_first_sentence_is_there_before_the_server_has_finished(gpt: Any) -> None:
    go_on = threading.Event()
    script: list[Step] = [
        head(),
        chunk(delta("네, 가능해요. 토요")),
        go_on,
        chunk(delta("일에 오세요.")),
        chunk(completed()),
        END,
    ]
    with serving(script) as server:
        pieces = gpt(server.url).reply(Turn(SAID), Session("s"))
        assert next(pieces).text == "네, 가능해요."
        go_on.set()
        assert [piece.text for piece in pieces] == [" 토요일에 오세요."]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_bytes_may_be_cut_anywhere_even_within_a_syllable(gpt: Any, size: int) -> None:
    data = delta("네, 강남점에서 ") + delta("뵐게요. 조심히 ") + delta("오세요.") + completed()
    parts = [chunk(data[at : at + size]) for at in range(0, len(data), size)]
    with serving([head(), *parts, END]) as server:
        assert reply(gpt(server.url)) == "네, 강남점에서 뵐게요. 조심히 오세요."


def test_the_next_turn_finds_the_connection_open(gpt: Any) -> None:
    with serving(spoken("네.")) as server:
        engine = gpt(server.url)
        assert [reply(engine), reply(engine)] == ["네.", "네."]
    assert (len(server.requests), server.connections) == (2, 1)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**엔진오일**은 `89,000원`이에요.", "엔진오일은 89,000원이에요."),
        ("네! 😊 가능해요 🚗✨.", "네! 가능해요."),
        ("# 안내\n- 강남점\n- 마포점\n* 분당점", "안내. 강남점. 마포점. 분당점."),
        ("1. 오일을 갈아요.\n2. 필터를 갈아요.", "오일을 갈아요. 필터를 갈아요."),
        (
            "[홈페이지](https://example.com)에서 보세요. https://example.com/a?b=1 참고하세요.",
            "홈페이지에서 보세요. 참고하세요.",
        ),
        ("| 지점 | 시간 |\n|---|---|\n| 강남 | 9시 |", "지점 시간. 강남 9시."),
        ("3~4일 걸려요~ 고마워요ㅎㅎ.", "3~4일 걸려요 고마워요."),
        ("__중요__: 2.5리터예요.", "중요: 2.5리터예요."),
        ("> 인용이에요.\n\n---\n끝이에요.", "인용이에요. 끝이에요."),
    ],
)
def test_a_reply_is_made_speakable_on_the_way(gpt: Any, written: str, said: str) -> None:
    with serving(spoken(*written)) as server:
        assert reply(gpt(server.url)) == said


def test_a_wish_for_a_person_is_passed_on(gpt: Any) -> None:
    with serving(spoken("네, 연결해 드릴게요.")) as server:
        pieces = list(gpt(server.url).reply(Turn("상담원 연결해 주세요"), Session("s")))
    assert [piece.hand_over for piece in pieces] == ["agent"]


# Refusals


def error(code: str | None, kind: str = "invalid_request_error", param: str | None = None) -> dict[str, Any]:
    return {"error": {"message": f"No: {KEY} said {SAID}\nx", "type": kind, "param": param, "code": code}}


@pytest.mark.parametrize(
    ("script", "retryable", "retry_after_s", "expected"),
    [
        (refusal("400 Bad Request", error("context_length_exceeded", param="input")), False, None, "context_length_exceeded (input)"),
        (refusal("400 Bad Request", error("unsupported_parameter", param="reasoning.effort")), False, None, "reasoning_effort"),
        (refusal("400 Bad Request", error(None, param="model")), False, None, "HTTP 400, invalid_request_error (model)"),
        (refusal("403 Forbidden", error("unsupported_country_region_territory")), False, None, "country"),
        (refusal("403 Forbidden", error(None)), False, None, "permissions"),
        (refusal("404 Not Found", error("model_not_found")), False, None, "chat.gpt.model"),
        (refusal("404 Not Found", {"detail": "Not Found"}), False, None, "chat.gpt.base_url"),
        (refusal("402 Payment Required", {"error": {"code": 402, "message": SAID}}), False, None, "credit"),
        (refusal("422 Unprocessable", {"detail": [{"loc": ["body"], "msg": SAID}]}), False, None, "HTTP 422"),
        (refusal("429 Too Many", error("rate_limit_exceeded", "requests"), Retry_After="7"), True, 7.0, "rate limit"),
        (refusal("429 Too Many", error("rate_limit_exceeded"), Retry_After_Ms="250"), True, 0.25, "rate limit"),
        (refusal("429 Too Many", error("rate_limit_exceeded"), Retry_After="soon"), True, None, "rate limit"),
        (refusal("429 Too Many", error("insufficient_quota", "insufficient_quota"), Retry_After="7"), False, None, "credit"),
        (refusal("429 Too Many", error("billing_hard_limit_reached")), False, None, "credit"),
        (refusal("408 Timeout", {}), True, None, "HTTP 408"),
        (refusal("500 Internal", error(None, "server_error"), X_Request_Id="req_12"), True, None, "server_error, request req_12"),
        (refusal("502 Bad Gateway", "<html>엔진오일 bad gateway</html>"), True, None, "HTTP 502"),
        (refusal("503 Busy", {"error": "엔진오일 model is loading"}, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), True, 0.0, "HTTP 503"),
        (refusal("503 Busy", {"object": "error", "message": SAID, "type": "overloaded_error", "code": 40}), True, None, "overloaded_error"),
        (refusal("301 Moved", "", Location="https://elsewhere.example"), False, None, "chat.gpt.base_url"),
        (refusal("500 Internal", "가" * 100_000), True, None, "HTTP 500"),
        (refusal("200 OK", error("server_error")), True, None, "server_error"),
        (refusal("200 OK", {"output": []}), False, None, "streams"),
    ],
)  # fmt: skip
def test_a_refusal_says_whether_trying_again_can_help(
    gpt: Any, script: list[Step], retryable: bool, retry_after_s: float | None, expected: str
) -> None:
    with serving(script) as server:
        problem = failure(gpt(server.url))
    assert isinstance(problem, EngineError)
    assert (problem.engine, problem.retryable, problem.retry_after_s) == ("gpt", retryable, retry_after_s)
    assert expected in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    "script",
    [
        refusal("401 Unauthorized", error("invalid_api_key")),
        refusal("401 Unauthorized", "no"),
        refusal("400 Bad Request", error("invalid_api_key")),
        [head(), chunk(event("error", **error("invalid_api_key"))), END],
    ],
)
def test_a_wrong_key_is_a_matter_of_configuration(gpt: Any, script: list[Step]) -> None:
    with serving(script) as server:
        problem = failure(gpt(server.url))
    assert isinstance(problem, ConfigError)
    assert "OPENAI_API_KEY" in (problem.hint or "")


@pytest.mark.parametrize(
    ("url", "key"), [("https://api.openai.com", None), ("https://api.openai.com", "  "), ("http://x", "키")]
)
def test_a_missing_or_impossible_key_is_told_before_anything_is_sent(gpt: Any, url: str, key: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        gpt(url, key=key)
    assert "OPENAI_API_KEY" in (caught.value.hint or "")


@pytest.mark.parametrize("url", ["not an address", "ftp://127.0.0.1", "http://[::1"])
def test_a_base_url_that_is_none_is_a_matter_of_configuration(gpt: Any, url: str) -> None:
    assert isinstance(failure(gpt(url)), ConfigError)


# Trouble within the stream


@pytest.mark.parametrize(
    ("last", "retryable", "expected"),
    [
        (event("error", code="server_error", message=SAID, param=None), True, "server_error"),
        (event("error", code=None, message=SAID, param=None), True, "no reason given"),
        (event("error", error={"code": "rate_limit_exceeded", "message": KEY}), True, "rate_limit_exceeded"),
        (event("response.failed", response={"error": {"code": "server_error", "message": SAID}}), True, "server_error"),
        (event("response.failed", response={"error": {"code": "invalid_prompt", "message": SAID}}), False, "invalid_prompt"),
        (event("response.failed", response={"error": {"code": "insufficient_quota", "message": SAID}}), False, "credit"),
        (event("response.incomplete", response={"incomplete_details": {"reason": "max_output_tokens"}}), False, "max_output_tokens"),
        (event("response.incomplete", response={"incomplete_details": {"reason": "content_filter"}}), False, "filter"),
        (event("response.incomplete", response={"incomplete_details": None}), True, "did not finish"),
        (completed(), True, "empty"),
        (b"data: [DONE]\n\n", True, "empty"),
        (b"data: {not json}\n\n", True, "broke off"),
        (b"", True, "broke off"),
    ],
)  # fmt: skip
def test_a_stream_that_fails_before_anything_was_said_is_an_error(
    gpt: Any, last: bytes, retryable: bool, expected: str
) -> None:
    with serving([head(), *([chunk(last)] if last else []), END]) as server:
        problem = failure(gpt(server.url))
    assert isinstance(problem, EngineError)
    assert problem.retryable is retryable
    assert expected in f"{problem.message} {problem.hint}"


@pytest.mark.parametrize(
    "rest",
    [
        [END],
        [None],
        [chunk(event("error", code="server_error", message=SAID)), END],
        [chunk(event("response.failed", response={"error": {"code": "invalid_prompt"}})), END],
        [chunk(event("response.incomplete", response={"incomplete_details": {"reason": "max_output_tokens"}})), END],
        [chunk(b'data: {"type": "response.output_te'), None],
    ],
)
def test_after_the_first_sentence_a_failure_ends_the_reply_at_a_full_stop(gpt: Any, rest: list[Step]) -> None:
    with serving([head(), chunk(delta("네, 가능해요. 내일 오전에 오")), 0.05, *rest]) as server:
        assert reply(gpt(server.url)) == "네, 가능해요."


def test_half_a_sentence_is_said_when_there_is_nothing_else(gpt: Any) -> None:
    with serving([head(), chunk(delta("네, 가능해")), END]) as server:
        assert reply(gpt(server.url)) == "네, 가능해."


# Time


def test_a_server_that_does_not_begin_is_given_up(gpt: Any) -> None:
    with serving([3.0]) as server:
        started_s = time.monotonic()
        problem = failure(gpt(server.url, first_token_timeout_s=0.2))
    assert time.monotonic() - started_s < 1.5
    assert isinstance(problem, EngineError)
    assert problem.retryable


def test_signs_of_life_without_words_do_not_count_as_a_beginning(gpt: Any) -> None:
    created = chunk(event("response.in_progress", response={}))
    with serving([head(), *[created, 0.05] * 60]) as server:
        started_s = time.monotonic()
        problem = failure(gpt(server.url, first_token_timeout_s=0.3))
    assert time.monotonic() - started_s < 1.5
    assert "0.3 s" in problem.message


@pytest.mark.parametrize("sign", [b": ping\n\n", b"data: x", b"\n"])
def test_bytes_that_are_no_event_do_not_count_either(gpt: Any, sign: bytes) -> None:
    with serving([head(), *[chunk(sign), 0.05] * 60]) as server:
        started_s = time.monotonic()
        problem = failure(gpt(server.url, first_token_timeout_s=0.3))
    assert time.monotonic() - started_s < 1.5
    assert isinstance(problem, EngineError)
    assert problem.retryable


def test_a_refusal_that_drips_is_given_up(gpt: Any) -> None:
    with serving([head("500 Internal"), *[chunk(b" "), 0.05] * 60]) as server:
        started_s = time.monotonic()
        assert isinstance(failure(gpt(server.url, first_token_timeout_s=0.3)), EngineError)
    assert time.monotonic() - started_s < 1.5


def test_a_line_without_an_end_is_not_collected(gpt: Any) -> None:
    with serving([head(), *[chunk(b"data: " + b"x" * 100_000)] * 20]) as server:
        assert "line without an end" in failure(gpt(server.url)).message


def test_what_follows_the_last_event_is_not_waited_for_without_end(gpt: Any) -> None:
    with serving([head(), chunk(delta("네.")), chunk(completed()), *[chunk(b"data: {}\n\n")] * 1000, 5.0]) as server:
        started_s = time.monotonic()
        assert reply(gpt(server.url)) == "네."
    assert time.monotonic() - started_s < 1.5


def test_a_slow_first_byte_within_the_limit_is_waited_for(gpt: Any) -> None:
    with serving([0.3, *spoken("네.")]) as server:
        assert reply(gpt(server.url, first_token_timeout_s=2)) == "네."


def test_a_reply_that_never_ends_is_ended(gpt: Any) -> None:
    with serving([head(), *[chunk(delta("네. ")), 0.02] * 500]) as server:
        started_s = time.monotonic()
        assert reply(gpt(server.url, total_timeout_s=0.5)).startswith("네. 네.")
    assert time.monotonic() - started_s < 2


def test_a_server_that_is_not_there_is_an_error_that_may_pass(gpt: Any) -> None:
    with serving(spoken("네.")) as server:
        url = server.url
    problem = failure(gpt(url))
    assert isinstance(problem, EngineError)
    assert problem.retryable


def test_a_listener_who_leaves_ends_the_request(gpt: Any) -> None:
    with serving([head(), *[chunk(delta("네. ")), 0.02] * 100], spoken("네.")) as server:
        engine = gpt(server.url)
        pieces = engine.reply(Turn(SAID), Session("s"))
        next(pieces)
        pieces.close()
        assert reply(engine) == "네."
