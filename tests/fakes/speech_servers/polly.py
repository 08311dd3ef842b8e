"""The wire format of Amazon Polly, without checking signatures."""

from collections.abc import Mapping

from tests.fakes.speech_servers.server import Reply, Seen, cut, raw
from voicebot.audio.clip import Encoding

ERRORS: Mapping[int, str] = {
    401: "UnrecognizedClientException",
    402: "OptInRequired",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    422: "ValidationException",
    429: "ThrottlingException",
    500: "ServiceFailureException",
    503: "ServiceUnavailableException",
}
TYPES = {"mulaw": "audio/mulaw", "pcm": "audio/pcm"}


class PollyWire:
    """polly.<region>.amazonaws.com."""

    def is_speech(self, seen: Seen) -> bool:
        return seen.path == "/v1/speech"

    def said(self, seen: Seen) -> str:
        return str(seen.json()["Text"])

    def speech(self, seen: Seen, url: str) -> Reply:
        body = seen.json()
        if body["VoiceId"] == "nobody":
            message = "1 validation error detected: Value 'nobody' at 'voiceId' failed to satisfy constraint"
            return Reply.of({"message": message}, 400, x_amzn_ErrorType="ValidationException")
        assert body["LanguageCode"] == "ko-KR"
        encoding: Encoding = "mulaw" if body["OutputFormat"] == "mulaw" else "pcm_s16le"
        pieces = cut(raw(body["Text"], encoding, int(body["SampleRate"])))
        return Reply(200, TYPES[body["OutputFormat"]], pieces, {"x-amzn-RequestCharacters": str(len(body["Text"]))})

    def other(self, seen: Seen, url: str) -> Reply:
        def entry(name: str) -> dict[str, object]:
            return {
                "Id": name, "Name": name, "Gender": "Female", "LanguageCode": "ko-KR", "SupportedEngines": ["neural"],
            }  # fmt: skip

        if "NextToken" not in seen.query:
            return Reply.of({"Voices": [entry("Seoyeon")], "NextToken": "more"})
        return Reply.of({"Voices": [entry("Jihye")]})

    def error(self, status: int, retry_after: str) -> Reply:
        headers = {"x_amzn_ErrorType": ERRORS[status]} | ({"Retry_After": retry_after} if retry_after else {})
        return Reply.of({"message": "refused"}, status, **headers)
