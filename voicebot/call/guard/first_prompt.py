"""What the first prompt of an outbound call must say, checked before anybody is called.

Source:
    Network Act, article 50, paragraph 4, and Decree, annex 6 (advertising: "광고", sender, contact, how to refuse);
    AI Basic Act, article 31 (say that it is an artificial intelligence); Personal Information Protection Act (recording).
"""

import re
from dataclasses import dataclass

from voicebot.call.plan import Purpose
from voicebot.turns.outbound import OPT_OUT_KEY

SHORTEST, LONGEST = 20, 400
"""Characters. Longer than that nobody hears to the end."""

_AI = re.compile(r"인공\s?지능|에이\s?아이|(?<![A-Za-z])AI(?![A-Za-z])")
_NOT_AI = re.compile(rf"(?:{_AI.pattern})[^.!?]{{0,8}}(?:아니|아닌|아닙)")
_RECORDING = re.compile(r"녹음")
_NOT_RECORDED = re.compile(r"녹음(?:되지|하지)\s?않")
_REASON = re.compile(r"안내|확인|알려|조사|예약|점검|접수|방문|소개|혜택|할인|행사|이벤트|답변")
_REFUSE = re.compile(r"수신\s?(?:거부|을?\s?원(?:하지|치)\s?않)|전화를?\s?(?:원(?:하지|치)|받고\s?싶지)\s?않|거부")
_CANNOT = re.compile(r"(?:거부|원하지\s?않)[^.!?]{0,12}(?:수\s?없|불가|안\s?됩니다)")
_HOW = re.compile(rf"{OPT_OUT_KEY}\s?번|구\s?번|말씀")
_OTHER_KEY = re.compile(rf"(?:(?!{OPT_OUT_KEY})[0-9*#]|[공영일이삼사오육칠팔])\s?번(?:을|를)?\s?(?:눌러|누르|누를)")
_SELLS = re.compile(r"할인|특가|세일|혜택|이벤트|프로모션|쿠폰|사은품|경품|신상품|추천\s?상품|무료\s?체험|가입\s?권유")
_AD_FIRST = re.compile(r"^[\s(\[<「'\"]*광고")
_CONTACT = re.compile(
    r"\d{2,4}[-\s]\d{3,4}(?:[-\s]\d{4})?|[공영일이삼사오육칠팔구](?:[\s에의-]*[공영일이삼사오육칠팔구]){6,}"
)


@dataclass(frozen=True)
class PromptFinding:
    """One thing that is wrong with a first prompt.

    Attributes:
        rule: ``company``, ``purpose``, ``ai``, ``recording``, ``ad``, ``contact``, ``refusal``, ``sells`` or ``length``.
        message: What is missing, or should not be there.
        fix: Words that would do, or what to do.
    """

    rule: str
    message: str
    fix: str


def check_first_prompt(
    text: str, company: str, purpose: Purpose, about: str = "", message: str = ""
) -> list[PromptFinding]:
    """Return what a first prompt lacks; nothing when it may be played.

    Args:
        text: The prompt.
        company: Who calls.
        purpose: What kind of call it is.
        about: What the call is about; the prompt must say it in these or in other words.
        message: What is said after it; a service call may not advertise there either.
    """
    found: list[PromptFinding] = []
    squeezed = re.sub(r"\s", "", text)

    def need(is_there: bool, rule: str, message: str, fix: str) -> None:
        if not is_there:
            found.append(PromptFinding(rule, message, fix))

    need(SHORTEST <= len(text.strip()) <= LONGEST, "length", f"it must have {SHORTEST} to {LONGEST} characters", "")
    is_named = bool(company.strip()) and re.sub(r"\s", "", company) in squeezed
    need(is_named, "company", "it does not say which company calls", f"{company}입니다")
    says_why = bool(_REASON.search(text)) or (bool(about) and re.sub(r"\s", "", about) in squeezed)
    need(says_why, "purpose", "it does not say what the call is about", f"{about or '예약 안내'}로 전화드렸습니다")
    need(
        bool(_AI.search(_NOT_AI.sub("", text))),
        "ai",
        "it does not say that an AI is speaking",
        "저는 인공지능 상담사입니다",
    )
    is_recorded = bool(_RECORDING.search(_NOT_RECORDED.sub("", text)))
    need(is_recorded, "recording", "it does not say that the call is recorded", "통화 내용은 녹음됩니다")
    says_how = bool(_REFUSE.search(text) and _HOW.search(text))
    can_refuse = says_how and not _CANNOT.search(text) and not _OTHER_KEY.search(text)
    how = f"전화를 원하지 않으시면 {OPT_OUT_KEY}번을 누르거나 수신 거부라고 말씀해 주세요"
    need(can_refuse, "refusal", "it does not say how to refuse further calls", how)
    if purpose == "service":
        need(
            not _SELLS.search(f"{text} {message}"),
            "sells",
            "it advertises, and the purpose is service",
            "call with --purpose ad",
        )
    else:
        need(bool(_AD_FIRST.search(text)), "ad", "advertising must say so in its first word", "광고 전화입니다")
        need(bool(_CONTACT.search(text)), "contact", "advertising must give a number to call back", "문의는 1588-0000")
    return found
