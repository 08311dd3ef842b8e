"""Tokens by name, from a file that changes while they are in use."""

import logging
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.web.gateway.conftest import CALLER, SHOP, SHOP_OLD, TOKENS, WATCHER
from voicebot.errors import ConfigError, NotFoundError
from voicebot.settings.gateway_server import GatewayServerSettings
from voicebot.settings.web import WebSettings
from voicebot.web.gateway.tokens import LOOK_EVERY_S, TokenBook, parse_tokens

pytestmark = pytest.mark.unit


class Book:
    """A book over a file, and the time that it sees."""

    def __init__(self, path: Path, web: WebSettings | None = None) -> None:
        self.now_s = 0.0
        self.path = path
        self.book = TokenBook(web or WebSettings(), GatewayServerSettings(tokens_file=path), lambda: self.now_s)

    def change(self, text: str) -> None:
        other = self.path.with_suffix(".new")
        other.write_text(text, encoding="utf-8")
        os.replace(other, self.path)
        self.now_s += LOOK_EVERY_S + 0.1


def test_every_token_has_a_name_and_the_limits_of_the_settings_where_it_has_none(tokens_file: Path) -> None:
    book = Book(tokens_file).book
    assert [book.name_of(token) for token in (SHOP, SHOP_OLD, CALLER, WATCHER)] == ["shop", "shop", "caller", "watcher"]
    assert book.name_of(SHOP[:-1]) is None
    shop = book.holder("shop")
    assert shop is not None
    assert shop.requests_per_minute == GatewayServerSettings().requests_per_minute
    assert shop.may == {"speech", "chat"}
    assert SHOP not in repr(shop)


def test_a_changed_file_counts_without_a_restart(tokens_file: Path) -> None:
    one = Book(tokens_file)
    assert one.book.name_of(SHOP_OLD) == "shop"
    one.change(TOKENS.replace(f"[{SHOP}, {SHOP_OLD}]", SHOP))
    assert one.book.name_of(SHOP_OLD) is None
    assert one.book.name_of(SHOP) == "shop"


@pytest.mark.parametrize("text", ["shop: [", "shop:\n  token: short\n", "", "[]", "shop:\n  tokn: abc\n"])
def test_a_file_that_became_unusable_leaves_the_tokens_that_were_good(
    tokens_file: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = Book(tokens_file)
    one.change(text)
    with caplog.at_level(logging.ERROR):
        assert [one.book.name_of(SHOP) for _ in range(5)] == ["shop"] * 5
        one.now_s += 60
        assert one.book.name_of(SHOP) == "shop"
    assert len(caplog.records) == 1
    one.change(TOKENS.replace(SHOP, "a-new-token-of-the-shop-0123"))
    assert one.book.name_of(SHOP) is None


def test_the_token_of_the_settings_counts_too(tokens_file: Path) -> None:
    web = WebSettings(token=SecretStr("token-of-the-settings-0123"))
    book = Book(tokens_file, web).book
    assert book.name_of("token-of-the-settings-0123") == "web"
    assert book.name_of(SHOP) == "shop"
    alone = TokenBook(web, GatewayServerSettings())
    assert alone.name_of("token-of-the-settings-0123") == "web"
    assert not TokenBook(WebSettings(), GatewayServerSettings())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("shop: {token: [}", "is not YAML"),
        ("- shop", "valid dictionary"),
        ("", "valid dictionary"),
        ("{}", "has no tokens"),
        ("shop: {may: [speech]}", "shop.token: Field required"),
        (f"shop: {{token: {SHOP}, may: [fly]}}", "shop.may"),
        (f"shop: {{token: {SHOP}, requests_per_minute: 0}}", "shop.requests_per_minute"),
        (f"'a shop': {{token: {SHOP}}}", "should match pattern"),
        ("shop: {token: []}", "shop.token"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_without_what_stands_there(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse_tokens(text.encode(), Path("tokens.yaml"))
    assert SHOP not in caught.value.message
    assert caught.value.message.startswith("tokens.yaml: ")


def test_a_file_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.yaml"):
        Book(tmp_path / "nothing.yaml")
    (tmp_path / "weak.yaml").write_text("shop: {token: secret}", encoding="utf-8")
    with pytest.raises(ConfigError, match="shorter than 16"):
        Book(tmp_path / "weak.yaml")
