"""Puts the service of outbound calls together from a client's parts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from voicebot.cache.clips import PromptVoice, store_clip
from voicebot.cache.protocol import BlobStore
from voicebot.call.campaign import Campaign
from voicebot.call.contact_file import ContactRow
from voicebot.call.dialers.local import LocalDialer
from voicebot.call.guard.audit import AuditLog
from voicebot.call.guard.clean_list import CleanList
from voicebot.call.guard.consents import Consents
from voicebot.call.guard.days import Days
from voicebot.call.guard.guard import Guard, Rule
from voicebot.call.guard.hours import SeoulTime
from voicebot.call.guard.kept_records import KeptRecords
from voicebot.call.guard.optouts import OptOutList
from voicebot.call.guard.rules import (
    CallerIdRule,
    CleanListRule,
    ConsentRule,
    FirstPromptRule,
    GeneratedRule,
    LengthRule,
    NumberRule,
    OptOutRule,
    PurposeRule,
    QuietHoursRule,
    RecordsRule,
    SwitchRule,
)
from voicebot.call.guard.switch import KillSwitch, Pace
from voicebot.call.intro import IntroWriter
from voicebot.call.journal import Entry, Journal
from voicebot.call.numbers import Persons, callable_number
from voicebot.call.plan import Dialer
from voicebot.call.records import RecordStore
from voicebot.call.service import CallRequest, CallService
from voicebot.call.simulation.callers import SimulatedCall, call_plan
from voicebot.call.status.log import CallLog
from voicebot.call.status.webhook import build_webhook
from voicebot.clock import Clock
from voicebot.errors import ConfigError, InputError
from voicebot.flow.contact import ContactStart
from voicebot.flow.ports import NoObserver, Observer
from voicebot.flow.result import CallResult
from voicebot.flow.runner import FlowRunner
from voicebot.settings.tree import Settings
from voicebot.tts.registry import ENGINES

if TYPE_CHECKING:
    from voicebot.aws.session import AwsService

FLOW = Path("connect_flows/outbound.json")
CALLEE = Path("scenarios/outbound_call.yaml")


class Parts(FlowRunner, Protocol):
    """What outbound calls are made of: `voicebot.client.Voicebot`."""

    settings: Settings
    clock: Clock

    @property
    def keyed_settings(self) -> Settings:
        """Return the settings with the secrets that AWS Secrets Manager keeps for them."""
        ...

    @property
    def is_on_aws(self) -> bool:
        """Return whether the backend is AWS."""
        ...

    @property
    def call_records(self) -> RecordStore:
        """Return what outbound calls keep."""
        ...

    @property
    def persons(self) -> Persons:
        """Return what stands for numbers."""
        ...

    @property
    def kept_records(self) -> KeptRecords | None:
        """Return the records of this machine and their key; None where the settings have a key."""
        ...

    @property
    def consents(self) -> Consents:
        """Return who agreed to advertising."""
        ...

    @property
    def opt_outs(self) -> OptOutList:
        """Return who refused."""
        ...

    @property
    def call_audit(self) -> AuditLog:
        """Return the audit log."""
        ...

    @property
    def call_log(self) -> CallLog:
        """Return what became of calls."""
        ...

    @property
    def intros(self) -> IntroWriter:
        """Return what writes first prompts."""
        ...

    @property
    def blobs(self) -> BlobStore:
        """Return where clips go."""
        ...

    @property
    def connect(self) -> "AwsService":
        """Return Amazon Connect."""
        ...

    @property
    def connect_dialer(self) -> Dialer:
        """Return what dials by Amazon Connect."""
        ...

    def prompts(self, engine: str) -> PromptVoice:
        """Return what speaks with an engine."""
        ...


def build_calls(
    voicebot: Parts,
    callee: Callable[[], SimulatedCall] | None = None,
    observer: Observer | None = None,
    dialer: Dialer | None = None,
) -> CallService:
    """Return the service of outbound calls over a client's parts.

    Args:
        voicebot: The client.
        callee: Makes whoever answers a call on this machine.
        observer: Sees a call on this machine as it happens.
        dialer: Places the calls, instead of the backend's.
    """
    settings, records, clock = voicebot.settings, voicebot.call_records, voicebot.clock
    days = Days(records, clock)
    switch = KillSwitch(records, voicebot.call_audit, clock)
    kept = voicebot.kept_records
    rules: list[Rule] = [
        SwitchRule(switch),
        *([RecordsRule(kept)] if kept else []),
        PurposeRule(),
        NumberRule(),
        OptOutRule(voicebot.opt_outs),
        ConsentRule(voicebot.consents),
        CleanListRule(CleanList(settings.call.clean_list)),
        QuietHoursRule(voicebot.consents, is_simulated=not voicebot.is_on_aws),
        CallerIdRule(_own_numbers(voicebot)),
        FirstPromptRule(settings.company),
        LengthRule(),
        GeneratedRule(days, voicebot.persons),
    ]
    guard = Guard(rules, SeoulTime(clock), days, settings.call.max_per_day, voicebot.call_audit)
    return CallService(
        settings.call,
        voicebot.intros,
        voicebot.persons,
        guard,
        dialer or _dialer(voicebot, callee or _default_callee, observer or NoObserver()),
        lambda engine, text: voicebot.blobs.url(store_clip(voicebot.blobs, voicebot.prompts(engine).prompt(text))),
        voicebot.call_log,
        switch,
        Pace(records, clock, settings.call.calls_per_second),
        voicebot.call_audit,
        clock,
        _caller_id(voicebot),
        is_free=not voicebot.is_on_aws,
        engine=settings.tts.live_engine,
        engines=ENGINES,
        webhook=build_webhook(settings.call, voicebot.keyed_settings.keys, records, clock),
    )


def build_campaign(
    voicebot: Parts,
    calls: CallService,
    name: str,
    request: CallRequest,
    on_change: Callable[[ContactRow, Entry], None] = lambda row, entry: None,
) -> Campaign:
    """Return a campaign over a client's parts.

    Args:
        voicebot: The client.
        calls: Places the calls.
        name: The campaign's; the same name goes on where it stopped.
        request: What every call has in common.
        on_change: Is told of each entry that changed.
    """
    journal = Journal(voicebot.call_records, voicebot.clock, name)
    settings, clock = voicebot.settings.call, voicebot.clock
    return Campaign(name, request, calls, journal, voicebot.persons, settings, clock, on_change)


def _default_callee() -> SimulatedCall:
    return call_plan(CALLEE, (), lambda: None)


def _dialer(voicebot: Parts, callee: Callable[[], SimulatedCall], observer: Observer) -> Dialer:
    if voicebot.is_on_aws:
        return voicebot.connect_dialer

    def run(start: ContactStart, said: Mapping[str, str]) -> CallResult:
        answers = callee()
        return voicebot.run_flow(FLOW, answers.caller, start, answers.world, observer, said)

    return LocalDialer(run, voicebot.clock)


def _own_numbers(voicebot: Parts) -> Callable[[], frozenset[str]]:
    instance = voicebot.settings.aws.connect_instance_id
    if not voicebot.is_on_aws:
        return lambda: frozenset(voicebot.settings.call.own_numbers)
    if not instance:
        raise ConfigError("aws.connect_instance_id is not set", hint="it is needed to place calls")
    from voicebot.call.dialers.connect import OwnNumbers

    return OwnNumbers(voicebot.connect, instance, voicebot.clock)


def _caller_id(voicebot: Parts) -> str:
    call = voicebot.settings.call
    if call.caller_id is None:
        return "" if voicebot.is_on_aws else next(iter(call.own_numbers), "")
    try:
        return callable_number(call.caller_id)
    except InputError:
        return call.caller_id
