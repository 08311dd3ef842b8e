"""A side of a call on its way: times, gaps, silence, and streams that break."""

from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.clock import VirtualClock
from voicebot.errors import EngineError
from voicebot.transcribe.feed import KEEP_ALIVE_S, LONGEST_SILENCE_S, REOPENINGS, Feed, is_loud
from voicebot.transcribe.protocol import Result
from voicebot.transcribe.sound import BYTES_PER_S

pytestmark = pytest.mark.unit

LOUD, QUIET = array("h", [4000, -4000] * 256).tobytes(), bytes(1024)
FRAME_S = 0.064


class Stream:
    """A recogniser's stream that keeps what it got and says what a test lets it."""

    def __init__(self) -> None:
        self.sent = bytearray()
        self.results: list[Result] = []
        self.problem: EngineError | None = None
        self.is_aborted = False

    @property
    def sent_s(self) -> float:
        return len(self.sent) / BYTES_PER_S

    def send(self, pcm: bytes) -> None:
        self.sent += pcm

    def take(self) -> list[Result]:
        if self.problem:
            raise self.problem
        taken, self.results = self.results, []
        return taken

    def finish(self, timeout_s: float) -> bool:
        return True

    def abort(self) -> None:
        self.is_aborted = True


class Line:
    """A feed over streams that are kept."""

    def __init__(self, heard_s: float = 0.0, refusals: int = 0) -> None:
        self.refusals = refusals
        self.clock = VirtualClock()
        self.streams: list[Stream] = []
        self.feed = Feed(self._open, self.clock, heard_s)

    @property
    def stream(self) -> Stream:
        return self.streams[-1]

    def _open(self) -> Stream:
        if self.refusals:
            self.refusals -= 1
            raise EngineError("too many streams", engine="transcribe", retryable=True)
        self.streams.append(Stream())
        return self.stream

    def play(self, start_s: float, frames: int, pcm: bytes = QUIET) -> None:
        for number in range(frames):
            self.feed.frame(start_s + number * FRAME_S, pcm)

    def final(self, start_s: float, end_s: float) -> list[Result]:
        self.stream.results.append(Result("r", start_s, end_s, "네", False))
        return self.feed.take()


def test_frames_go_on_as_they_come_and_repeats_are_left_out() -> None:
    line = Line()
    line.play(0.0, 10, LOUD)
    line.play(0.0, 10, LOUD)
    assert bytes(line.stream.sent) == LOUD * 10
    assert line.feed.end_s == pytest.approx(0.64)


def test_a_stretch_that_was_heard_before_is_cut_to_the_sample() -> None:
    line = Line(heard_s=0.1)
    line.play(0.0, 2, LOUD)
    assert line.stream.sent_s == pytest.approx(0.028)


@pytest.mark.parametrize(("gap_s", "sent_s"), [(0.5, 0.5), (2.0, 2.0), (600.0, LONGEST_SILENCE_S)])
def test_a_gap_becomes_silence_but_never_minutes_of_it(gap_s: float, sent_s: float) -> None:
    line = Line()
    line.play(0.0, 1, LOUD)
    line.play(FRAME_S + gap_s, 1, LOUD)
    assert line.stream.sent_s == pytest.approx(2 * FRAME_S + sent_s, abs=0.001)
    found = line.final(FRAME_S + sent_s, FRAME_S + sent_s + 0.05)[0]
    assert (found.start_s, found.end_s) == pytest.approx((FRAME_S + gap_s, FRAME_S + gap_s + 0.05), abs=0.002)


def test_silence_is_sent_before_the_service_gives_up_and_times_stay_right() -> None:
    line = Line()
    line.play(0.0, 10)
    for _ in range(30):
        line.clock.sleep(1.0)
        line.feed.keep_alive()
    assert line.stream.sent_s == pytest.approx(0.64 + 30.0)
    line.play(40.0, 2, LOUD)
    assert line.stream.sent_s == pytest.approx(0.64 + 2 * FRAME_S + 30.0)
    found = line.final(30.64, 30.74)[0]
    assert (found.start_s, found.end_s) == pytest.approx((40.0, 40.1), abs=0.002)
    assert KEEP_ALIVE_S < 15


def test_silence_that_came_too_soon_does_not_shift_what_follows() -> None:
    line = Line()
    line.play(0.0, 10)
    line.clock.sleep(6.0)
    line.feed.keep_alive()
    line.play(0.64, 1, LOUD)
    assert line.final(6.64, 6.69)[0].start_s == pytest.approx(0.64, abs=0.002)


