"""The stack on AWS, and whether everything is in place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voicebot.client.flow import Flow

if TYPE_CHECKING:
    from voicebot.deploy.backup import Account
    from voicebot.deploy.deployment import Deployment
    from voicebot.deploy.doctor.finding import Finding as DoctorFinding


class Deploy(Flow):
    """The stack on AWS."""

    @property
    def deployment(self) -> Deployment:
        """The stack on AWS."""
        session = self.patient_aws
        from voicebot.deploy.deployment import Deployment

        return Deployment(session, self.settings, self.bot, self._prepared)

    def _prepared(self) -> dict[str, dict[str, bytes]]:
        from voicebot.deploy.prepared import prepared

        return prepared(self.model, self.responses)

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
        from voicebot.deploy.doctor.examination import Patient, findings

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
