"""Lex, Lambda and Connect as botocore's Stubber plays them, and the addresses that Lex hands out as a real server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
from botocore.stub import Stubber

from voicebot.aws.session import AwsService, RetryBudget
from voicebot.clock import VirtualClock
from voicebot.lex.models import LexModels

REGION = "ap-northeast-2"
BOT_ID, ALIAS_ID, IMPORT_ID, EXPORT_ID = "BOTBOTBOT1", "ALIASALIA1", "IMPORTIMP1", "EXPORTEXP1"
ROLE = "arn:aws:iam::123456789012:role/lex-bots"
HOOK = f"arn:aws:lambda:{REGION}:123456789012:function:voicebot-lex_hook:live"
ALIAS_ARN = f"arn:aws:lex:{REGION}:123456789012:bot-alias/{BOT_ID}/{ALIAS_ID}"
INSTANCE = "11111111-2222-3333-4444-555555555555"
WHEN = datetime(2026, 11, 1, tzinfo=UTC)


class Account:
    """Services that answer what a test lets them, in order, with parameters and replies checked by botocore."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self._clients = {
            name: boto3.client(name, region_name=REGION)
            for name in ("lexv2-models", "lexv2-runtime", "lambda", "connect")
        }
        self._stubs = {name: Stubber(client) for name, client in self._clients.items()}
        for stub in self._stubs.values():
            stub.activate()

    @property
    def models(self) -> LexModels:
        return LexModels(self.service("lexv2-models"), self.clock, wait_s=300.0)

    def service(self, name: str) -> AwsService:
        return AwsService(self._clients[name], self.clock, 3.0, RetryBudget())

    def says(
        self, operation: str, reply: dict[str, Any], asked: dict[str, Any] | None = None, service: str = "lexv2-models"
    ) -> None:
        self._stubs[service].add_response(operation, reply, asked)

    def refuses(
        self, operation: str, code: str, status: int = 400, message: str = "no", service: str = "lexv2-models"
    ) -> None:
        self._stubs[service].add_client_error(operation, code, message, status)

    def is_done(self) -> None:
        """Assert that everything that was prepared has been asked for, and nothing else was."""
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    # What Lex says

    def has_bot(self, name: str = "Chajipsa", bot_id: str | None = BOT_ID) -> None:
        bots = [{"botId": bot_id, "botName": name, "botStatus": "Available"}] if bot_id else []
        asked = {"filters": [{"name": "BotName", "values": [name], "operator": "EQ"}]}
        self.says("list_bots", {"botSummaries": bots}, asked)

    def has_role(self) -> None:
        self.says("describe_bot", {"botId": BOT_ID, "roleArn": ROLE, "botStatus": "Available"}, {"botId": BOT_ID})

    def has_versions(self, *descriptions: str) -> None:
        versions = [
            {"botVersion": str(number), "description": text, "botStatus": "Available"}
            for number, text in enumerate(descriptions, 1)
        ]
        self.says("list_bot_versions", {"botVersionSummaries": versions[::-1]})

    def has_alias(self, name: str = "live", **description: Any) -> None:
        summaries = [{"botAliasId": "TSTALIASID", "botAliasName": "TestBotAlias"}]
        if description:
            summaries.append({"botAliasId": ALIAS_ID, "botAliasName": name})
        self.says("list_bot_aliases", {"botAliasSummaries": summaries}, {"botId": BOT_ID})
        if description:
            self.says(
                "describe_bot_alias",
                {"botAliasId": ALIAS_ID, "botAliasName": name, "botAliasStatus": "Available", **description},
                {"botId": BOT_ID, "botAliasId": ALIAS_ID},
            )

    def imports(self, url: str, *statuses: str, **last: Any) -> None:
        self.says("create_upload_url", {"importId": IMPORT_ID, "uploadUrl": url}, {})
        specification = {
            "botName": "Chajipsa", "roleArn": ROLE, "dataPrivacy": {"childDirected": False}, "idleSessionTTLInSeconds": 300,
        }  # fmt: skip
        asked = {
            "importId": IMPORT_ID,
            "resourceSpecification": {"botImportSpecification": specification},
            "mergeStrategy": "Overwrite",
        }
        self.says("start_import", {"importId": IMPORT_ID, "importStatus": "InProgress"}, asked)
        self.import_goes(*statuses, **last)

    def import_goes(self, *statuses: str, **last: Any) -> None:
        for status in statuses:
            more = last if status == statuses[-1] else {}
            bot = {"importedResourceId": BOT_ID} if status == "Completed" else {}
            reply = {"importId": IMPORT_ID, "importStatus": status, **bot, **more}
            self.says("describe_import", reply, {"importId": IMPORT_ID})

    def builds(self, *statuses: str, locale: str = "ko_KR", **last: Any) -> None:
        place = {"botId": BOT_ID, "botVersion": "DRAFT", "localeId": locale}
        self.says("build_bot_locale", {**place, "botLocaleStatus": "Building"}, place)
        self.build_goes(*statuses, locale=locale, **last)

    def build_goes(self, *statuses: str, locale: str = "ko_KR", **last: Any) -> None:
        place = {"botId": BOT_ID, "botVersion": "DRAFT", "localeId": locale}
        for status in statuses:
            more = last if status == statuses[-1] else {}
            self.says("describe_bot_locale", {**place, "botLocaleStatus": status, **more}, place)

    def makes_version(self, version: str, description: str, *statuses: str) -> None:
        asked = {
            "botId": BOT_ID,
            "description": description,
            "botVersionLocaleSpecification": {"ko_KR": {"sourceBotVersion": "DRAFT"}},
        }
        self.says("create_bot_version", {"botId": BOT_ID, "botVersion": version, "botStatus": "Creating"}, asked)
        self.version_goes(version, *statuses)

    def version_goes(self, version: str, *statuses: str) -> None:
        for status in statuses:
            reply = {"botId": BOT_ID, "botVersion": version, "botStatus": status}
            self.says("describe_bot_version", reply, {"botId": BOT_ID, "botVersion": version})

    def alias_is(self, status: str = "Available") -> None:
        self.says(
            "describe_bot_alias",
            {"botAliasId": ALIAS_ID, "botAliasStatus": status},
            {"botId": BOT_ID, "botAliasId": ALIAS_ID},
        )


@dataclass
class Bucket:
    """What lies at the addresses that Lex hands out."""

    url: str
    objects: dict[str, bytes] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    status: int = 200


@contextmanager
def bucket() -> Iterator[Bucket]:
    """A server on loopback that takes PUT and GET as S3 does."""
    here = Bucket("")

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            here.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(b"")

        def do_GET(self) -> None:
            self._answer(here.objects.get(self.path, b""))

        def _answer(self, body: bytes) -> None:
            here.requests.append((self.command, self.path, dict(self.headers)))
            self.send_response(here.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    here.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield here
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
