"""The first words of an outbound call, from who calls, whom, and why."""

import re
from dataclasses import dataclass

from voicebot.call.guard.first_prompt import PromptFinding, check_first_prompt
from voicebot.call.plan import Purpose
from voicebot.errors import InputError
from voicebot.korean.mask import mask
from voicebot.korean.normalize import clean
from voicebot.turns.outbound import OPT_OUT_KEY

LONGEST_NAME = 20
LONGEST_ABOUT = 60

_TITLE = re.compile(r"(?:님|고객|씨|선생|사장|대표)$")
_HANGUL_END = re.compile(r"[가-힣]$")


@dataclass(frozen=True)
class Intro:
    """A first prompt and what it still lacks; an intro that was written here lacks nothing.

    Attributes:
        text: What is said.
        findings: What a call may not go out without.
    """

    text: str
    findings: tuple[PromptFinding, ...] = ()


class IntroWriter:
    """Writes first prompts.

    Args:
        company: Who calls.
        contact: The number to call back, which advertising must give.
    """

    def __init__(self, company: str, contact: str) -> None:
        self.company = company
        self._contact = contact

    def write(self, name: str = "", purpose: Purpose = "service", about: str = "이용하신 서비스 안내") -> Intro:
        """Return a first prompt that says everything it must.

        Args:
            name: The person's name, or an empty string; 김민지 becomes 김민지 고객님.
            purpose: What kind of call it is.
            about: What it is about, as a noun: 정비 예약 안내.

        Raises:
            InputError: The name or the subject cannot be spoken, or is too long.
        """
        subject = _words(about, "what the call is about", LONGEST_ABOUT) or "서비스 안내"
        opening = "광고 전화입니다. " if purpose == "ad" else ""
        greeting = f"안녕하세요, {addressed(name)}. " if name.strip() else "안녕하세요. "
        contact = f" 문의 전화는 {self._contact}번입니다." if purpose == "ad" else ""
        text = (
            f"{opening}{greeting}{self.company}입니다. {subject}{_by(subject)} 전화드렸습니다. "
            f"저는 인공지능 상담사이고, 통화 내용은 녹음됩니다.{contact} "
            f"이런 전화를 원하지 않으시면 {OPT_OUT_KEY}번을 누르시거나 '수신 거부'라고 말씀해 주세요."
        )
        return self.check(text, purpose, subject)

    def check(self, text: str, purpose: Purpose, about: str = "") -> Intro:
        """Return a prompt that somebody else wrote, with what it lacks.

        Raises:
            InputError: It cannot be spoken.
        """
        text = clean(text).strip()
        if not text:
            raise InputError("the intro has no text", hint="write what the bot says first, or leave --intro out")
        return Intro(text, tuple(check_first_prompt(text, self.company, purpose, about)))


def addressed(name: str) -> str:
    """Return how a person is spoken to: 김민지 고객님; a title that is there already stays."""
    name = _words(name, "the name", LONGEST_NAME).removesuffix("님").rstrip()
    return f"{name}님" if _TITLE.search(name) else f"{name} 고객님"


def _by(subject: str) -> str:
    """Return the particle after a subject: 안내로, 확인차 stays, 점검으로."""
    if not _HANGUL_END.search(subject):
        return " 건으로"
    if subject.endswith(("차", "위해", "위하여")):
        return ""
    final = (ord(subject[-1]) - ord("가")) % 28
    return "로" if final in (0, 8) else "으로"


def _words(text: str, what: str, longest: int) -> str:
    words = " ".join(clean(text).split()).rstrip(".!?~ ")
    if len(words) > longest:
        raise InputError(f"{what} has more than {longest} characters", hint="shorten it")
    if mask(words) != words:
        raise InputError(f"{what} holds a personal number", hint="leave it out: the call is recorded")
    if re.search(r"[<>{}$\\]", words):
        raise InputError(f"{what} has characters that cannot be spoken", hint="write words only")
    return words
