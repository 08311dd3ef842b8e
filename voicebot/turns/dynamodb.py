"""Jobs in DynamoDB."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from voicebot.aws.dynamodb_items import Item, decode, encode, encode_all, encode_fields, text
from voicebot.aws.dynamodb_setup import IndexSpec, TableSpec
from voicebot.aws.dynamodb_table import DynamoTable
from voicebot.aws.refusals import ConditionError
from voicebot.aws.session import AwsService
from voicebot.turns.protocol import BookingRequest, Job, JobClip, JobState

KEEP_S = 24 * 3600.0
"""How long after its start DynamoDB keeps a job."""

_BY_CONTACT = "by_contact"
_NOT_LISTED = ("id", "contact_id", "turn", "clips", "fillers_before")
_LISTED = tuple(name for name in Job.__dataclass_fields__ if name not in _NOT_LISTED)


def jobs_table(name: str) -> TableSpec:
    """Return what `DynamoJobs` needs."""
    index = IndexSpec(_BY_CONTACT, "contact_id", "turn", "N", _LISTED)
    return TableSpec(name, "id", (index,), ttl="expires_at_s", is_recoverable=False)


class DynamoJobs:
    """`JobStore` in a DynamoDB table: an item a job, with its clips in it, so that a look at a job is one read.

    DynamoDB itself removes old jobs. `purge` and `text_of` read the whole table: they are for development and for a
    call that is run on this machine, not for the way of a caller's turn.

    Args:
        service: DynamoDB.
        table: The table's name.
        keep_s: How long after its start a job is kept.
    """

    def __init__(self, service: AwsService, table: str, keep_s: float = KEEP_S) -> None:
        self._table = DynamoTable(service, table, "id")
        self._keep_s = keep_s

    def create(self, job: Job) -> bool:
        """Store a new job with its clips; return False and change nothing when its id is there already."""
        clips = {str(index): _clip_item(clip) for index, clip in enumerate(job.clips)}
        more = {"clips": {"M": clips}, "expires_at_s": encode(int(job.created_at_s + self._keep_s))}
        return self._table.insert(encode_fields(job, "clips") | more)

    def get(self, job_id: str) -> Job | None:
        """Return a job with its clips."""
        item = self._table.get(job_id)
        return replace(_job(item), clips=tuple(_clips(item))) if item else None

    def append(self, job_id: str, index: int, clip: JobClip) -> None:
        """Add the clip that is played at `index`; a repeat of the same index changes nothing."""
        with suppress(ConditionError):  # the job has been purged, or has the clip
            self._table.update(
                job_id,
                ["#clips.#index = :clip"],
                {},
                encoded={"clip": _clip_item(clip)},
                condition="attribute_exists(#id) AND attribute_not_exists(#clips.#index)",
                names={"index": str(index)},
            )

    def finish(self, job_id: str, state: JobState, finished_at_s: float, replied: str) -> None:
        """Say that no more clips will come."""
        with suppress(ConditionError):  # it has been said before
            self._table.update(
                job_id,
                ["#state = :state", "#finished_at_s = :at_s", *(["#replied = :replied"] if replied else [])],
                {
                    "state": state,
                    "at_s": finished_at_s,
                    "working": "working",
                    **({"replied": replied} if replied else {}),
                },
                remove=() if replied else ("replied",),
                condition="#state = :working",
            )

    def count_filler(self, job_id: str) -> None:
        """Count one more filler that covers the wait."""
        with suppress(ConditionError):  # the job has been purged
            self._table.update(
                job_id,
                ["#fillers_played = #fillers_played + :one"],
                {"one": 1},
                condition="attribute_exists(#id)",
            )

    def of_contact(self, contact_id: str) -> list[Job]:
        """Return a call's jobs, as `JobStore.of_contact` says; the newest may follow within moments."""
        return [_job(item) for item in self._table.query(_BY_CONTACT, ("contact_id", contact_id))]

    def text_of(self, clip_key: str) -> str:
        """Return what is said in a clip of any job, or an empty string."""
        items = self._table.scan(["clips"])
        return next((clip.text for item in items for clip in _clips(item) if clip.key == clip_key), "")

    def purge(self, before_s: float) -> int:
        """Remove jobs that were made before `before_s`; return how many."""
        old = list(self._table.scan(["id"], "#created_at_s < :before", {"before": before_s}))
        return sum(self._table.delete(text(item, "id")) for item in old)


def bookings_table(name: str) -> TableSpec:
    """Return what `DynamoBookings` needs."""
    return TableSpec(name, "id", ())


class DynamoBookings:
    """`BookingRequests` in a DynamoDB table.

    Args:
        service: DynamoDB.
        table: The table's name.
    """

    def __init__(self, service: AwsService, table: str) -> None:
        self._table = DynamoTable(service, table, "id")

    def add(self, booking: BookingRequest) -> None:
        """Keep a request; the same request of the same call is kept once."""
        key = hashlib.sha256(f"{booking.contact_id}|{booking.request}".encode()).hexdigest()
        self._table.insert(encode_fields(booking) | {"id": encode(key)})

    def scan(self) -> Iterator[BookingRequest]:
        """Yield the requests, oldest first."""
        names = list(BookingRequest.__dataclass_fields__)
        found = [decode(BookingRequest, item) for item in self._table.scan(names)]
        yield from sorted(found, key=lambda booking: (booking.requested_at_s, booking.request))


def _job(item: Item) -> Job:
    return decode(Job, item, clips=())


def _clip_item(clip: JobClip) -> dict[str, Item]:
    return {"M": encode_all(vars(clip))}


def _clips(item: Item) -> Iterator[JobClip]:
    clips: dict[str, dict[str, Item]] = item.get("clips", {}).get("M", {})
    for index in sorted(clips, key=int):
        yield decode(JobClip, clips[index]["M"])
