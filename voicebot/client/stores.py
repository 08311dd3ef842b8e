"""Where things are kept: SQLite and files here, DynamoDB and S3 with backend aws."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from voicebot.client.base import Base

if TYPE_CHECKING:
    from voicebot.aws.setup import SetupStep
    from voicebot.cache.counters import CounterStore
    from voicebot.cache.protocol import AnswerStore, BlobStore, Inbox
    from voicebot.cache.vectors import S3Vectors
    from voicebot.call.guard.optouts import OptOutList
    from voicebot.call.records import RecordStore
    from voicebot.database import Database
    from voicebot.transcribe.protocol import TranscriptStore
    from voicebot.turns.protocol import BookingRequests, JobStore


class Stores(Base):
    """The stores."""

    @cached_property
    def database(self) -> Database:
        """The local backend's database."""
        from voicebot.database import Database

        return Database(self.settings.data_dir / "voicebot.db")

    @cached_property
    def answers(self) -> AnswerStore:
        """Approved answers."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.cache.stores.dynamodb import DynamoAnswers

            return DynamoAnswers(service, self.settings.cache.answers_table)
        from voicebot.cache.stores.sqlite import SqliteAnswers

        return SqliteAnswers(self.database)

    @cached_property
    def inbox(self) -> Inbox:
        """Misses that wait for approval."""
        cache = self.settings.cache
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.cache.stores.dynamodb_inbox import DynamoInbox

            return DynamoInbox(service, cache.inbox_table, self.clock, cache.max_attempts)
        from voicebot.cache.stores.sqlite_inbox import SqliteInbox

        return SqliteInbox(self.database, self.clock, cache.max_attempts)

    @cached_property
    def blobs(self) -> BlobStore:
        """Clips and other artefacts."""
        if self.is_on_aws:
            service = self.aws.service("s3")
            from voicebot.cache.stores.s3 import S3Blobs

            return S3Blobs(service, self._bucket(), self.settings.aws.kms_key_id)
        from voicebot.cache.stores.files import FileBlobs

        return FileBlobs(self.settings.data_dir / "blobs")

    @cached_property
    def jobs(self) -> JobStore:
        """Turns under way."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.turns.dynamodb import DynamoJobs

            return DynamoJobs(service, self.settings.aws.jobs_table)
        from voicebot.turns.sqlite import SqliteJobs

        return SqliteJobs(self.database)

    @cached_property
    def bookings(self) -> BookingRequests:
        """Bookings that wait for a person."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.turns.dynamodb import DynamoBookings

            return DynamoBookings(service, self.settings.aws.bookings_table)
        from voicebot.turns.sqlite import SqliteBookings

        return SqliteBookings(self.database)

    @cached_property
    def opt_outs(self) -> OptOutList:
        """Who must not be called."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.call.guard.optouts_dynamodb import DynamoOptOuts

            return DynamoOptOuts(service, self.settings.aws.opt_outs_table, self.clock)
        from voicebot.call.guard.optouts import SqliteOptOuts

        return SqliteOptOuts(self.database, self.clock)

    @cached_property
    def counters(self) -> CounterStore:
        """How often callers were answered."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.cache.stores.dynamodb_counters import DynamoCounters

            return DynamoCounters(service, self.settings.aws.counters_table)
        from voicebot.cache.stores.sqlite_counters import SqliteCounters

        return SqliteCounters(self.database)

    @cached_property
    def call_records(self) -> RecordStore:
        """What outbound calls keep: consents, the audit log, what became of calls."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.call.records_dynamodb import DynamoRecords

            return DynamoRecords(service, self.settings.aws.calls_table)
        from voicebot.call.records import SqliteRecords

        return SqliteRecords(self.database)

    @cached_property
    def transcripts(self) -> TranscriptStore:
        """What was said in calls."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.transcribe.dynamodb import DynamoTranscripts

            transcribe = self.settings.transcribe
            return DynamoTranscripts(service, transcribe.table, self.clock, transcribe.keep_days * 86_400)
        from voicebot.transcribe.sqlite import SqliteTranscripts

        return SqliteTranscripts(self.database)

    @cached_property
    def vectors(self) -> S3Vectors | None:
        """The vector store that indexes more answers than a function should hold."""
        name = self.settings.aws.vector_bucket
        if not (self.is_on_aws and name):
            return None
        from voicebot.cache.vectors import S3Vectors

        return S3Vectors(self.aws.service("s3vectors"), name)

    def set_up_stores(self, is_dry_run: bool = False) -> list[SetupStep]:
        """Make the tables and the bucket that are missing; return what was done, or would be done in a dry run."""
        dynamodb, s3 = self.aws.service("dynamodb"), self.aws.service("s3")
        from voicebot.aws.dynamodb_setup import setup_tables
        from voicebot.cache.stores.dynamodb import answers_table
        from voicebot.cache.stores.dynamodb_counters import counters_table
        from voicebot.cache.stores.dynamodb_inbox import inbox_table
        from voicebot.cache.stores.s3 import setup_bucket
        from voicebot.call.guard.optouts_dynamodb import opt_outs_table
        from voicebot.call.records_dynamodb import calls_table
        from voicebot.transcribe.dynamodb import transcripts_table
        from voicebot.turns.dynamodb import bookings_table, jobs_table

        cache, aws = self.settings.cache, self.settings.aws
        tables = [
            answers_table(cache.answers_table),
            inbox_table(cache.inbox_table),
            jobs_table(aws.jobs_table),
            opt_outs_table(aws.opt_outs_table),
            bookings_table(aws.bookings_table),
            counters_table(aws.counters_table),
            calls_table(aws.calls_table),
            transcripts_table(self.settings.transcribe.table),
        ]
        done = setup_tables(dynamodb, tables, is_dry_run)
        instance = aws.connect_instance_id
        arn = self.aws.connect_instance_arn(instance, aws.connect_region) if instance else None
        done += setup_bucket(s3, self._bucket(), aws.kms_key_id, arn, is_dry_run)
        return done + ([self.vectors.set_up(is_dry_run)] if self.vectors else [])
