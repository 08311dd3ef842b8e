"""The Connect instance and the Lex bot."""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from voicebot.aws.pages import entries
from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.deploy.doctor.finding import Finding

LOCALE, LANGUAGE = "ko_KR", "ko-KR"
_NO_INSTANCE = "set aws.connect_instance_id; Connect's console shows it in the instance's ARN"


def look_at_instance(service: AwsService, instance: str) -> Iterator[Finding]:
    """Say whether the instance is active, takes and places calls, and has Korean numbers."""
    try:
        found = service.call("describe_instance", InstanceId=instance)["Instance"]
    except ClientError as exc:
        if error_code(exc) != "ResourceNotFoundException":
            raise
        yield Finding("connect", "instance", "problem", f"there is none of this id in {service.region}", _NO_INSTANCE)
        return
    is_active = found["InstanceStatus"] == "ACTIVE"
    fix = "" if is_active else "wait until it is active, or look in the console"
    yield Finding("connect", "instance", "ok" if is_active else "problem", f"{found['InstanceStatus']}".lower(), fix)
    for way, is_on in (("inbound", found.get("InboundCallsEnabled")), ("outbound", found.get("OutboundCallsEnabled"))):
        fix = "" if is_on else "switch it on in the instance's telephony options"
        yield Finding("connect", f"{way} calls", "ok" if is_on else "warning", "on" if is_on else "off", fix)
    listed = entries(service.call, "list_phone_numbers_v2", "ListPhoneNumbersSummaryList", TargetArn=found["Arn"])
    numbers = list(listed)
    korean = sum(one.get("PhoneNumberCountryCode") == "KR" for one in numbers)
    fix = "" if korean else "claim a Korean number for the instance; it takes documents"
    yield Finding("connect", "numbers", "ok" if korean else "warning", f"{len(numbers)}, {korean} of them Korean", fix)


def look_at_people(service: AwsService, instance: str, hours: str | None, queue: str | None) -> Iterator[Finding]:
    """Say whether the hours and the queue that take over exist."""
    things = (
        ("hours of operation", hours, "deploy.hours_arn", "describe_hours_of_operation", "HoursOfOperationId"),
        ("agent queue", queue, "deploy.agent_queue_arn", "describe_queue", "QueueId"),
    )
    for what, arn, setting, operation, parameter in things:
        if not arn:
            yield Finding("connect", what, "problem", f"{setting} is not set", f"set {setting}")
            continue
        try:
            service.call(operation, InstanceId=instance, **{parameter: arn.rsplit("/", 1)[-1]})
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
            yield Finding("connect", what, "problem", "do not exist in this instance", f"set {setting}")
            continue
        yield Finding("connect", what, "ok")


def look_at_flows(service: AwsService, instance: str, stack: str) -> Iterator[Finding]:
    """Say whether the stack's flows are in the instance."""
    names = {
        str(one["Name"])
        for one in entries(service.call, "list_contact_flows", "ContactFlowSummaryList", InstanceId=instance)
    }
    for way in ("inbound", "outbound"):
        is_there = f"{stack} {way}" in names
        fix = "" if is_there else "voicebot deploy apply"
        yield Finding("connect", f"{way} flow", "ok" if is_there else "problem", "" if is_there else "is missing", fix)


def look_at_media(service: AwsService, instance: str, prefix: str) -> Iterator[Finding]:
    """Say whether calls can be written down as they go: the instance streams them, under the names that the role may read."""
    what, listed = "live media streaming", "StorageConfigs"
    configs = entries(
        service.call, "list_instance_storage_configs", listed, InstanceId=instance, ResourceType="MEDIA_STREAMS"
    )
    streams = [one["KinesisVideoStreamConfig"] for one in configs if "KinesisVideoStreamConfig" in one]
    if not streams:
        fix = "voicebot deploy apply (deploy.media_streams: stack), or transcribe.live: false"
        yield Finding("connect", what, "problem", "is off, and transcribe.live is on", fix)
    elif streams[0]["Prefix"] != prefix:
        detail = f"its streams begin with {streams[0]['Prefix']}, deploy.media_stream_prefix is {prefix}"
        yield Finding("connect", what, "problem", detail, "set deploy.media_stream_prefix to it, then apply")
    else:
        yield Finding("connect", what, "ok", f"kept {streams[0]['RetentionPeriodHours']} h")


def look_at_bot(service: AwsService, bot: str, alias: str, voice: str) -> Iterator[Finding]:
    """Say whether the bot has its alias, with a code hook, and whether its Korean locale is built and speaks `voice`."""
    filters = [{"name": "BotName", "values": [bot], "operator": "EQ"}]
    bots = service.call("list_bots", filters=filters).get("botSummaries", [])
    if not bots:
        yield Finding(
            "lex", f"bot {bot}", "problem", "does not exist", "voicebot deploy apply, or voicebot lex publish"
        )
        return
    bot_id = str(bots[0]["botId"])
    yield Finding("lex", f"bot {bot}", "ok", str(bots[0].get("botStatus", "")).lower())
    locale = service.call("describe_bot_locale", botId=bot_id, botVersion="DRAFT", localeId=LOCALE)
    is_built = locale["botLocaleStatus"] in ("Built", "ReadyExpressTesting")
    reasons = "; ".join(locale.get("failureReasons", ()))
    fix = "" if is_built else reasons or "voicebot lex lint"
    yield Finding("lex", LOCALE, "ok" if is_built else "problem", str(locale["botLocaleStatus"]).lower(), fix)
    spoken = locale.get("voiceSettings", {}).get("voiceId", "none")
    fix = "" if spoken == voice else f"the bot's file says {voice}: voicebot lex publish"
    yield Finding("lex", "voice", "ok" if spoken == voice else "warning", str(spoken), fix)
    aliases = entries(service.call, "list_bot_aliases", "botAliasSummaries", botId=bot_id)
    mine = [one for one in aliases if one.get("botAliasName") == alias]
    if not mine:
        yield Finding(
            "lex", f"alias {alias}", "problem", "does not exist", "voicebot deploy apply, or voicebot lex publish"
        )
        return
    found = service.call("describe_bot_alias", botId=bot_id, botAliasId=mine[0]["botAliasId"])
    settings = found.get("botAliasLocaleSettings", {}).get(LOCALE, {})
    hook = settings.get("codeHookSpecification", {}).get("lambdaCodeHook", {}).get("lambdaARN")
    if not settings.get("enabled") or not hook:
        yield Finding("lex", f"alias {alias}", "problem", f"{LOCALE} has no code hook", "voicebot deploy apply")
    else:
        yield Finding("lex", f"alias {alias}", "ok", f"version {found.get('botVersion')}")


def look_at_polly(service: AwsService, voice: str, engine: str) -> Iterator[Finding]:
    """Say whether Polly has a Korean voice with an engine."""
    voices = service.call("describe_voices", LanguageCode=LANGUAGE).get("Voices", [])
    engines = {one["Id"]: one.get("SupportedEngines", []) for one in voices}
    if engine in engines.get(voice, ()):
        yield Finding("lex", f"Polly {voice}", "ok", engine)
    else:
        known = ", ".join(f"{name} ({'/'.join(kinds)})" for name, kinds in sorted(engines.items())) or "none"
        yield Finding(
            "lex", f"Polly {voice}", "problem", f"not with {engine}; Korean voices: {known}", "set tts.polly.voice"
        )
