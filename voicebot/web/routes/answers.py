"""The inbox and the approved answers: look, listen, edit, approve, reject, take back; and how much is covered."""

import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Query, UploadFile
from fastapi import Path as InPath
from fastapi.responses import Response
from pydantic import BaseModel, Field

from voicebot.cache.coverage.queries import count_queries
from voicebot.cache.protocol import InboxState
from voicebot.client import Voicebot
from voicebot.errors import InputError
from voicebot.web.desk import Desk, DeskItem
from voicebot.web.routes.flows import Started, started
from voicebot.web.runs import Run, Runs
from voicebot.web.shapes import EngineName, ShortText
from voicebot.web.speaking import WAV

MAX_QUERIES = 20_000
_TOLD_EVERY = 25

Name = Annotated[str, InPath(pattern=r"^[0-9a-f]{12}$", examples=["5f2b6a1c9d3e"])]
Intent = Annotated[str, Field(max_length=100)]


class Item(BaseModel):
    """A question of the inbox; personal data is masked."""

    id: str
    utterance: str
    answer: str = Field(description="With its fact placeholders; empty when there is none yet.")
    text: str = Field(description="The answer as it is spoken.")
    intent: str
    source: str
    state: InboxState
    count: int = Field(description="How often it was asked.")
    confidence: float
    problem: str = Field(description="Why it failed, or why it waits for a person.")
    last_seen_s: float
    has_audio: bool
    can_undo: bool


class Items(BaseModel):
    """Items, and how many there are in each state."""

    items: list[Item]
    counts: dict[str, int]
    answers: int


class Question(BaseModel):
    """A question with its answer."""

    utterance: Annotated[str, Field(min_length=1, max_length=500, examples=["주차할 수 있나요"])]
    answer: ShortText = Field(examples=["네, 건물 뒤쪽에 무료로 주차하실 수 있어요."])
    intent: Intent = ""


class Edit(BaseModel):
    """A new answer for an item."""

    answer: ShortText
    intent: Intent | None = None


class Approve(BaseModel):
    """Who is to speak the answer."""

    engine: EngineName | None = Field(None, description="The configured one when left out.")


def routes(client: Voicebot, desk: Desk, runs: Runs) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1", tags=["answers"])

    @router.get("/inbox")
    def inbox(
        state: Literal["pending", "claimed", "synthesised", "approved", "rejected", "failed", "dead"] | None = None,
        words: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> Items:
        """List the inbox, most asked first."""
        items = [_item(one) for one in desk.items(state, words, limit)]
        return Items(items=items, counts=client.inbox.counts(), answers=client.answers.count())

    @router.post("/inbox", status_code=201)
    def add(question: Question) -> Item:
        """Put a question and its answer into the inbox."""
        return _item(desk.add(question.utterance, question.answer, question.intent))

    @router.get("/inbox/{name}")
    def item(name: Name) -> Item:
        """Return one item."""
        return _item(desk.item(name))

    @router.put("/inbox/{name}")
    def edit(name: Name, change: Edit) -> Item:
        """Change the answer that an item is to get."""
        return _item(desk.edit(name, change.answer, change.intent))

    @router.post("/inbox/{name}/approve")
    def approve(name: Name, order: Approve) -> Item:
        """Speak an item's answer and make it the one that callers hear."""
        return _item(desk.approve(name, order.engine))

    @router.post("/inbox/{name}/reject")
    def reject(name: Name) -> Item:
        """Put an item aside for good."""
        return _item(desk.reject(name))

    @router.post("/inbox/{name}/undo")
    def undo(name: Name) -> Item:
        """Take back the last thing that was done to an item."""
        return _item(desk.undo(name))

    @router.get(
        "/inbox/{name}/audio",
        response_class=Response,
        responses={200: {"content": {WAV: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    def audio(name: Name) -> Response:
        """Return what callers hear."""
        return Response(desk.audio(name), media_type=WAV)

    @router.post("/coverage", status_code=202)
    def coverage(
        queries: Annotated[
            UploadFile, File(description="A CSV utterance,expected[,intent]; an empty expected must miss.")
        ],
    ) -> Started:
        """Measure hits and false hits over queries whose answers are known; the last event has the report."""
        data = queries.file.read()
        with tempfile.TemporaryDirectory() as folder:
            total = _checked(_kept(Path(folder), data))

        def work(run: Run) -> dict[str, Any]:
            done = 0

            def count() -> None:
                nonlocal done
                done += 1
                if done % _TOLD_EVERY == 0:
                    run.tell("progress", {"done": done, "total": total})

            with tempfile.TemporaryDirectory() as folder:
                return asdict(client.coverage().measure(_kept(Path(folder), data), on_query=count))

        return started(runs.start("coverage", work))

    return router


def _kept(folder: Path, data: bytes) -> Path:
    path = folder / "queries.csv"
    path.write_bytes(data)
    return path


def _checked(path: Path) -> int:
    """Return how many queries a file has, as errors name it: without where it was kept."""
    try:
        total = count_queries(path) or 0
    except InputError as exc:
        raise InputError(exc.message.replace(str(path), "the file"), hint=exc.hint) from exc
    if total > MAX_QUERIES:
        raise InputError(
            f"the file has {total:,} queries; the limit is {MAX_QUERIES:,}", hint="voicebot cache coverage"
        )
    return total


def _item(one: DeskItem) -> Item:
    item = one.item
    return Item(
        id=item.id_hash,
        utterance=item.utterance,
        answer=item.answer or "",
        text=one.text,
        intent=item.intent,
        source=item.source,
        state=item.state,
        count=item.count,
        confidence=item.confidence,
        problem=item.last_error,
        last_seen_s=item.last_seen_s,
        has_audio=one.has_audio,
        can_undo=one.can_undo,
    )
