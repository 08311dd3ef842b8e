"""The approved-answer cache: looked up, filled, approved, measured."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.client.chat import Chat
from voicebot.client.speech import Speech
from voicebot.client.stores import Stores
from voicebot.errors import ConfigError

if TYPE_CHECKING:
    from voicebot.cache.approval.answer_voice import AnswerVoice
    from voicebot.cache.approval.approver import Approval
    from voicebot.cache.approval.command import Approve
    from voicebot.cache.approval.publish import AnswerPublisher
    from voicebot.cache.approval.remote import RemoteApproval, RemoteWorker
    from voicebot.cache.approval.review import Review
    from voicebot.cache.approval.rules import Rule
    from voicebot.cache.approval.stale import Staleness
    from voicebot.cache.counters import LookupMeter
    from voicebot.cache.coverage.measure import Coverage
    from voicebot.cache.index import AnswerIndex
    from voicebot.cache.lookup import Lookup
    from voicebot.cache.orphans import Orphans
    from voicebot.cache.purge import Purge
    from voicebot.cache.stats import StatsService
    from voicebot.cache.transfer.loading import Loader, Target


class Cache(Chat, Speech, Stores):
    """The approved-answer cache."""

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
    def loader(self) -> Loader:
        """Reads files of questions and answers."""
        from voicebot.cache.transfer.loading import Bulk, Loader

        bulk = Bulk(workers=16) if self.is_on_aws else Bulk(self.database.writing)
        return Loader(self.settings.cache.normalize, self.facts, bulk, self.settings.data_dir / "loads")

    @cached_property
    def seed_target(self) -> Target:
        """Takes questions that approval makes answers."""
        from voicebot.cache.transfer.seed import SeedTarget

        return SeedTarget(self.answers, self.inbox)

    def import_target(self, clips: Path | None = None, keeps_existing: bool = False) -> Target:
        """Return what takes approved answers; clips that the store lacks come from a folder."""
        from voicebot.cache.transfer.answers import ClipFolder, ImportTarget

        folder = ClipFolder(clips, self.blobs) if clips else None
        return ImportTarget(self.answers, self.inbox, self.blobs, self.facts, self.clock, folder, keeps_existing)

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

    @cached_property
    def purge(self) -> Purge:
        """Removes approved answers."""
        from voicebot.cache.purge import Purge

        return Purge(self.answers, self.orphans)

    def answer_voice(self, engine: str | None = None) -> AnswerVoice:
        """Return the voice of approved answers; the configured engine's when none is named."""
        from voicebot.cache.approval.answer_voice import AnswerVoice

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
        from voicebot.cache.approval.publish import AnswerPublisher

        lease_s = lease_s or self.settings.cache.lease_s
        return AnswerPublisher(
            self.inbox, self.answers, self.blobs, voice, self.facts, self.orphans, self.clock, lease_s
        )

    def approval(self, engine: str | None = None) -> Approval:
        """Return what turns inbox items into answers, spoken by `engine`."""
        from voicebot.cache.approval.approver import Approval

        voice, lease_s = self.answer_voice(engine), self.settings.cache.lease_s
        return Approval(self.inbox, self.answer_publisher(voice), voice, self.orphans, self.clock, lease_s)

    def review(self, engine: str | None = None) -> Review:
        """Return what shows a person the items that wait, spoken by `engine`."""
        from voicebot.cache.approval.review import Review

        publisher = self.answer_publisher(self.answer_voice(engine))
        return Review(self.inbox, publisher, self.blobs, self.facts, self.settings.cache.lease_s)

    def approval_rule(self, path: Path) -> Rule:
        """Return the rule of a file: what may be approved without a person."""
        from voicebot.cache.approval.rules import Rule

        return Rule.load(path, {response.intent for response in self.responses})

    def staleness(self, engine: str | None = None) -> Staleness:
        """Return what finds answers that `engine` would speak differently now."""
        from voicebot.cache.approval.stale import Staleness

        written = {response.id: response.answer for response in self.responses}
        voice = self.answer_voice(engine)
        return Staleness(self.answers, self.inbox, self.blobs, voice, self.facts, self.lookup.key, written)

    def approve(self, engine: str | None = None) -> Approve:
        """Return `cache approve`."""
        from voicebot.cache.approval.command import Approve

        return Approve(self.approval(engine), self.staleness(engine), self.answer_index)

    def remote_approval(self, engine: str | None = None, rule: Rule | None = None) -> RemoteApproval:
        """Return `cache approve --remote`.

        Raises:
            ConfigError: No state machine is set, or the backend is not aws.
        """
        from voicebot.cache.approval.remote import RemoteApproval, RemoteOptions

        machine, cache = self.settings.aws.approve_state_machine, self.settings.cache
        if not (self.is_on_aws and machine):
            raise ConfigError(
                "no state machine approves items", hint="--backend aws, and set aws.approve_state_machine to its ARN"
            )
        service = self.aws.service("stepfunctions")
        from voicebot.cache.approval.state_machine import StateMachine

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
        from voicebot.cache.approval.remote import RemoteWorker

        lease_s = self.settings.cache.remote_lease_s
        return RemoteWorker(self.inbox, lambda engine: self.answer_publisher(self.answer_voice(engine), lease_s))

    def coverage(self, cache_csv: Path | None = None, model: Path | None = None) -> Coverage:
        """Return what measures and tunes a cache: a file's lines, or the approved answers.

        Args:
            cache_csv: A CSV ``id,utterance[,answer]``.
            model: A model's folder; the one that comes with voicebot when None.
        """
        from voicebot.cache.coverage.measure import Coverage
        from voicebot.cache.coverage.queries import read_cached, stored_lines

        cached = read_cached(cache_csv) if cache_csv else stored_lines(self.answers)
        threshold = self.settings.cache.match_threshold
        return Coverage.build(cached, self.nlu_model(model), self.lookup.key, threshold)
