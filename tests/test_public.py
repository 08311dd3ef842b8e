"""What the package offers."""

import pytest

import voicebot

pytestmark = pytest.mark.unit


def test_all_lists_exactly_what_can_be_had() -> None:
    assert sorted(voicebot.__all__) == sorted({*voicebot._HOMES, "__version__"})
    for name in voicebot.__all__:
        assert getattr(voicebot, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_this"):
        voicebot.nothing_like_this  # noqa: B018
