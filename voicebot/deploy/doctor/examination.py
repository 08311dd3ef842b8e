"""Everything that the doctor looks at, in the order in which it can be set right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from voicebot.deploy.doctor.finding import Finding, Look, examine
from voicebot.deploy.doctor.machine import (
    look_at_answers,
    look_at_chat,
    look_at_data,
    look_at_database,
    look_at_engines,
    look_at_model,
    look_at_python,
    look_at_voice,
)
from voicebot.deploy.template import functions_of, load_template
from voicebot.tts.stack import chain_names

if TYPE_CHECKING:
    from voicebot.aws.session import AwsSession
    from voicebot.cache.index import AnswerIndex
    from voicebot.cache.protocol import AnswerStore
    from voicebot.database import Database
    from voicebot.deploy.stack import Stack
    from voicebot.fillers.shelf import FillerShelf
    from voicebot.lex.definition import BotDefinition
    from voicebot.nlu.model import Model
    from voicebot.settings.tree import Settings
    from voicebot.tts.prompts import PromptSpeaker
    from voicebot.tts.protocol import Health

_WAIT_S = 8.0
"""How long one question to AWS may take: a doctor that waits is no help."""


@dataclass(frozen=True)
class Patient:
    """What is looked at; what costs something to make is made when it is looked at."""

    settings: "Settings"
    now: Callable[[], float]
    database: Callable[[], "Database"]
    answers: Callable[[], "AnswerStore"]
    answer_index: Callable[[], "AnswerIndex"]
    shelf: Callable[[], "FillerShelf"]
    model: Callable[[], "Model"]
    bot: Callable[[], "BotDefinition"]
    keyed_settings: Callable[[], "Settings"]
    embedded_voice: Callable[[], "PromptSpeaker"]
    engine_health: Callable[[str], "Health"]
    stack: Callable[[], "Stack"]
    aws_in: Callable[[str, float], "AwsSession"]


def findings(patient: Patient, with_aws: bool) -> Iterator[Finding]:
    """Yield what is found, as it is found.

    Args:
        patient: What is looked at.
        with_aws: Look at the account too, whatever the backend is.
    """
    settings = patient.settings
    chat = settings.chat.engine
    engines = chain_names(settings.tts.engine, (settings.tts.live_engine, *settings.tts.fallback))
    here: list[tuple[str, str, Look]] = [
        ("machine", "python", look_at_python),
        ("data", "folder", partial(look_at_data, settings.data_dir)),
        ("voice", "embedded voice", partial(look_at_voice, patient.embedded_voice)),
        ("model", "language model", partial(look_at_model, patient.model)),
        ("engines", "speech", partial(look_at_engines, engines, patient.engine_health)),
        ("engines", "chat", lambda: look_at_chat(chat, chat != "gpt" or bool(patient.keyed_settings().keys.openai))),
    ]
    is_on_aws = settings.backend == "aws"
    ask = _asking() if with_aws or is_on_aws else examine
    if not is_on_aws:
        here.insert(2, ("data", "database", lambda: look_at_database(patient.database())))
    for area, what, look in here:
        yield from (ask or examine)(area, what, look)
    if ask is None:
        yield Finding("account", "boto3", "problem", "is not installed", "pip install 'voicebot[aws]'")
        return
    if with_aws or is_on_aws:
        account = list(ask("account", "credentials", lambda: _credentials(patient)))
        yield from account
        if any(one.what == "credentials" and one.state != "ok" for one in account):
            return
        for area, what, look in _looks_at_aws(patient):
            yield from ask(area, what, look)
    yield from ask("data", "approved answers", lambda: _answers(patient))


def _asking() -> Callable[[str, str, Look], Iterator[Finding]] | None:
    """Return what examines an account; None where the package that asks AWS is not installed."""
    try:
        from voicebot.deploy.doctor.asking import examine_aws
    except ModuleNotFoundError:
        return None
    return examine_aws


def _looks_at_aws(patient: Patient) -> list[tuple[str, str, Look]]:
    from voicebot.deploy.doctor.account import look_at_permissions, look_at_quotas
    from voicebot.deploy.doctor.connect import (
        LOCALE,
        look_at_bot,
        look_at_flows,
        look_at_instance,
        look_at_media,
        look_at_people,
        look_at_polly,
    )
    from voicebot.deploy.doctor.functions import look_at_functions, look_at_stack
    from voicebot.deploy.doctor.stores import look_at_bucket, look_at_tables

    settings, aws, deploy = patient.settings, patient.settings.aws, patient.settings.deploy
    session = _session(patient, aws.region)
    near = session if aws.connect_region == aws.region else _session(patient, aws.connect_region)
    tables = (
        settings.cache.answers_table, settings.cache.inbox_table, aws.jobs_table, aws.opt_outs_table, aws.bookings_table,
        aws.calls_table, aws.counters_table, settings.transcribe.table,
    )  # fmt: skip
    names = [one.name for one in functions_of(load_template())]
    instance = aws.connect_instance_id
    connect, polly = near.service("connect"), settings.tts.polly
    looks: list[tuple[str, str, Look]] = [
        ("account", "permissions", lambda: look_at_permissions(session)),
        ("account", "quotas", lambda: look_at_quotas(session)),
        ("stores", "tables", lambda: look_at_tables(session.service("dynamodb"), tables)),
        (
            "stores",
            "bucket",
            lambda: look_at_bucket(session.service("s3"), _bucket(patient, session), _arn(patient, near)),
        ),
        ("functions", "stack", lambda: look_at_stack(patient.stack())),
        (
            "functions",
            "aliases",
            lambda: look_at_functions(near.service("lambda"), deploy.stack, names, bool(instance)),
        ),
        ("lex", "Polly", lambda: look_at_polly(near.service("polly"), polly.voice, polly.voice_engine)),
    ]
    if not instance:
        nothing = Finding(
            "connect",
            "instance",
            "warning",
            "aws.connect_instance_id is not set",
            "set it, and callers can be answered",
        )
        return [*looks, ("connect", "instance", lambda: [nothing])]
    voice = patient.bot().locales[LOCALE].voice
    if settings.transcribe.live:
        prefix = deploy.media_stream_prefix
        looks.append(("connect", "live media streaming", lambda: look_at_media(connect, instance, prefix)))
    return [
        *looks,
        ("connect", "instance", lambda: look_at_instance(connect, instance)),
        ("connect", "people", lambda: look_at_people(connect, instance, deploy.hours_arn, deploy.agent_queue_arn)),
        ("connect", "flows", lambda: look_at_flows(connect, instance, deploy.stack)),
        (
            "lex",
            "bot",
            lambda: look_at_bot(
                near.service("lexv2-models"), patient.bot().name, settings.lex.alias, voice.id if voice else "none"
            ),
        ),
    ]


def _credentials(patient: Patient) -> Iterator[Finding]:
    from voicebot.deploy.doctor.account import look_at_credentials

    return look_at_credentials(_session(patient, patient.settings.aws.region), patient.now)


def _session(patient: Patient, region: str) -> "AwsSession":
    return patient.aws_in(region, _WAIT_S)


def _bucket(patient: Patient, session: "AwsSession") -> str:
    return patient.settings.aws.bucket or session.default_bucket()


def _arn(patient: Patient, session: "AwsSession") -> str | None:
    aws = patient.settings.aws
    return (
        session.connect_instance_arn(aws.connect_instance_id, aws.connect_region) if aws.connect_instance_id else None
    )


def _answers(patient: Patient) -> Iterator[Finding]:
    return look_at_answers(patient.answers().count, patient.answer_index().is_usable, patient.shelf())
