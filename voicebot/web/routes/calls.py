"""Calls: a number checked, an intro written, a call placed, watched, spoken in and ended."""

from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, Field

from voicebot.call.numbers import callable_number
from voicebot.call.service import CallRequest
from voicebot.call.status.log import LoggedCall
from voicebot.client import Voicebot
from voicebot.errors import InputError
from voicebot.web.phone import Phone
from voicebot.web.routes.flows import RunId, Started, started
from voicebot.web.shapes import EngineName

Number = Annotated[str, Field(min_length=1, max_length=40, examples=["010-2345-6789"])]
PersonName = Annotated[str, Field(max_length=40, examples=["김민지"])]
Purpose = Literal["service", "ad"]
_SHOWN = 50


class NumberQuestion(BaseModel):
    """A telephone number as a person writes it."""

    number: Number


class NumberAnswer(BaseModel):
    """Whether a number can be called."""

    can_be_called: bool
    number: str = Field(description="In E.164 form; empty when it cannot be called.")
    problem: str
    hint: str


class IntroOrder(BaseModel):
    """For whom and about what the first words are; a text of one's own is only checked."""

    name: PersonName = ""
    purpose: Purpose = "service"
    about: str | None = Field(None, max_length=100, examples=["정비 예약 안내"])
    text: str | None = Field(None, max_length=1000)


class Lack(BaseModel):
    """One thing that an intro may not go without."""

    rule: str
    message: str
    fix: str


class IntroText(BaseModel):
    """The first words of a call, and what they lack."""

    text: str
    lacks: list[Lack]


class CallOrder(BaseModel):
    """A call to be placed."""

    number: Number
    name: PersonName = ""
    purpose: Purpose = "service"
    engine: EngineName | None = Field(None, description="Speaks the intro and live answers.")
    about: str | None = Field(None, max_length=100)
    intro: str | None = Field(None, max_length=1000, description="The first words; written here when left out.")
    message: str = Field("", max_length=1000)
    attempt: int = Field(1, ge=1, le=20)
    night_reason: str = Field("", max_length=300)
    answered_by: Literal["page", "scenario"] = Field("page", description="Who answers on this machine.")


class CallRefusal(BaseModel):
    """Why the guard would not let a call out."""

    rule: str
    message: str
    hint: str
    is_for_all: bool = Field(description="Nobody would be called now, whoever it is.")


class CallOutlook(BaseModel):
    """What would happen if a call were placed now."""

    is_allowed: bool
    is_open: bool = Field(description="Whether calls may go out at this time of day.")
    refusals: list[CallRefusal]
    window: str
    cost_usd: float | None
    warnings: list[str]
    intro: str


class Call(BaseModel):
    """A call of the log; the number is not in it."""

    contact_id: str
    state: str
    outcome: str
    purpose: str
    engine: str
    attempt: int
    placed_at_s: float
    talk_s: float | None


class Turn(BaseModel):
    """What the person at the page says: words, # and digits for keys, nothing for silence."""

    text: str = Field(max_length=1000, examples=["토요일에도 하나요"])


class Heard(BaseModel):
    """The words that were understood in a recording."""

    text: str


