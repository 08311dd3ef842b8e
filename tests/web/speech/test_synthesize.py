"""POST /synthesize over real sockets, as clients of the earlier system send it."""

import time

import httpx
import pytest

from tests.web.conftest import Serve
from voicebot.audio.wav import check_connect_prompt, read_audio

pytestmark = pytest.mark.contract

TEXT = "첫 문장입니다. 둘째 문장은 조금 더 깁니다. 셋째 문장입니다."


def done(http: httpx.Client, job: dict[str, object]) -> dict[str, object]:
    deadline = time.monotonic() + 20
    while not job["done"] and time.monotonic() < deadline:
        time.sleep(0.02)
        job = http.get(str(job["status_url"])).json()
    return job


@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_a_job_is_the_answer_and_its_first_clip_is_ready(http: httpx.Client, url: str, kind: str) -> None:
    fields = {"text": TEXT, "speed": "1.2", "unknown": "x"}
    body = {"json": {"json": fields}, "form": {"data": fields}, "multipart": {"data": fields, "files": {"x": b""}}}
    reply = http.post(f"{url}/synthesize", **body[kind])  # type: ignore[arg-type]
    assert reply.status_code == 200, reply.text
    job = reply.json()
    assert job["first_url"] == job["urls"][0]
    assert job["first_url"].startswith(f"{url}/jobs/")
    last = done(http, job)
    assert last["status"] == "done"
    clips = [read_audio(http.get(each).content) for each in last["urls"]]  # type: ignore[attr-defined]
    assert sum(clip.duration_s for clip in clips) > 2


def test_long_texts_have_several_clips_and_telephone_clips_are_ready_for_connect(
    http: httpx.Client, serve_speech: Serve
) -> None:
    url = serve_speech(tts__first_chunk_max_chars=20, tts__chunk_max_chars=20)
    job = done(http, http.post(f"{url}/synthesize", json={"text": TEXT, "encoding": "mulaw"}).json())
    assert len(job["urls"]) == 3  # type: ignore[arg-type]
    for each in job["urls"]:  # type: ignore[attr-defined]
        reply = http.get(each)
        assert reply.headers["content-type"] == "audio/wav"
        assert check_connect_prompt(reply.content) == []


@pytest.mark.parametrize("way", ["accept", "field"])
def test_a_client_that_wants_audio_gets_a_stream(http: httpx.Client, url: str, way: str) -> None:
    fields = {"text": TEXT, **({"stream": True} if way == "field" else {})}
    headers = {"Accept": "audio/wav" if way == "accept" else "*/*"}
    with http.stream("POST", f"{url}/synthesize", json=fields, headers=headers) as reply:
        assert reply.headers["content-type"] == "audio/wav"
        assert reply.headers["transfer-encoding"] == "chunked"
        pieces = list(reply.iter_raw())
    assert len(pieces) > 1
    assert read_audio(b"".join(pieces)).duration_s > 2


def test_addresses_are_the_public_ones_and_clips_need_no_token(http: httpx.Client, serve_speech: Serve) -> None:
    token = "a-long-random-word-for-tests"
    url = serve_speech(web__token=token, speech_server__public_url="https://speech.example.com/")
    assert http.post(f"{url}/synthesize", json={"text": TEXT}).status_code == 401
    job = http.post(f"{url}/synthesize", json={"text": TEXT}, headers={"Authorization": f"Bearer {token}"}).json()
    assert job["first_url"].startswith("https://speech.example.com/jobs/")
    assert http.get(job["first_url"].replace("https://speech.example.com", url)).status_code == 200
    assert http.get(f"{url}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"json": {}}, 422, "text: field required"),
        ({"json": {"text": " "}}, 422, "the text is empty"),
        ({"json": {"text": "안녕", "speed": 9}}, 422, "speed"),
        ({"json": {"text": "안녕", "speed": "fast"}}, 422, "speed"),
        ({"json": {"text": "안녕", "encoding": "mp3"}}, 422, "encoding"),
        ({"json": {"text": "안녕", "engine": "nothing"}}, 404, "no engine 'nothing'"),
        ({"json": {"text": "안녕", "voice": "nobody"}}, 404, "no voice 'nobody'"),
        ({"json": ["안녕"]}, 422, "dictionary"),
        ({"content": b"\xff\xfe"}, 422, "neither JSON nor a form"),
        ({"data": {"text": "안녕"}, "files": {"ref_audio": b"RIFF"}}, 422, "not a WAV"),
        ({"json": {"text": "안녕", "engine": "openvoice"}}, 501, "no checkpoints"),
    ],
)
def test_what_cannot_be_done_is_a_problem_document(
    http: httpx.Client, url: str, body: dict[str, object], status: int, words: str
) -> None:
    reply = http.post(f"{url}/synthesize", **body)  # type: ignore[arg-type]
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert words.lower() in reply.text.lower()


def test_jobs_that_nobody_has_are_not_found(http: httpx.Client, url: str) -> None:
    assert http.get(f"{url}/jobs/nothing").status_code == 404
    assert http.get(f"{url}/jobs/nothing/clips/0.wav").status_code == 404


def test_the_description_names_every_path(http: httpx.Client, url: str) -> None:
    paths = http.get(f"{url}/openapi.json").json()["paths"]
    assert {"/synthesize", "/jobs/{job_id}", "/v1/audio/speech", "/v1/models", "/v1/audio/voices", "/healthz"} <= set(
        paths
    )
    body = paths["/synthesize"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/json", "multipart/form-data"}
