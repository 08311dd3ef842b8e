"""Outbound calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from voicebot.client.flow import Flow

if TYPE_CHECKING:
    from voicebot.call.campaign import Campaign
    from voicebot.call.contact_file import ContactRow
    from voicebot.call.dialers.connect import ConnectDialer
    from voicebot.call.guard.audit import AuditLog
    from voicebot.call.guard.consents import Consents
    from voicebot.call.guard.duties import Duties
    from voicebot.call.guard.hours import SeoulTime
    from voicebot.call.guard.kept_records import KeptRecords
    from voicebot.call.intro import IntroWriter
    from voicebot.call.journal import Entry
    from voicebot.call.numbers import Persons
    from voicebot.call.service import CallRequest, CallService
    from voicebot.call.simulation.callers import SimulatedCall
    from voicebot.call.status.contact_events import ContactEvents
    from voicebot.call.status.log import CallLog
    from voicebot.flow.ports import Observer


class Calls(Flow):
    """Outbound calls."""

    @cached_property
    def persons(self) -> Persons:
        """What stands for phone numbers."""
        from voicebot.call.number_key import given_key
        from voicebot.call.numbers import Persons

        if self.kept_records:
            return self.kept_records.persons()
        secret = self.keyed_settings.keys.numbers
        return Persons(given_key(secret.get_secret_value() if secret else None))

    @property
    def kept_records(self) -> KeptRecords | None:
        """The records of this machine and the key that it made for them; None where the settings have a key."""
        if self.is_on_aws or self.keyed_settings.keys.numbers:
            return None
        from voicebot.call.guard.kept_records import KeptRecords

        return KeptRecords(self.call_records, self.settings.data_dir / "numbers.key", self.clock)

    @cached_property
    def consents(self) -> Consents:
        """Who agreed to advertising calls."""
        from voicebot.call.guard.consents import Consents

        return Consents(self.call_records, self.persons, self.clock)

    @cached_property
    def seoul_time(self) -> SeoulTime:
        """The time in Korea."""
        from voicebot.call.guard.hours import SeoulTime

        return SeoulTime(self.clock)

    @cached_property
    def duties(self) -> Duties:
        """What is due to people who agreed to calls or refused them."""
        from voicebot.call.guard.duties import Duties

        return Duties(self.opt_outs, self.consents, self.seoul_time)

    @cached_property
    def call_audit(self) -> AuditLog:
        """What was dialled and what was refused."""
        from voicebot.call.guard.audit import AuditLog

        return AuditLog(self.call_records, self.clock)

    @cached_property
    def call_log(self) -> CallLog:
        """What became of calls."""
        from voicebot.call.status.log import CallLog

        return CallLog(self.call_records, self.clock)

    @cached_property
    def intros(self) -> IntroWriter:
        """The first words of outbound calls."""
        from voicebot.call.intro import IntroWriter

        return IntroWriter(self.settings.company, self.facts.get("company.phone"))

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
        from voicebot.call.status.contact_events import ContactEvents
        from voicebot.call.status.webhook import build_webhook

        settings = self.settings
        webhook = build_webhook(settings.call, self.keyed_settings.keys, self.call_records, self.clock)
        can_ask = self.is_on_aws and settings.aws.connect_instance_id
        return ContactEvents(self.call_log, webhook, self.connect_dialer if can_ask else None)

    @cached_property
    def connect_dialer(self) -> ConnectDialer:
        """Places calls by Amazon Connect."""
        call = self.settings.call
        from voicebot.call.dialers.connect import ConnectDialer

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