def test_silence_is_never_put_into_a_word_that_the_network_holds_up() -> None:
    line = Line()
    line.play(0.0, 10)
    line.play(0.64, 3, LOUD)
    for _ in range(40):
        line.clock.sleep(1.0)
        line.feed.keep_alive()
        assert line.feed.take() == []
    assert line.stream.is_aborted
    assert len(line.streams) == 1
    line.play(0.832, 3, LOUD)
    assert len(line.streams) == 2
    assert bytes(line.stream.sent).endswith(LOUD * 6)
    places = line.final(line.stream.sent_s - 6 * FRAME_S, line.stream.sent_s)[0]
    assert (places.start_s, places.end_s) == pytest.approx((0.64, 1.024), abs=0.002)


def test_what_is_heard_ends_at_the_last_final_word_or_before_the_first_sound_after_it() -> None:
    line = Line()
    line.play(0.0, 50)
    assert line.feed.heard_s() == pytest.approx(3.2)
    assert line.feed.heard_s(until_s=9.0) == 9.0
    line.play(3.2, 10, LOUD)
    assert line.feed.heard_s() == pytest.approx(2.9)
    line.play(3.84, 10)
    line.final(3.2, 3.84)
    assert line.feed.heard_s() == pytest.approx(4.48)


def test_the_end_of_a_word_is_not_heard_again_when_the_result_says_it_a_little_early() -> None:
    line = Line()
    line.play(0.0, 5, LOUD)
    line.play(0.32, 20)
    line.final(0.0, 0.3)
    assert line.feed.heard_s() > 1.2
    line.play(1.6, 5, LOUD)
    line.stream.problem = EngineError("reset", engine="transcribe", retryable=True)
    line.feed.take()
    assert bytes(line.stream.sent).count(LOUD) == 5
    line = Line()
    line.play(0.0, 20, LOUD)
    line.final(0.0, 0.6)
    assert line.feed.heard_s() == pytest.approx(0.6)


def test_a_cough_is_not_waited_for_for_ever_but_words_under_way_are() -> None:
    line = Line()
    line.play(0.0, 1, LOUD)
    line.play(FRAME_S, 1100)
    assert line.feed.heard_s() > 69
    line = Line()
    line.play(0.0, 1, LOUD)
    line.stream.results.append(Result("r", 0.0, 0.05, "저", True))
    line.feed.take()
    line.play(FRAME_S, 1100)
    assert line.feed.heard_s() == 0.0


def test_a_stream_that_breaks_is_opened_again_and_gets_all_that_is_not_final() -> None:
    line = Line()
    line.play(0.0, 10, LOUD)
    line.final(0.0, 0.64)
    line.play(0.64, 5, LOUD)
    line.stream.problem = EngineError("reset", engine="transcribe", retryable=True)
    assert line.feed.take() == []
    assert line.streams[0].is_aborted
    assert bytes(line.stream.sent) == LOUD * 5
    assert line.final(0.0, 0.32)[0].start_s == pytest.approx(0.64)


def test_a_stream_that_breaks_again_and_again_is_given_up_and_a_refusal_at_once() -> None:
    line = Line()
    line.play(0.0, 1, LOUD)
    for _ in range(REOPENINGS):
        line.stream.problem = EngineError("reset", engine="transcribe", retryable=True)
        line.feed.take()
    line.stream.problem = EngineError("reset", engine="transcribe", retryable=True)
    with pytest.raises(EngineError):
        line.feed.take()
    other = Line()
    other.stream.problem = EngineError("no", engine="transcribe", retryable=False)
    with pytest.raises(EngineError):
        other.feed.take()


def test_a_service_that_is_busy_at_first_is_tried_again() -> None:
    line = Line(refusals=REOPENINGS)
    line.play(0.0, 2, LOUD)
    assert bytes(line.stream.sent) == LOUD * 2
    assert line.clock.now() == pytest.approx(15.5)
    with pytest.raises(EngineError, match="too many streams"):
        Line(refusals=REOPENINGS + 1)


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=40))
@settings(max_examples=100, deadline=None)
def test_any_mixture_of_gaps_sounds_and_waits_keeps_every_loud_sample_and_its_time(
    steps: list[tuple[int, bool]],
) -> None:
    line = Line()
    at = 0
    loud_at: list[float] = []
    for gap, is_sound in steps:
        at += gap
        line.clock.sleep(gap * FRAME_S)
        line.feed.keep_alive()
        line.feed.frame(at * FRAME_S, LOUD if is_sound else QUIET)
        if is_sound:
            loud_at.append(at * FRAME_S)
        at += 1
    sent = bytes(line.stream.sent)
    places = [place for place in range(0, len(sent), 2) if is_loud(sent[place : place + 2])]
    starts = places[::512]
    assert len(places) == 512 * len(loud_at)
    for start, expected in zip(starts, loud_at, strict=True):
        sent_s = start / BYTES_PER_S
        assert line.final(sent_s, sent_s)[0].start_s == pytest.approx(expected, abs=0.03)
