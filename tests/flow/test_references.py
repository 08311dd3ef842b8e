import pytest

from voicebot.errors import FlowError
from voicebot.flow.references import fill, is_reference, look_up, references_in

pytestmark = pytest.mark.unit

CONTACT = {
    "ContactId": "c1",
    "Attributes": {"name": "민지", "lang": "ko", "a-b": "dash"},
    "External": {"Items": [{"Price": 1000}], "IsOpen": True},
    "Lex": {"SessionAttributes": {"x": "1"}, "Slots": {"City": None}},
    "StoredCustomerInput": "1234",
    "Queue": None,
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$.Attributes.name", "민지"),
        ("$['Attributes']['name']", "민지"),
        ('$["Attributes"]["name"]', "민지"),
        ("$.Attributes['a-b']", "dash"),
        ("$.StoredCustomerInput", "1234"),
        ("$.Lex.SessionAttributes.x", "1"),
        ("$.Lex.Slots.City", ""),
        ("$.Lex.Slots.Nothing", ""),
        ("$.Attributes.nothing", ""),
        ("$.Queue.Name", ""),
        ("$.ContactId.deeper", ""),
        ("$.External.Items[0].Price", "1000"),
        ("$.External.Items[7].Price", ""),
        ("$.External.IsOpen", "true"),
        ("$.Attributes.name님 안녕하세요.", "민지님 안녕하세요."),
        ("번호는 $.StoredCustomerInput. 맞나요?", "번호는 1234. 맞나요?"),
        ("https://b.s3.amazonaws.com/$['Attributes']['lang']/x.wav", "https://b.s3.amazonaws.com/ko/x.wav"),
        ("$.Attributes.name$.Attributes.lang", "민지ko"),
        ("요금은 $1000, $.50입니다", "요금은 $1000, $.50입니다"),
        ("$ 그리고 $[", "$ 그리고 $["),
    ],
)
def test_references_are_replaced_by_their_values(text: str, filled: str) -> None:
    assert fill(text, CONTACT) == filled


def test_a_name_that_connect_does_not_document_is_an_error() -> None:
    with pytest.raises(FlowError, match=r"\$\.Atributes\.name refers to 'Atributes'") as caught:
        fill("$.Atributes.name", CONTACT)
    assert caught.value.hint == "did you mean $.Attributes?"

    with pytest.raises(FlowError) as caught:
        look_up("$.Zzz", CONTACT)
    assert "begins with one of" in (caught.value.hint or "")


def test_a_reference_alone_is_told_from_text_with_references() -> None:
    assert is_reference("$.Attributes.name")
    assert not is_reference("$.Attributes.name님")
    assert references_in("$.Attributes.a와 $['Attributes']['b']") == ["$.Attributes.a", "$['Attributes']['b']"]
