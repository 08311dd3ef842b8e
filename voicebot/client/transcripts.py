"""What was said in calls."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.client.turns import Turns
from voicebot.errors import ConfigError, InputError, NotFoundError

if TYPE_CHECKING:
    from voicebot.call.simulation.transcripts import CallTranscripts
    from voicebot.transcribe.protocol import Relay, Segment, StreamRecogniser
    from voicebot.transcribe.recording import Recordings
    from voicebot.transcribe.service import Transcriber


class Transcripts(Turns):
    """Transcripts of calls."""

    @cached_property
    def stream_recogniser(self) -> StreamRecogniser:
        """Amazon Transcribe."""
        session, transcribe = self.connect_aws, self.settings.transcribe
        try:
            from voicebot.transcribe.amazon import AmazonTranscriber
        except ModuleNotFoundError as exc:
            raise ConfigError(
                f"transcribing needs the package {exc.name}", hint="pip install 'voicebot[aws,transcribe]'"
            ) from exc
        return AmazonTranscriber(
            session.region, session.credentials, transcribe.language, transcribe.endpoint_url, transcribe.ca_file
        )

    @cached_property
    def transcriber(self) -> Transcriber:
        """Transcribes live calls."""
        engine, transcribe = self.stream_recogniser, self.settings.transcribe
        from voicebot.transcribe.kinesis import KinesisMedia
        from voicebot.transcribe.service import Transcriber

        media = KinesisMedia(self.connect_aws)
        return Transcriber(media, engine, self.transcripts, self.recordings, self.clock, transcribe.idle_end_s)

    def transcribe_relay(self, function: str) -> Relay:
        """Return what has a fresh invocation of a function go on with a call."""
        if self.is_on_aws:
            service = self.connect_aws.service("lambda")
            from voicebot.transcribe.relay import LambdaRelay

            return LambdaRelay(service, function)
        return self.call_transcripts

    @cached_property
    def call_transcripts(self) -> CallTranscripts:
        """What is said in calls on this machine."""
        from voicebot.call.simulation.transcripts import CallTranscripts

        return CallTranscripts(self.transcripts, self.recordings)

    @cached_property
    def recordings(self) -> Recordings | None:
        """Recordings of calls; None where no audio is kept."""
        from voicebot.transcribe.recording import Recordings

        return Recordings(self.blobs) if self.settings.transcribe.keep_audio else None

    def transcript(self, file: Path | None, contact_id: str | None) -> list[Segment]:
        """Return what is said in a file, recognised here or by Amazon Transcribe, or what was kept of a contact."""
        if (file is None) is (contact_id is None):
            raise InputError("say a file or a contact", hint="voicebot transcribe call.wav, or --contact ID")
        if file is None:
            found = list(self.transcripts.of(contact_id or ""))
            if not found:
                raise NotFoundError(
                    "there is no transcript of this contact", hint="with --backend aws, DynamoDB is asked"
                )
            return found
        try:
            from voicebot.transcribe.files import read_sides, transcribe_clips, transcribe_streams
        except ModuleNotFoundError as exc:
            raise ConfigError(
                f"transcribing needs the package {exc.name}", hint="pip install 'voicebot[transcribe]'"
            ) from exc
        sides = read_sides(file)
        if self.is_on_aws:
            return transcribe_streams(sides, self.stream_recogniser, file.stem)
        from voicebot.call.simulation.callers import load_recogniser

        return transcribe_clips(sides, load_recogniser(), file.stem)
