"""Fragments and frames out of streams that cannot be sought in."""

import numpy as np
import pytest

from tests.fakes.kinesis import CONTACT, FIRST_NUMBER, START_MS, Trickle, document, fragment, fragments, tags
from voicebot.errors import InputError
from voicebot.transcribe.fragments import read_fragments
from voicebot.transcribe.sound import RATE_HZ
from voicebot.transcribe.tracks import frames_of

pytestmark = pytest.mark.unit


def ramp(seconds: float, first: int = 1) -> np.ndarray:
    return ((np.arange(round(seconds * RATE_HZ)) + first) % 20000).astype(np.int16)


def heard(stream: Trickle, track: str) -> bytes:
    frames = [frame for part in read_fragments(stream) for frame in frames_of(part)]
    return b"".join(frame.pcm for frame in frames if frame.track == track)


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_both_sides_come_out_sample_by_sample_however_the_network_cuts_them(size: int) -> None:
    customer, bot = ramp(3.1), ramp(3.1, 7000)
    stream = [part for _, part in fragments(customer, bot)]
    assert heard(Trickle(stream, size), "customer") == customer.tobytes()
    assert heard(Trickle(stream, size), "bot") == bot.tobytes()


def test_a_fragment_has_its_number_its_contact_and_its_time() -> None:
    made = fragments(ramp(2.0), ramp(2.0))
    first, second = read_fragments(Trickle([part for _, part in made]))
    assert (first.number, first.contact_id) == (str(FIRST_NUMBER), CONTACT)
    assert second.number == str(FIRST_NUMBER + 1)
    assert frames_of(first)[0].start_ms == START_MS
    assert frames_of(second)[0].start_ms == START_MS + 1024
    assert frames_of(first)[0].end_ms == START_MS + 64


def test_a_fragment_is_there_before_the_next_one_begins() -> None:
    made = fragments(ramp(2.0), ramp(2.0))

    def parts():  # type: ignore[no-untyped-def]
        yield made[0][1]
        raise AssertionError("the next fragment was asked for")

    assert next(iter(read_fragments(Trickle(parts())))).number == str(FIRST_NUMBER)


def test_samples_that_look_like_an_ebml_head_are_samples() -> None:
    customer = ramp(1.0)
    customer[100:102] = np.frombuffer(b"\x1a\x45\xdf\xa3", dtype="<i2")
    customer[300:302] = np.frombuffer(b"\x1f\x43\xb6\x75", dtype="<i2")
    stream = Trickle([part for _, part in fragments(customer, ramp(1.0))])
    assert heard(stream, "customer") == customer.tobytes()


@pytest.mark.parametrize("codec", ["A_AAC", "A_PCM/INT/LIT"])
def test_the_samples_are_raw_whatever_the_codec_is_called(codec: str) -> None:
    sides = {"AUDIO_FROM_CUSTOMER": ramp(1.0)}
    assert heard(Trickle([fragment(sides, 1, START_MS, codec=codec)]), "customer") == ramp(1.0).tobytes()


def test_the_older_single_track_is_the_customers_and_others_are_nobodys() -> None:
    sides = {"Track_audio/L16": ramp(0.5), "music": ramp(0.5, 9)}
    frames = [frame for part in read_fragments(Trickle([document(sides, 0)])) for frame in frames_of(part)]
    assert {frame.track for frame in frames} == {"customer"}


def test_a_file_of_many_clusters_is_cut_at_them() -> None:
    customer = ramp(12.0)
    media = document({"AUDIO_FROM_CUSTOMER": customer}, 0, "A_PCM/INT/LIT")
    parts = list(read_fragments(Trickle([media])))
    assert len(parts) > 1
    assert b"".join(frame.pcm for part in parts for frame in frames_of(part)) == customer.tobytes()
    assert {part.number for part in parts} == {""}


@pytest.mark.parametrize("junk", [b"hello, this is not media at all", b"\x00" * 50, b"\x1f\x43\xb6\x75\x81\x00"])
def test_what_is_no_media_is_refused(junk: bytes) -> None:
    with pytest.raises(InputError):
        list(read_fragments(Trickle([junk])))


def test_a_stream_that_breaks_off_gives_what_was_whole_before() -> None:
    made = b"".join(part for _, part in fragments(ramp(3.0), ramp(3.0)))
    parts = read_fragments(Trickle([made[: len(made) - 20000]]))
    found = [next(parts).number for _ in range(2)]
    with pytest.raises(InputError, match="in the middle"):
        next(parts)
    assert found == [str(FIRST_NUMBER), str(FIRST_NUMBER + 1)]


def test_an_error_of_kinesis_is_said_and_a_huge_element_is_refused() -> None:
    with pytest.raises(InputError, match="error 4001"):
        list(
            read_fragments(
                Trickle(
                    [document({"AUDIO_FROM_CUSTOMER": ramp(0.1)}, 0), tags({"AWS_KINESISVIDEO_ERROR_CODE": "4001"})]
                )
            )
        )
    huge = b"\x1a\x45\xdf\xa3\x80" + b"\x1f\x43\xb6\x75" + (0x01 << 56 | 10**12).to_bytes(8, "big")
    with pytest.raises(InputError, match="larger than any"):
        list(read_fragments(Trickle([huge])))
