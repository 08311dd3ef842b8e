"""The one composition root: builds each service from the settings when it is first asked for.

Imports stand inside the properties because a process pays only for what it uses: a handler that plays clips never
loads an engine, and a command that reads a table never loads audio.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.chat.protocol import Turn
from voicebot.clock import Clock, SystemClock, VirtualClock
from voicebot.errors import ConfigError, InputError, NotFoundError
from voicebot.resources import DATA_DIR, bundled

if TYPE_CHECKING:
    from voicebot.cache.answer_voice import AnswerVoice
    from voicebot.cache.approval import Approval
    from voicebot.cache.approve import Approve
    from voicebot.cache.aws import AwsService, AwsSession, SetupStep
    from voicebot.cache.counters import CounterStore, LookupMeter
    from voicebot.cache.coverage import Coverage
    from voicebot.cache.database import Database
    from voicebot.cache.index import AnswerIndex
    from voicebot.cache.loading import Loader, Target
    from voicebot.cache.lookup import Lookup
    from voicebot.cache.orphans import Orphans
    from voicebot.cache.protocol import AnswerStore, BlobStore, Inbox
    from voicebot.cache.publish import AnswerPublisher
    from voicebot.cache.purge import Purge
    from voicebot.cache.remote import RemoteApproval, RemoteWorker
    from voicebot.cache.review import Review
    from voicebot.cache.rules import Rule
    from voicebot.cache.stale import Staleness
    from voicebot.cache.stats import StatsService
    from voicebot.cache.vectors import S3Vectors
    from voicebot.call.audit import AuditLog
    from voicebot.call.campaign import Campaign
    from voicebot.call.connect import ConnectDialer
    from voicebot.call.consents import Consents
    from voicebot.call.contact_events import ContactEvents
    from voicebot.call.contact_file import ContactRow
    from voicebot.call.duties import Duties
    from voicebot.call.functions import LocalFunctions
    from voicebot.call.hours import SeoulTime
    from voicebot.call.intro import IntroWriter
    from voicebot.call.journal import Entry
    from voicebot.call.log import CallLog
    from voicebot.call.numbers import Persons
    from voicebot.call.optouts import OptOutList
    from voicebot.call.records import RecordStore
    from voicebot.call.service import CallRequest, CallService
    from voicebot.call.simulate import SimulatedCall
    from voicebot.chat.chajipsa import Chajipsa
    from voicebot.chat.facts import Facts
    from voicebot.chat.protocol import ChatEngine
    from voicebot.chat.responses import Response
    from voicebot.deploy.backup import Account
    from voicebot.deploy.deployment import Deployment
    from voicebot.deploy.doctor.finding import Finding as DoctorFinding
    from voicebot.fillers.catalogue import FillerText
    from voicebot.fillers.shelf import FillerShelf
    from voicebot.flow.connect import ConnectFlows
    from voicebot.flow.contact import ContactStart
    from voicebot.flow.ports import Caller, Observer
    from voicebot.flow.result import CallResult
    from voicebot.flow.scenario import Scenario
    from voicebot.flow.world import World
    from voicebot.lex.build import Built
    from voicebot.lex.definition import BotDefinition
    from voicebot.lex.findings import Finding
    from voicebot.lex.models import LexModels
    from voicebot.lex.publish import Published, Publisher
    from voicebot.lex.pull import Pulled
    from voicebot.lex.recogniser import Heard
    from voicebot.nlu.matcher import Matcher
    from voicebot.nlu.model import Model
    from voicebot.settings.tree import Settings
    from voicebot.test.assembly import Over
    from voicebot.test.suite import ScenarioTarget
    from voicebot.transcribe.protocol import Relay, Segment, StreamRecogniser, TranscriptStore
    from voicebot.transcribe.service import Transcriber
    from voicebot.tts.prompts import PromptSpeaker
    from voicebot.tts.server.jobs import SpeechJobs
    from voicebot.tts.server.service import SpeechService
    from voicebot.tts.speaker import Speaker
    from voicebot.tts.wrappers.breaker import BreakerTts
    from voicebot.tts.wrappers.converted import ConvertedTts
    from voicebot.tts.wrappers.metered import Meter
    from voicebot.turns.batch import Playback
    from voicebot.turns.protocol import BookingRequests, JobStore, WorkerInvoker
    from voicebot.turns.service import TurnService
    from voicebot.turns.worker import Worker

_HOSTED = "hosted openvoice"
"""Among the links; the engine of that name without "hosted" is the client of another server."""


class Voicebot:
    """Everything voicebot can do, on one backend.

    Args:
        settings: What is configured.
        handlers: The Lambda handlers' module names by function name; the local backend calls them as Lambda would.
        clock: The time that services see.
    """

    def __init__(
        self, settings: Settings, handlers: Mapping[str, str] | None = None, clock: Clock | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._handlers = dict(handlers or {})
        self._links: dict[str, BreakerTts] = {}
        self._linking = threading.RLock()  # one link may stand on another

    def at(self, clock: Clock) -> Voicebot:
        """Return the same on another clock; what knows no time and costs much to load is shared."""
        other = Voicebot(self.settings, self._handlers, clock)
        for name in ("aws", "model", "facts", "responses", "questions", "pronunciations"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def prewarm(self) -> None:
        """Load what a caller's first turn would otherwise wait for: understanding, the index, the live voice.

        An engine that is out of reach keeps no call from beginning; it is missed when it is needed.
        """
        self.prewarm_turns()
        self.warm_up_speech()

    def prewarm_turns(self) -> None:
        """Load what understands a turn and finds its answer, and open the connection of the store that it starts with."""
        self.chajipsa.understand(Turn("안녕하세요"))
        self.answer_index.find("안녕하세요")
        self.turns.prewarm()

    def warm_up_speech(self) -> bool:
        """Have the live voice say one word, past the speech cache; return whether it did."""
        from voicebot.tts.prompts import warm_up

        tts = self.settings.tts
        return warm_up(self.speaker(tts.live_engine, use_cache=False, fallback=tts.fallback))

    @cached_property
    def keyed_settings(self) -> Settings:
        """The settings with the secrets that AWS Secrets Manager keeps for them."""
        name = self.settings.keys.secret
        if not name:
            return self.settings
        service = self.aws.service("secretsmanager")
        from voicebot.cache.aws_secrets import fetch_secret
        from voicebot.settings.secrets import parse_secrets, with_secrets

        return with_secrets(self.settings, parse_secrets(fetch_secret(service, name), name))

    # Stores

    @cached_property
    def database(self) -> Database:
        """The local backend's database."""
        from voicebot.cache.database import Database

        return Database(self.settings.data_dir / "voicebot.db")

    @cached_property
    def is_on_aws(self) -> bool:
        """True when the stores are Amazon's."""
        return self.settings.backend == "aws"

    @cached_property
    def aws(self) -> AwsSession:
        """Amazon Web Services."""
        return self.aws_in(self.settings.aws.region)

    def aws_in(self, region: str, read_timeout_s: float | None = None, budget_s: float | None = None) -> AwsSession:
        """Return Amazon Web Services in a region, with the settings' time limits unless others are given."""
        try:
            from voicebot.cache.aws import AwsSession
        except ModuleNotFoundError as exc:
            raise ConfigError("backend aws needs boto3", hint="pip install 'voicebot[aws]'") from exc
        aws = self.settings.aws
        return AwsSession(
            region,
            aws.endpoint_url,
            connect_timeout_s=aws.connect_timeout_s,
            read_timeout_s=read_timeout_s or aws.read_timeout_s,
            budget_s=aws.retry_budget_s if budget_s is None else budget_s,
        )

    @property
    def deployment(self) -> Deployment:
        """The stack on AWS."""
        session = self.patient_aws
        from voicebot.deploy.deployment import Deployment

        return Deployment(session, self.settings, self.bot)

    @property
    def account(self) -> Account:
        """What is backed up.

        Raises:
            ConfigError: No Connect instance is configured.
        """
        flows, session = self.connect_flows(), self.patient_aws
        from voicebot.deploy.backup import Account
        from voicebot.deploy.template import functions_of, load_template

        names = tuple(f"{self.settings.deploy.stack}-{one.name}" for one in functions_of(load_template()))
        return Account(flows, self.lex_models, session.service("iam"), self.bot.name, names, session.service("lambda"))

    def examine(self, with_aws: bool = False) -> Iterator[DoctorFinding]:
        """Look at everything that voicebot needs, and yield what is found; at AWS too when it is the backend."""
        try:
            from voicebot.deploy.doctor.examination import Patient, findings
        except ModuleNotFoundError as exc:
            raise ConfigError("doctor needs boto3", hint="pip install 'voicebot[aws]'") from exc
        patient = Patient(
            settings=self.settings,
            now=self.clock.now,
            database=lambda: self.database,
            answers=lambda: self.answers,
            answer_index=lambda: self.answer_index,
            shelf=lambda: self.shelf,
            model=lambda: self.model,
            bot=lambda: self.bot,
            keyed_settings=lambda: self.keyed_settings,
            embedded_voice=lambda: self.prompts("local"),
            engine_health=lambda name: self.speaker(name, use_cache=False).health(),
            stack=lambda: self.deployment.stack,
            aws_in=lambda region, wait_s: self.aws_in(region, wait_s, wait_s),
        )
        return findings(patient, with_aws)

    @cached_property
    def patient_aws(self) -> AwsSession:
        """Amazon Web Services for work that nobody waits for on a telephone."""
        return self.aws_in(self.settings.aws.region, read_timeout_s=60.0, budget_s=60.0)

    def set_up_stores(self, is_dry_run: bool = False) -> list[SetupStep]:
        """Make the tables and the bucket that are missing; return what was done, or would be done in a dry run."""
        dynamodb, s3 = self.aws.service("dynamodb"), self.aws.service("s3")
        from voicebot.cache.dynamodb import answers_table
        from voicebot.cache.dynamodb_counters import counters_table
        from voicebot.cache.dynamodb_inbox import inbox_table
        from voicebot.cache.dynamodb_setup import setup_tables
        from voicebot.cache.s3 import setup_bucket
        from voicebot.call.optouts_dynamodb import opt_outs_table
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

    def _bucket(self) -> str:
        return self.settings.aws.bucket or self.aws.default_bucket()

    @cached_property
    def answers(self) -> AnswerStore:
        """Approved answers."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.cache.dynamodb import DynamoAnswers

            return DynamoAnswers(service, self.settings.cache.answers_table)
        from voicebot.cache.sqlite import SqliteAnswers

        return SqliteAnswers(self.database)

    @cached_property
    def inbox(self) -> Inbox:
        """Misses that wait for approval."""
        cache = self.settings.cache
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.cache.dynamodb_inbox import DynamoInbox

            return DynamoInbox(service, cache.inbox_table, self.clock, cache.max_attempts)
        from voicebot.cache.sqlite_inbox import SqliteInbox

        return SqliteInbox(self.database, self.clock, self.settings.cache.max_attempts)

    @cached_property
    def blobs(self) -> BlobStore:
        """Clips and other artefacts."""
        if self.is_on_aws:
            service = self.aws.service("s3")
            from voicebot.cache.s3 import S3Blobs

            return S3Blobs(service, self._bucket(), self.settings.aws.kms_key_id)
        from voicebot.cache.files import FileBlobs

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
            from voicebot.call.optouts_dynamodb import DynamoOptOuts

            return DynamoOptOuts(service, self.settings.aws.opt_outs_table, self.clock)
        from voicebot.call.optouts import SqliteOptOuts

        return SqliteOptOuts(self.database, self.clock)

    # Speech

    @cached_property
    def pronunciations(self) -> Mapping[str, str]:
        """How words of the user's own are read."""
        from voicebot.korean.dictionary import load_pronunciations

        path = self.settings.tts.pronunciations
        return load_pronunciations(path or DATA_DIR / "pronunciations.yaml")

    def speaker(self, engine: str | None = None, *, use_cache: bool = True, fallback: Sequence[str] = ()) -> Speaker:
        """Return a speaker over an engine and the ones to go on with when it fails."""
        from voicebot.tts.stack import chain_names

        names = chain_names(engine or self.settings.tts.engine, fallback)
        return self._speaker({name: self._link(name) for name in names}, use_cache)

    def _speaker(self, links: Mapping[str, BreakerTts], use_cache: bool) -> Speaker:
        from voicebot.tts.speaker import Speaker
        from voicebot.tts.stack import build_stack

        cache = self.settings.data_dir / "speech" if use_cache else None
        return Speaker(build_stack(links, self.settings.tts, self.pronunciations, cache))

    @cached_property
    def hosted_openvoice(self) -> ConvertedTts:
        """OpenVoice V2 on this machine, in processes of its own."""
        from voicebot.tts.converter.assembly import build_hosted

        server = self.settings.speech_server
        return build_hosted(self._link(server.base_engine), server, self.settings.tts.openvoice_target_embedding)

    @cached_property
    def speech_service(self) -> SpeechService:
        """Speech for other programs."""
        from voicebot.tts.registry import ENGINES
        from voicebot.tts.server.service import OPENVOICE, SpeechService

        server, tts = self.settings.speech_server, self.settings.tts

        def speaker(engine: str, use_cache: bool) -> Speaker:
            return self._speaker({engine: self._link(_HOSTED if engine == OPENVOICE else engine)}, use_cache)

        own = server.engine or (OPENVOICE if server.checkpoints else tts.live_engine)
        if own not in ENGINES:
            raise ConfigError(f"speech_server.engine: there is no engine {own!r}", hint=f"one of {', '.join(ENGINES)}")
        return SpeechService(speaker, [own, *ENGINES], {OPENVOICE: tts.openvoice_speed})

    @cached_property
    def speech_jobs(self) -> SpeechJobs:
        """Orders of other programs that are answered clip by clip."""
        from voicebot.tts.server.jobs import SpeechJobs

        tts, server = self.settings.tts, self.settings.speech_server
        limits = tts.first_chunk_max_chars, tts.chunk_max_chars
        return SpeechJobs(self.speech_service, *limits, server.keep_jobs_s, server.max_jobs, self.clock)

    @cached_property
    def meter(self) -> Meter:
        """What speech has taken and cost since the start, by engine."""
        from voicebot.tts.wrappers.metered import Meter

        return Meter()

    def _link(self, name: str) -> BreakerTts:
        """Return an engine with its queue and its breaker, which all speakers share."""
        with self._linking:
            if name not in self._links:
                self._links[name] = self._hosted_link() if name == _HOSTED else self._built_link(name)
            return self._links[name]

    def _built_link(self, name: str) -> BreakerTts:
        from voicebot.tts.registry import NEEDS, build_engine
        from voicebot.tts.stack import build_link

        tts = self.settings.tts
        needs = {key: attrgetter(path)(self.keyed_settings) for key, path in NEEDS.get(name, {}).items()}
        engine = build_engine(name, getattr(tts, name, None), **needs)
        return build_link(name, engine, tts, self.clock, self.meter)

    def _hosted_link(self) -> BreakerTts:
        from voicebot.tts.converter.assembly import build_hosted_link

        server = self.settings.speech_server
        return build_hosted_link(self.hosted_openvoice, self.settings.tts, server, self.clock, self.meter)

    def prompts(self, engine: str | None = None, voice: str = "", fallback: Sequence[str] = ()) -> PromptSpeaker:
        """Return what makes telephone prompts with an engine; the approved answers' one when none is named."""
        from voicebot.tts.prompts import PromptSpeaker

        return PromptSpeaker(self.speaker(engine, fallback=fallback), voice, self.settings.tts.speed)

    @cached_property
    def caller_prompts(self) -> PromptSpeaker:
        """The voice of a caller who only types."""
        from voicebot.tts.prompts import PromptSpeaker

        return PromptSpeaker(self.speaker("local"), self.settings.tts.local.caller_voice, pause_s=0.0)

    @cached_property
    def live_prompts(self) -> PromptSpeaker:
        """The voice that answers misses."""
        return self.prompts(self.settings.tts.live_engine, fallback=self.settings.tts.fallback)

    # Chat

    @cached_property
    def facts(self) -> Facts:
        """What written answers leave open."""
        from voicebot.chat.facts import Facts

        return Facts.load(self.settings.chat.facts or DATA_DIR / "facts.yaml")

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """The written answers."""
        from voicebot.chat.responses import load_responses

        return load_responses(self.settings.chat.response_bank or DATA_DIR / "response_bank.csv")

    @cached_property
    def questions(self) -> Matcher:
        """Finds the written answer that a question asks for."""
        from voicebot.chat.learned import question_matcher

        return question_matcher(self.model, self.responses, self.settings.data_dir / "index")

    @cached_property
    def chajipsa(self) -> Chajipsa:
        """The engine of written answers."""
        from voicebot.chat.chajipsa import Chajipsa
        from voicebot.chat.learned import LearnedUnderstander

        return Chajipsa(
            self.responses,
            self.facts,
            understander=LearnedUnderstander(self.model, self.questions, self.responses),
            clock=self.clock,
            max_misunderstandings=self.settings.turns.max_misunderstandings,
        )

    def chat_engine(self, name: str | None = None) -> ChatEngine:
        """Return a chat engine by name; the configured one when none is named."""
        if (name or self.settings.chat.engine) != "gpt":
            return self.chajipsa
        from voicebot.chat.gpt import GptChat
        from voicebot.chat.references import WrittenReferences

        key = self.keyed_settings.keys.openai
        references = WrittenReferences(self.responses, self.facts)
        secret = key.get_secret_value() if key else None
        return GptChat(self.settings.chat.gpt, secret, self.settings.company, references.find)

    def answered(self, text: str, engine: str | None = None) -> str:
        """Return what a chat engine answers to a text that nothing went before."""
        from voicebot.chat.session import Conversation

        return Conversation(self.chat_engine(engine)).answer(text).text

    @cached_property
    def chat(self) -> ChatEngine:
        """The engine that answers misses."""
        return self.chat_engine()

    # The approved-answer cache

    @cached_property
    def lookup(self) -> Lookup:
        """Finds approved answers."""
        from voicebot.cache.lookup import Lookup

        return Lookup(self.answers, self.answer_index, self.settings.cache.normalize)

    @cached_property
    def answer_index(self) -> AnswerIndex:
        """Finds paraphrases of approved questions."""
        from voicebot.cache.index import AnswerIndex, IndexOptions

        cache = self.settings.cache
        options = IndexOptions(
            self.settings.data_dir / "index" / "answers",
            cache.match_threshold,
            cache.index_look_s,
            self.vectors,
            cache.vectors_above_lines,
        )
        return AnswerIndex(self.answers, self.blobs, lambda: self.model, self.clock, options)

    @cached_property
    def vectors(self) -> S3Vectors | None:
        """The vector store that indexes more answers than a function should hold."""
        name = self.settings.aws.vector_bucket
        if not (self.is_on_aws and name):
            return None
        from voicebot.cache.vectors import S3Vectors

        return S3Vectors(self.aws.service("s3vectors"), name)

    @cached_property
    def loader(self) -> Loader:
        """Reads files of questions and answers."""
        from voicebot.cache.loading import Bulk, Loader

        bulk = Bulk(workers=16) if self.is_on_aws else Bulk(self.database.writing)
        return Loader(self.settings.cache.normalize, self.facts, bulk, self.settings.data_dir / "loads")

    @cached_property
    def seed_target(self) -> Target:
        """Takes questions that approval makes answers."""
        from voicebot.cache.seed import SeedTarget

        return SeedTarget(self.answers, self.inbox)

    def import_target(self, clips: Path | None = None, keeps_existing: bool = False) -> Target:
        """Return what takes approved answers; clips that the store lacks come from a folder."""
        from voicebot.cache.transfer import ClipFolder, ImportTarget

        folder = ClipFolder(clips, self.blobs) if clips else None
        return ImportTarget(self.answers, self.inbox, self.blobs, self.facts, self.clock, folder, keeps_existing)

    @cached_property
    def counters(self) -> CounterStore:
        """How often callers were answered."""
        if self.is_on_aws:
            service = self.aws.service("dynamodb")
            from voicebot.cache.dynamodb_counters import DynamoCounters

            return DynamoCounters(service, self.settings.aws.counters_table)
        from voicebot.cache.counters import SqliteCounters

        return SqliteCounters(self.database)

    @cached_property
    def lookup_meter(self) -> LookupMeter:
        """Counts lookups."""
        from voicebot.cache.counters import LookupMeter

        return LookupMeter(self.counters, self.clock, self.settings.cache.counter_flush_s if self.is_on_aws else 0.0)

    @cached_property
    def stats(self) -> StatsService:
        """The cache in figures."""
        from voicebot.cache.stats import StatsService

        return StatsService(self.answers, self.inbox, self.counters, self.clock)

    @property
    def live_price_per_1k_chars_usd(self) -> float | None:
        """What the engine that answers misses asks for 1,000 characters; None when that is not known."""
        try:
            return self.speaker(self.settings.tts.live_engine).info.price_per_1k_chars_usd
        except ConfigError:
            return None

    @cached_property
    def purge(self) -> Purge:
        """Removes approved answers."""
        from voicebot.cache.purge import Purge

        return Purge(self.answers, self.orphans)

    def answer_voice(self, engine: str | None = None) -> AnswerVoice:
        """Return the voice of approved answers; the configured engine's when none is named."""
        from voicebot.cache.answer_voice import AnswerVoice

        tts = self.settings.tts
        own = getattr(tts, engine or tts.engine, None)
        settings = {**(own.model_dump(mode="json") if own else {}), "speed": tts.speed}
        voice = str(settings.get("voice") or "")
        info = self.speaker(engine).info
        return AnswerVoice(self.prompts(engine), info, voice, settings, self.pronunciations)

    @cached_property
    def orphans(self) -> Orphans:
        """Finds clips that no answer names."""
        from voicebot.cache.orphans import Orphans

        cache = self.settings.cache
        return Orphans(self.blobs, self.answers, self.inbox, self.clock, cache.lease_s, cache.keep_replaced_s)

    def answer_publisher(self, voice: AnswerVoice, lease_s: float | None = None) -> AnswerPublisher:
        """Return what makes an inbox item the answer that callers hear."""
        from voicebot.cache.publish import AnswerPublisher

        lease_s = lease_s or self.settings.cache.lease_s
        return AnswerPublisher(
            self.inbox, self.answers, self.blobs, voice, self.facts, self.orphans, self.clock, lease_s
        )

    def approval(self, engine: str | None = None) -> Approval:
        """Return what turns inbox items into answers, spoken by `engine`."""
        from voicebot.cache.approval import Approval

        voice, lease_s = self.answer_voice(engine), self.settings.cache.lease_s
        return Approval(self.inbox, self.answer_publisher(voice), voice, self.orphans, self.clock, lease_s)

    def review(self, engine: str | None = None) -> Review:
        """Return what shows a person the items that wait, spoken by `engine`."""
        from voicebot.cache.review import Review

        publisher = self.answer_publisher(self.answer_voice(engine))
        return Review(self.inbox, publisher, self.blobs, self.facts, self.settings.cache.lease_s)

    def approval_rule(self, path: Path) -> Rule:
        """Return the rule of a file: what may be approved without a person."""
        from voicebot.cache.rules import Rule

        return Rule.load(path, {response.intent for response in self.responses})

    def staleness(self, engine: str | None = None) -> Staleness:
        """Return what finds answers that `engine` would speak differently now."""
        from voicebot.cache.stale import Staleness

        written = {response.id: response.answer for response in self.responses}
        voice = self.answer_voice(engine)
        return Staleness(self.answers, self.inbox, self.blobs, voice, self.facts, self.lookup.key, written)

    def approve(self, engine: str | None = None) -> Approve:
        """Return `cache approve`."""
        from voicebot.cache.approve import Approve

        return Approve(self.approval(engine), self.staleness(engine), self.answer_index)

    def remote_approval(self, engine: str | None = None, rule: Rule | None = None) -> RemoteApproval:
        """Return `cache approve --remote`.

        Raises:
            ConfigError: No state machine is set, or the backend is not aws.
        """
        from voicebot.cache.remote import RemoteApproval, RemoteOptions

        machine, cache = self.settings.aws.approve_state_machine, self.settings.cache
        if not (self.is_on_aws and machine):
            raise ConfigError(
                "no state machine approves items", hint="--backend aws, and set aws.approve_state_machine to its ARN"
            )
        service = self.aws.service("stepfunctions")
        from voicebot.cache.state_machine import StateMachine

        approval = self.approval(engine)
        options = RemoteOptions(self._bucket(), cache.remote_lease_s, cache.remote_concurrency, cache.remote_batch)
        return RemoteApproval(
            self.inbox,
            lambda item: approval.objection(item, rule),
            StateMachine(service, machine),
            self.blobs,
            self.clock,
            options,
        )

    @cached_property
    def remote_worker(self) -> RemoteWorker:
        """What a state machine calls."""
        from voicebot.cache.remote import RemoteWorker

        lease_s = self.settings.cache.remote_lease_s
        return RemoteWorker(self.inbox, lambda engine: self.answer_publisher(self.answer_voice(engine), lease_s))

    def coverage(self, cache_csv: Path | None = None, model: Path | None = None) -> Coverage:
        """Return what measures and tunes a cache: a file's lines, or the approved answers.

        Args:
            cache_csv: A CSV ``id,utterance[,answer]``.
            model: A model's folder; the one that comes with voicebot when None.
        """
        from voicebot.cache.coverage import Coverage
        from voicebot.cache.queries import read_cached, stored_lines

        cached = read_cached(cache_csv) if cache_csv else stored_lines(self.answers)
        threshold = self.settings.cache.match_threshold
        return Coverage.build(cached, self.nlu_model(model), self.lookup.key, threshold)

    # Language models

    def nlu_model(self, folder: Path | None = None) -> Model:
        """Return the language model in a folder; the one that comes with voicebot when None."""
        from voicebot.nlu.model import load_model

        return load_model(folder) if folder else self.model

    def classify(self, text: str) -> tuple[str, float]:
        """Return the intent of `text` and how sure that is."""
        found = self.model.intent(text)
        return found.intent, found.confidence

    @cached_property
    def model(self) -> Model:
        """The language model that comes with voicebot."""
        from voicebot.nlu.model import load_model

        return load_model(DATA_DIR / "model")

    # Fillers

    @cached_property
    def filler_texts(self) -> tuple[FillerText, ...]:
        """What can be said while a caller waits."""
        from voicebot.fillers.catalogue import load_catalogue

        return load_catalogue(DATA_DIR / "fillers.yaml")

    @cached_property
    def shelf(self) -> FillerShelf:
        """The fillers that have been synthesised."""
        from voicebot.fillers.shelf import FillerShelf

        return FillerShelf(self.blobs)

    # Turns of a call

    @cached_property
    def functions(self) -> LocalFunctions:
        """The Lambda functions."""
        from voicebot.call.functions import LocalFunctions

        return LocalFunctions(self._handlers, self, self.clock)

    @cached_property
    def turns(self) -> TurnService:
        """From what a caller said to what the flow does next."""
        from voicebot.turns.service import TurnService

        return TurnService(
            self.lookup,
            self.inbox,
            self.jobs,
            self.bookings,
            self.worker_invoker,
            self.chajipsa,
            self.clock,
            self.settings.turns.max_misunderstandings,
            self.settings.cache.batch_approval,
            self.lookup_meter,
        )

    @cached_property
    def worker_invoker(self) -> WorkerInvoker:
        """Has misses answered beside the call."""
        function = self.settings.aws.synthesize_function
        if self.is_on_aws and function:
            service = self.aws.service("lambda")
            from voicebot.turns.lambda_worker import LambdaWorker

            return LambdaWorker(service, function)
        from voicebot.call.functions import LocalWorker

        return LocalWorker(self.functions)

    @cached_property
    def worker(self) -> Worker:
        """Answers misses."""
        return self.worker_for("")

    def worker_for(self, engine: str) -> Worker:
        """Return what answers misses in a call of an engine of its own; an empty string is the configured one.

        The engine `gpt` writes the answers as well; the others speak what the configured chat engine writes.
        """
        from voicebot.turns.worker import Worker

        tts = self.settings.tts
        return Worker(
            self.chat_engine("gpt") if engine == "gpt" else self.chat,
            self.chajipsa,
            self.prompts(engine, fallback=tts.fallback) if engine else self.live_prompts,
            self.blobs,
            self.jobs,
            self.inbox,
            self.clock,
            tts.first_chunk_max_chars,
            tts.chunk_max_chars,
            self.settings.turns.batch_size,
        )

    @cached_property
    def playback(self) -> Playback:
        """What the flow plays next."""
        from voicebot.turns.batch import Playback
        from voicebot.turns.waits import Waits

        turns = self.settings.turns
        shelf = self.shelf if turns.use_fillers else None
        waits = Waits(turns.expected_wait_s)
        first_wait_s = turns.first_url_wait_ms / 1000
        return Playback(self.jobs, self.blobs, shelf, self.clock, first_wait_s, turns.max_wait_s, waits)

    # The Lex bot

    def lint_bot(self, path: Path, is_fast: bool = False) -> list[Finding]:
        """Return what is wrong with a bot's YAML file; `is_fast` leaves out what needs the language model."""
        from voicebot.lex.definition import load_bot
        from voicebot.lex.lint import lint_bot

        return lint_bot(load_bot(self.resolve(path)), None if is_fast else self.model)

    def build_bot(self, path: Path, out: Path | None = None, is_dry_run: bool = False) -> Built:
        """Write a bot's Lex V2 archive and return what it is."""
        from voicebot.lex.build import build_archive
        from voicebot.lex.definition import load_bot

        return build_archive(load_bot(self.resolve(path)), out, is_dry_run)

    def recognise(self, utterance: str, path: Path, locale: str, alias: str | None = None) -> Sequence[Heard]:
        """Return the intents that a bot recognises in an utterance, best first: here, or at Lex with backend aws."""
        from voicebot.lex.definition import load_bot

        bot = load_bot(self.resolve(path))
        spoken = bot.locale(locale)
        if self.is_on_aws:
            runtime = self.connect_aws.service("lexv2-runtime")
            from voicebot.lex.remote import recognise_text

            alias = alias or self.settings.lex.alias
            return recognise_text(self.lex_models, runtime, bot.name, alias, locale, utterance, spoken.audio)
        from voicebot.lex.recogniser import LocalRecogniser

        return LocalRecogniser(spoken, self.classify).hear(utterance)

    @cached_property
    def connect_aws(self) -> AwsSession:
        """Amazon Web Services where the Connect instance is, and Lex and the functions with it."""
        aws = self.settings.aws
        return self.aws if aws.connect_region == aws.region else self.aws_in(aws.connect_region)

    @cached_property
    def lex_models(self) -> LexModels:
        """Where Lex builds bots."""
        service = self.connect_aws.service("lexv2-models")
        from voicebot.lex.models import LexModels

        return LexModels(service, self.clock, self.settings.lex.wait_s)

    def publisher(self, name: str, progress: Callable[[str], None]) -> Publisher:
        """Return what publishes the bot of a name."""
        from voicebot.lex.journal import Journal
        from voicebot.lex.publish import Publisher

        aws = self.settings.aws
        journal = Journal(self.settings.data_dir / "lex" / f"{name}-{aws.connect_region}.json")
        functions, connect = self.connect_aws.service("lambda"), self.connect_aws.service("connect")
        instance = aws.connect_instance_id
        return Publisher(self.lex_models, functions, connect, self.settings.lex, instance, journal, progress)

    def publish_bot(self, path: Path, progress: Callable[[str], None], is_dry_run: bool = False) -> Published:
        """Bring a bot's YAML file to the alias that flows use."""
        from voicebot.lex.definition import load_bot

        bot = load_bot(self.resolve(path))
        return self.publisher(bot.name, progress).publish(bot, is_dry_run)

    def roll_back_bot(
        self, path: Path, version: str | None, progress: Callable[[str], None], is_dry_run: bool = False
    ) -> Published:
        """Point a bot's alias at an earlier version; None is the one before."""
        from voicebot.lex.definition import load_bot

        name = load_bot(self.resolve(path)).name
        return self.publisher(name, progress).roll_back(name, version, is_dry_run)

    def pull_bot(
        self,
        folder: Path,
        name: str | None,
        progress: Callable[[str], None],
        version: str | None = None,
        is_dry_run: bool = False,
    ) -> Pulled:
        """Export a bot from Lex into a folder; its YAML there, or the one that comes with voicebot, keeps what is ours."""
        from voicebot.lex.definition import load_bot
        from voicebot.lex.models import DRAFT
        from voicebot.lex.pull import pull_bot

        known = self.resolve(folder) / "bot.yaml"
        own = load_bot(known) if known.is_file() else None
        if own is None and name is None:
            raise InputError(f"{folder} has no bot.yaml that names the bot", hint="give its name with --name")
        bot_name = name or (own.name if own else "")
        return pull_bot(
            self.lex_models, bot_name, folder, own, progress, version=version or DRAFT, is_dry_run=is_dry_run
        )

    # Calls on this machine

    @cached_property
    def bot(self) -> BotDefinition:
        """The Lex bot."""
        from voicebot.lex.definition import load_bot

        return load_bot(bundled("lex_bots/chajipsa/bot.yaml"))

    def run_flow(
        self,
        path: Path,
        caller: Caller,
        start: ContactStart,
        world: World,
        observer: Observer,
        said: Mapping[str, str] | None = None,
        script: Scenario | None = None,
    ) -> CallResult:
        """Run a call through a contact flow on this machine, with the same handlers, bot and answers as deployed.

        Args:
            path: The flow's JSON.
            caller: Whoever speaks.
            start: The contact.
            world: Queues and hours.
            observer: Sees each block and each utterance as it happens.
            said: What is said in clips of the caller's own, by URL.
            script: A scenario: its mocks stand for the outside.
        """
        from voicebot.call.local import LocalLex, LocalMedia, LocalVoice, flow_values
        from voicebot.flow.load import load_flow
        from voicebot.flow.ports import Ports
        from voicebot.flow.stage import build_runner

        values = flow_values(self.settings, script)
        flow = load_flow(self.resolve(path), values)
        clock = VirtualClock((script and script.world.starts_at_s()) or self.clock.now())
        within = self.at(clock)
        within.prewarm()
        ports = Ports(
            functions=within.functions,
            lex=LocalLex(self.bot, within.functions, self.classify),
            voice=LocalVoice(self.prompts("local"), self.caller_prompts),
            media=LocalMedia(within.blobs, within.jobs, within.shelf, said or {}),
            caller=caller,
            observer=observer,
        )
        return build_runner(ports, clock, world, script, values).run(flow, start)

    def connect_flows(self) -> ConnectFlows:
        """Return the flows of the Connect instance.

        Raises:
            ConfigError: No instance is configured.
        """
        instance = self.settings.aws.connect_instance_id
        if instance is None:
            hint = "set aws.connect_instance_id, or CONNECT_INSTANCE_ID"
            raise ConfigError("there is no Connect instance in the settings", hint=hint)
        service = self.connect_aws.service("connect")
        from voicebot.flow.connect import ConnectFlows, Pace

        return ConnectFlows(service, instance, Pace(self.clock))

    def flow_values(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what the placeholders of published flows stand for; what is given wins over the settings."""
        return {"CompanyName": self.settings.company, **(self.settings.flow.values or {}), **(given or {})}

    def test_target(self, over: Over, flow: Path | None = None, flow_id: str | None = None) -> ScenarioTarget:
        """Return what test scenarios are played against: text, flow, lex or connect."""
        from voicebot.test.assembly import build_target

        return build_target(self, over, flow, flow_id)

    # Outbound calls

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
    def persons(self) -> Persons:
        """What stands for phone numbers."""
        from voicebot.call.number_key import given_key, kept_key
        from voicebot.call.numbers import Persons

        secret = self.keyed_settings.keys.numbers
        if secret or self.is_on_aws:
            return Persons(given_key(secret.get_secret_value() if secret else None))
        return Persons(kept_key(self.settings.data_dir / "numbers.key"))

    @cached_property
    def consents(self) -> Consents:
        """Who agreed to advertising calls."""
        from voicebot.call.consents import Consents

        return Consents(self.call_records, self.persons, self.clock)

    @cached_property
    def seoul_time(self) -> SeoulTime:
        """The time in Korea."""
        from voicebot.call.hours import SeoulTime

        return SeoulTime(self.clock)

    @cached_property
    def duties(self) -> Duties:
        """What is due to people who agreed to calls or refused them."""
        from voicebot.call.duties import Duties

        return Duties(self.opt_outs, self.consents, self.seoul_time)

    @cached_property
    def call_audit(self) -> AuditLog:
        """What was dialled and what was refused."""
        from voicebot.call.audit import AuditLog

        return AuditLog(self.call_records, self.clock)

    @cached_property
    def call_log(self) -> CallLog:
        """What became of calls."""
        from voicebot.call.log import CallLog

        return CallLog(self.call_records, self.clock)

    @cached_property
    def intros(self) -> IntroWriter:
        """The first words of outbound calls."""
        from voicebot.call.intro import IntroWriter

        return IntroWriter(self.settings.company, self.facts.get("company.phone"))

    @cached_property
    def connect(self) -> AwsService:
        """Amazon Connect."""
        return self.connect_aws.service("connect")

    def calls(self, callee: Callable[[], SimulatedCall] | None = None, observer: Observer | None = None) -> CallService:
        """Return what places outbound calls.

        Args:
            callee: Makes whoever answers a call on this machine; None is the scenario that comes with voicebot.
            observer: Sees a call on this machine as it happens.
        """
        from voicebot.call.assembly import build_calls

        return build_calls(self, callee, observer)

    @cached_property
    def contact_events(self) -> ContactEvents:
        """What Connect says about calls as they happen."""
        from voicebot.call.contact_events import ContactEvents
        from voicebot.call.webhook import build_webhook

        settings = self.settings
        webhook = build_webhook(settings.call, self.keyed_settings.keys, self.call_records, self.clock)
        can_ask = self.is_on_aws and settings.aws.connect_instance_id
        return ContactEvents(self.call_log, webhook, self.connect_dialer if can_ask else None)

    @cached_property
    def connect_dialer(self) -> ConnectDialer:
        """Places calls by Amazon Connect."""
        call = self.settings.call
        from voicebot.call.connect import ConnectDialer

        instance = self.settings.aws.connect_instance_id
        return ConnectDialer(self.connect, instance, call.contact_flow_id, call.ring_timeout_s, self.clock)

    def campaign(
        self,
        calls: CallService,
        name: str,
        request: CallRequest,
        on_change: Callable[[ContactRow, Entry], None] = lambda row, entry: None,
    ) -> Campaign:
        """Return a campaign: calls to many people, taken up again under the same name.

        Args:
            calls: Places the calls.
            name: The campaign's.
            request: What every call has in common.
            on_change: Is told of each entry that changed.
        """
        from voicebot.call.assembly import build_campaign

        return build_campaign(self, calls, name, request, on_change)

    # Transcripts

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
    def stream_recogniser(self) -> StreamRecogniser:
        """Amazon Transcribe."""
        session, transcribe = self.connect_aws, self.settings.transcribe
        try:
            from voicebot.transcribe.amazon import AmazonTranscriber
        except ModuleNotFoundError as exc:
            raise ConfigError(
                f"transcribing needs the package {exc.name}", hint="pip install 'voicebot[aws,transcribe]'"
            ) from exc
        return AmazonTranscriber(
            session.region, session.credentials, transcribe.language, transcribe.endpoint_url, transcribe.ca_file
        )

    @cached_property
    def transcriber(self) -> Transcriber:
        """Transcribes live calls."""
        engine, transcribe = self.stream_recogniser, self.settings.transcribe
        from voicebot.transcribe.kinesis import KinesisMedia
        from voicebot.transcribe.recording import Recordings
        from voicebot.transcribe.service import Transcriber

        recordings = Recordings(self.blobs) if transcribe.keep_audio else None
        media = KinesisMedia(self.connect_aws)
        return Transcriber(media, engine, self.transcripts, recordings, self.clock, transcribe.idle_end_s)

    def transcribe_relay(self, function: str) -> Relay:
        """Return what has a fresh invocation of a function go on with a call."""
        if self.is_on_aws:
            service = self.connect_aws.service("lambda")
            from voicebot.transcribe.relay import LambdaRelay

            return LambdaRelay(service, function)
        from voicebot.call.functions import LocalRelay

        return LocalRelay(self.functions)

    def transcript(self, file: Path | None, contact_id: str | None) -> list[Segment]:
        """Return what is said in a file, recognised here or by Amazon Transcribe, or what was kept of a contact."""
        if (file is None) is (contact_id is None):
            raise InputError("say a file or a contact", hint="voicebot transcribe call.wav, or --contact ID")
        if file is None:
            found = list(self.transcripts.of(contact_id or ""))
            if not found:
                raise NotFoundError(
                    "there is no transcript of this contact", hint="with --backend aws, DynamoDB is asked"
                )
            return found
        try:
            from voicebot.transcribe.files import read_sides, transcribe_clips, transcribe_streams
        except ModuleNotFoundError as exc:
            raise ConfigError(
                f"transcribing needs the package {exc.name}", hint="pip install 'voicebot[transcribe]'"
            ) from exc
        sides = read_sides(file)
        if self.is_on_aws:
            return transcribe_streams(sides, self.stream_recogniser, file.stem)
        from voicebot.call.simulate import load_recogniser

        return transcribe_clips(sides, load_recogniser(), file.stem)

    def resolve(self, path: Path) -> Path:
        """Return a file named on the command line, or the one of that name that comes with voicebot."""
        from voicebot.resources import find

        return find(path)