def routes(client: Voicebot, phone: Phone) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1", tags=["calls"])

    @router.post("/numbers/check")
    def check_number(question: NumberQuestion) -> NumberAnswer:
        """Say whether a number can be called; nobody is called."""
        try:
            number = callable_number(question.number)
        except InputError as exc:
            return NumberAnswer(can_be_called=False, number="", problem=exc.message, hint=exc.hint or "")
        return NumberAnswer(can_be_called=True, number=number, problem="", hint="")

    @router.post("/intros")
    def intro(order: IntroOrder) -> IntroText:
        """Write the first words of a call, or check those of somebody else."""
        about = order.about if order.about is not None else client.settings.call.about
        if order.text is None:
            found = client.intros.write(order.name, order.purpose, about)
        else:
            found = client.intros.check(order.text, order.purpose, about)
        lacks = [Lack(rule=one.rule, message=one.message, fix=one.fix) for one in found.findings]
        return IntroText(text=found.text, lacks=lacks)

    @router.post("/calls/preview")
    def preview(order: CallOrder) -> CallOutlook:
        """Say what would happen if a call were placed now; nobody is called and nothing is written."""
        service = client.calls()
        plan = service.plan(request_of(order))
        found = service.preview([plan])
        refusals = [
            CallRefusal(rule=one.rule, message=one.message, hint=one.hint, is_for_all=one.is_for_all)
            for one in found.refused.get(0, ())
        ]
        return CallOutlook(
            is_allowed=not refusals,
            is_open=found.is_open,
            refusals=refusals,
            window=found.window,
            cost_usd=found.cost_usd,
            warnings=list(found.warnings),
            intro=plan.intro,
        )

    @router.post("/calls", status_code=202)
    def call(order: CallOrder) -> Started:
        """Call a number; its events tell how it goes. On this machine, the page or a scenario answers."""
        plan = client.calls().plan(request_of(order))
        return started(phone.call(plan, order.answered_by == "page"))

    @router.get("/calls")
    def calls() -> list[Call]:
        """List the latest calls."""
        return [call_of(one) for one, _ in zip(client.call_log.scan(), range(_SHOWN), strict=False)]

    @router.post("/calls/inbound", status_code=202)
    def call_in() -> Started:
        """Call the bot from the page."""
        return started(phone.call_in())

    @router.post("/runs/{run_id}/turns", status_code=204)
    def say(run_id: RunId, turn: Turn) -> None:
        """Say something in a call."""
        phone.caller(run_id).say(turn.text)

    @router.post("/runs/{run_id}/speech")
    def speak(run_id: RunId, recording: Annotated[UploadFile, File(description="A WAV of what is said.")]) -> Heard:
        """Say a recording in a call."""
        return Heard(text=phone.caller(run_id).speak(recording.file.read()))

    @router.post("/runs/{run_id}/hang-up", status_code=204)
    def hang_up(run_id: RunId) -> None:
        """End a call."""
        phone.hang_up(run_id)

    return router


def request_of(order: CallOrder) -> CallRequest:
    """Return an order in the library's words."""
    return CallRequest(
        number=order.number,
        purpose=order.purpose,
        engine=order.engine,
        name=order.name,
        about=order.about,
        intro=order.intro,
        message=order.message,
        attempt=order.attempt,
        night_reason=order.night_reason,
    )


def call_of(call: LoggedCall) -> Call:
    """Return a call of the log as clients see it."""
    return Call(
        contact_id=call.contact_id,
        state=call.state,
        outcome=call.outcome,
        purpose=call.purpose,
        engine=call.engine,
        attempt=call.attempt,
        placed_at_s=call.placed_at_s,
        talk_s=call.talk_s,
    )


PhoneNumber = Annotated[str, Form(min_length=1, max_length=40, examples=["+821023456789"])]
DisplayName = Annotated[str, Form(max_length=40)]


class Dialled(BaseModel):
    """A call of the earlier system's API; `call_id` and `contact_id` are the same."""

    status: str
    call_id: str
    contact_id: str
    outcome: str


class EarlierIntro(BaseModel):
    """An intro; `intro` and `text` are the same."""

    intro: str
    text: str


def earlier_routes(client: Voicebot) -> APIRouter:
    """Return the routes of the earlier system that place calls: multipart forms with the same fields."""
    router = APIRouter(prefix="/api", tags=["earlier system"])

    def dial(number: str, engine: str) -> Dialled:
        service = client.calls()
        placed = service.place(service.plan(CallRequest(number, "service", engine))).call
        return Dialled(
            status=placed.state, call_id=placed.contact_id, contact_id=placed.contact_id, outcome=placed.outcome
        )

    @router.post("/call_fish")
    def call_fish(phone_number: PhoneNumber) -> Dialled:
        """Call a number; Fish Speech speaks."""
        return dial(phone_number, "fish")

    @router.post("/call_eleven")
    def call_eleven(phone_number: PhoneNumber) -> Dialled:
        """Call a number; ElevenLabs speaks."""
        return dial(phone_number, "eleven")

    @router.post("/call_gpt")
    def call_gpt(phone_number: PhoneNumber) -> Dialled:
        """Call a number; GPT answers and speaks."""
        return dial(phone_number, "gpt")

    return router


def intro_routes(client: Voicebot) -> APIRouter:
    """Return the route of the earlier system that writes intros."""
    router = APIRouter(prefix="/api", tags=["earlier system"])

    @router.post("/generate-intro")
    def generate_intro(phone_number: PhoneNumber, display_name: DisplayName = "") -> EarlierIntro:
        """Write the first words of a call."""
        callable_number(phone_number)
        text = client.intros.write(display_name, "service", client.settings.call.about).text
        return EarlierIntro(intro=text, text=text)

    return router
