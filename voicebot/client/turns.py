"""The turns of a call, and what is said while a caller waits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from voicebot.chat.protocol import Turn
from voicebot.client.cache import Cache
from voicebot.resources import DATA_DIR

if TYPE_CHECKING:
    from voicebot.call.simulation.functions import LocalFunctions
    from voicebot.fillers.catalogue import FillerText
    from voicebot.fillers.shelf import FillerShelf
    from voicebot.turns.batch import Playback
    from voicebot.turns.protocol import WorkerInvoker
    from voicebot.turns.service import TurnService
    from voicebot.turns.worker import Worker


class Turns(Cache):
    """The turns of a call."""

    def prewarm(self) -> None:
        """Load what a caller's first turn would otherwise wait for: understanding, the index, the live voice.

        An engine that is out of reach keeps no call from beginning; it is missed when it is needed.
        """
        self.prewarm_turns()
        self.warm_up_speech()

    def prewarm_turns(self) -> None:
        """Load what understands a turn and finds its answer, and open the connection of the store that it starts with."""
        self.chajipsa.understand(Turn("안녕하세요"))
        self.answer_index.find("안녕하세요")
        self.turns.prewarm()

    @cached_property
    def filler_texts(self) -> tuple[FillerText, ...]:
        """What can be said while a caller waits."""
        from voicebot.fillers.catalogue import load_catalogue

        return load_catalogue(DATA_DIR / "fillers.yaml")

    @cached_property
    def shelf(self) -> FillerShelf:
        """The fillers that have been synthesised."""
        from voicebot.fillers.shelf import FillerShelf

        return FillerShelf(self.blobs)

    @cached_property
    def functions(self) -> LocalFunctions:
        """The Lambda functions."""
        from voicebot.call.simulation.functions import LocalFunctions

        return LocalFunctions(self._handlers, self, self.clock)

    @cached_property
    def turns(self) -> TurnService:
        """From what a caller said to what the flow does next."""
        from voicebot.turns.service import TurnService

        return TurnService(
            self.lookup,
            self.inbox,
            self.jobs,
            self.bookings,
            self.worker_invoker,
            self.chajipsa,
            self.clock,
            self.settings.turns.max_misunderstandings,
            self.settings.cache.batch_approval,
            self.lookup_meter,
        )

    @cached_property
    def worker_invoker(self) -> WorkerInvoker:
        """Has misses answered beside the call."""
        function = self.settings.aws.synthesize_function
        if self.is_on_aws and function:
            service = self.aws.service("lambda")
            from voicebot.turns.lambda_worker import LambdaWorker

            return LambdaWorker(service, function)
        from voicebot.call.simulation.functions import LocalWorker

        return LocalWorker(self.functions)

    @cached_property
    def worker(self) -> Worker:
        """Answers misses."""
        return self.worker_for("")

    def worker_for(self, engine: str) -> Worker:
        """Return what answers misses in a call of an engine of its own; an empty string is the configured one.

        The engine `gpt` writes the answers as well; the others speak what the configured chat engine writes.
        """
        from voicebot.turns.worker import Worker

        tts = self.settings.tts
        return Worker(
            self.chat_engine("gpt") if engine == "gpt" else self.chat,
            self.chajipsa,
            self.prompts(engine, fallback=tts.fallback) if engine else self.live_prompts,
            self.blobs,
            self.jobs,
            self.inbox,
            self.clock,
            tts.first_chunk_max_chars,
            tts.chunk_max_chars,
            self.settings.turns.batch_size,
        )

    @cached_property
    def playback(self) -> Playback:
        """What the flow plays next."""
        from voicebot.turns.batch import Playback
        from voicebot.turns.waits import Waits

        turns = self.settings.turns
        shelf = self.shelf if turns.use_fillers else None
        waits = Waits(turns.expected_wait_s)
        first_wait_s = turns.first_url_wait_ms / 1000
        return Playback(self.jobs, self.blobs, shelf, self.clock, first_wait_s, turns.max_wait_s, waits)
