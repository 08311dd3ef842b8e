"""Whole calls: streamed, transcribed by a server that speaks Amazon's protocol, handed over, and never a word lost."""

import io
import json
import wave
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from botocore.credentials import Credentials

from tests.fakes.kinesis import CONTACT, FIRST_NUMBER, OTHER_CONTACT, START_MS, fragments
from tests.fakes.live_calls import FastClock, InStep, Tape
from tests.fakes.transcribe import ACCESS_KEY, CUT, REGION, SECRET_KEY, WORDS, Server, spoken, transcribe_server
from voicebot.cache.stores.files import FileBlobs
from voicebot.clock import VirtualClock
from voicebot.database import Database
from voicebot.errors import EngineError, InputError, StorageError
from voicebot.transcribe.amazon import AmazonTranscriber
from voicebot.transcribe.protocol import Segment
from voicebot.transcribe.recording import Recordings
from voicebot.transcribe.service import Transcriber
from voicebot.transcribe.sqlite import SqliteTranscripts
from voicebot.transcribe.task import TranscribeTask

pytestmark = pytest.mark.contract

TASK = TranscribeTask(CONTACT, "arn:aws:kinesisvideo:ap-northeast-2:1:stream/s/1", str(FIRST_NUMBER), START_MS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with transcribe_server(tmp_path) as server:
        yield server


class Desk:
    """Everything that a transcription needs."""

    def __init__(self, server: Server, folder: Path, tape: Tape, **options: float) -> None:
        self.database = Database(folder / "calls.db")
        self.store = SqliteTranscripts(self.database)
        self.blobs = FileBlobs(folder / "blobs")
        self.clock = tape.clock

        def credentials() -> Credentials:
            return Credentials(ACCESS_KEY, SECRET_KEY)

        engine = AmazonTranscriber(REGION, credentials, endpoint_url=server.url, ca_file=server.ca_file, speed=1e4)
        recordings = Recordings(self.blobs)
        times = {"idle_end_s": 4.0, **options}
        self.transcriber = Transcriber(tape, InStep(engine, server), self.store, recordings, tape.clock, **times)

    def run(self, task: TranscribeTask = TASK, every_s: float = 10_000.0) -> int:
        """Run until the call is over, in invocations of `every_s`; return how many there were."""
        count = 0
        left: TranscribeTask | None = task
        while left is not None:
            count += 1
            assert count < 100
            left = self.transcriber.run(left, self.clock.now() + every_s)
            left = TranscribeTask(**json.loads(json.dumps(asdict(left)))) if left else None
        return count

    def said(self, track: str, contact_id: str = CONTACT) -> list[str]:
        return [word for segment in self.segments(track, contact_id) for word in segment.text.split()]

    def segments(self, track: str, contact_id: str = CONTACT) -> list[Segment]:
        return [segment for segment in self.store.of(contact_id) if segment.track == track]


def talk(seed: int, count: int, lead_s: float = 0.5) -> tuple[np.ndarray, list[str]]:
    random = np.random.default_rng(seed)
    numbers = random.integers(0, len(WORDS), count).tolist()
    pauses = [round(float(pause), 2) for pause in np.where(random.random(count) < 0.25, 0.9, 0.12)]
    pauses[-1] = 2.0
    return spoken(numbers, pauses, lead_s), [WORDS[number] for number in numbers]


def hung_up(parts: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Return a call's fragments with the first one of the next call behind them."""
    nothing = np.zeros(800, np.int16)
    later_ms = START_MS + 10_000_000
    return parts + fragments(nothing, nothing, first=parts[-1][0] + 1, start_ms=later_ms, contact_id=OTHER_CONTACT)


def tape(customer: np.ndarray, bot: np.ndarray) -> Tape:
    return Tape(hung_up(fragments(customer, bot)), VirtualClock())


def test_both_sides_of_a_call_are_kept_with_their_times_and_recorded(server: Server, tmp_path: Path) -> None:
    customer, bot = spoken([0, 1, 2, 3], lead_s=3.0), spoken([4, 5, 6, 7])
    desk = Desk(server, tmp_path, tape(customer, bot))
    assert desk.run() == 1
    assert desk.said("customer") == WORDS[0:4]
    assert desk.said("bot") == WORDS[4:8]
    first = desk.segments("customer")[0]
    assert (first.start_s, first.is_partial, first.contact_id) == (pytest.approx(3.0, abs=0.05), False, CONTACT)
    assert [segment.track for segment in desk.store.of(CONTACT)] == ["bot", "customer"]
    with desk.blobs.open(f"recordings/{CONTACT}.wav") as file, wave.open(io.BytesIO(file.read())) as recording:
        assert (recording.getnchannels(), recording.getframerate()) == (2, 8000)
        both = np.frombuffer(recording.readframes(recording.getnframes()), "<i2").reshape(-1, 2)
    assert np.array_equal(both[: len(customer), 0], customer)
    assert np.array_equal(both[: len(bot), 1], bot)
    assert list(desk.blobs.scan("recordings/")) == [f"recordings/{CONTACT}.wav"]
    assert server.problems == []


def test_a_call_of_seventeen_minutes_is_handed_over_without_losing_or_repeating_a_word(
    server: Server, tmp_path: Path
) -> None:
    """Three talks with eight minutes between them in which nothing is sent, in invocations that end wherever they do."""
    parts, said = [], {"customer": [], "bot": []}
    for talk_number in range(3):
        (customer, customer_words), (bot, bot_words) = talk(20 + talk_number, 40), talk(30 + talk_number, 40, 1.7)
        later_ms = talk_number * 480_000
        parts += fragments(customer, bot, first=FIRST_NUMBER + 1000 * talk_number, start_ms=START_MS + later_ms)
        said["customer"] += customer_words
        said["bot"] += bot_words
    desk = Desk(server, tmp_path, Tape(hung_up(parts), VirtualClock()))
    assert desk.run(every_s=21.0) >= 4
    assert {track: desk.said(track) for track in said} == said
    assert not any(segment.is_partial for segment in desk.store.of(CONTACT))
    assert [segment.start_s > 960 for segment in desk.store.of(CONTACT)].count(True) >= 2
    assert sum(server.audio_s) < 400
    with desk.blobs.open(f"recordings/{CONTACT}.wav") as file, wave.open(io.BytesIO(file.read())) as recording:
        both = np.frombuffer(recording.readframes(recording.getnframes()), "<i2").reshape(-1, 2)
    assert len(both) > 8000 * 960
    assert np.array_equal(both[8000 * 960 : 8000 * 960 + len(customer), 0], customer)
    assert np.array_equal(both[8000 * 960 : 8000 * 960 + len(bot), 1], bot)
    assert server.problems == []


@pytest.mark.parametrize("every_s", [13.0, 17.3])
def test_wherever_an_invocation_ends_no_word_is_cut(server: Server, tmp_path: Path, every_s: float) -> None:
    (customer, customer_words), (bot, bot_words) = talk(3, 60), talk(4, 30, 10.0)
    desk = Desk(server, tmp_path, tape(customer, bot))
    assert desk.run(every_s=every_s) >= 3
    assert desk.said("customer") == customer_words
    assert desk.said("bot") == bot_words
    assert CUT not in desk.said("customer")


def test_an_invocation_that_is_repeated_leaves_nothing_twice(server: Server, tmp_path: Path) -> None:
    customer, words = talk(5, 40)
    cassette = tape(customer, customer)
    desk = Desk(server, tmp_path, cassette)
    left = desk.transcriber.run(TASK, desk.clock.now() + 12.0)
    assert left is not None
    desk.transcriber.run(left, desk.clock.now() + 8.0)
    desk.run(left)
    assert desk.said("customer") == words


def test_the_next_call_in_the_same_stream_is_not_ours_nor_the_one_before(server: Server, tmp_path: Path) -> None:
    ours, words = talk(6, 8)
    other, _ = talk(7, 8)
    before = fragments(other, other, first=FIRST_NUMBER - 20, start_ms=START_MS - 60_000, contact_id=OTHER_CONTACT)
    own = fragments(ours, ours)
    after = fragments(other, other, first=FIRST_NUMBER + 100, start_ms=START_MS + 60_000, contact_id=OTHER_CONTACT)
    desk = Desk(server, tmp_path, Tape(before + own + after, VirtualClock()), idle_end_s=10_000.0)
    desk.run()
    assert desk.said("customer") == words
    assert list(desk.store.of(OTHER_CONTACT)) == []


def test_fragments_without_a_contact_begin_at_the_calls_first(server: Server, tmp_path: Path) -> None:
    ours, words = talk(8, 6)
    other, _ = talk(9, 6)
    before = fragments(other, other, first=FIRST_NUMBER - 20, start_ms=START_MS - 60_000, contact_id=None)
    desk = Desk(server, tmp_path, Tape(before + fragments(ours, ours, contact_id=None), VirtualClock()))
    desk.run()
    assert desk.said("customer") == words


def test_a_media_stream_that_breaks_off_goes_on_after_its_last_whole_fragment(server: Server, tmp_path: Path) -> None:
    customer, words = talk(10, 40)
    cassette = tape(customer, customer)
    cassette.breaks, cassette.refusals = [3, 0, 5], 2
    desk = Desk(server, tmp_path, cassette)
    desk.run()
    assert desk.said("customer") == words
    assert desk.said("bot") == words
    assert cassette.opened[:4] == ["", str(FIRST_NUMBER + 2), str(FIRST_NUMBER + 2), str(FIRST_NUMBER + 7)]


def test_a_recogniser_that_breaks_off_hears_again_what_was_not_final(server: Server, tmp_path: Path) -> None:
    customer, words = talk(11, 30)
    server.break_after_s = [4.0, 7.5, 11.0]
    desk = Desk(server, tmp_path, tape(customer, customer))
    desk.run()
    assert desk.said("customer") == words
    assert desk.said("bot") == words
    assert server.break_after_s == []
    assert len(server.audio_s) == 5


@pytest.mark.parametrize(("lead_s", "place", "streams"), [(0.5, 2, 2), (0.7, 1, 4)], ids=["in a pause", "in a word"])
def test_forty_seconds_without_a_fragment_lose_nothing(
    server: Server, tmp_path: Path, lead_s: float, place: int, streams: int
) -> None:
    """The service gives up after fifteen seconds without audio."""
    customer = np.concatenate([spoken([0, 1], [0.12, 2.0], lead_s), spoken([2, 3], [0.12, 2.0])])
    cassette = Tape(hung_up(fragments(customer, customer)), FastClock(5.0), gaps={place: 40.0})
    server.patience_s = 3.0
    desk = Desk(server, tmp_path, cassette, idle_end_s=60.0)
    desk.run()
    assert desk.said("customer") == WORDS[:4]
    assert len(server.audio_s) == streams
    assert (server.audio_s[0] > 25) is (streams == 2)


def test_numbers_are_masked_before_anything_is_kept(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.fakes.transcribe.WORDS", ["번호는", "공일공", "일이삼사에", "오육칠팔이에요", "네"])
    pauses = [0.12, 0.9, 0.12, 0.9, 0.5]
    seen: list[str] = []
    desk = Desk(server, tmp_path, tape(spoken([0, 1, 2, 3, 4], pauses), np.zeros(8000, np.int16)))
    keep = desk.store.put

    def put(segment: Segment) -> None:
        seen.append(segment.text)
        keep(segment)

    desk.store.put = put  # type: ignore[method-assign]
    desk.run()
    assert desk.said("customer") == ["번호는", "[전화번호]", "이에요", "네"]
    assert not any("공일공" in text or "일이삼사" in text or "오육칠팔" in text for text in seen)


def test_what_cannot_be_transcribed_is_said(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Desk(server, tmp_path, Tape([(1, b"this is not media")], VirtualClock())).run()
    cassette = tape(spoken([0]), spoken([0]))
    cassette.refusals = 10_000
    with pytest.raises(StorageError):
        Desk(server, tmp_path, cassette).run()
    server.refusal = (400, "BadRequestException")
    with pytest.raises(EngineError):
        Desk(server, tmp_path, tape(spoken([0]), spoken([0]))).run()
