"""Other ways to say a written line, as callers and speech recognition vary it: for training only."""

import random
import re

_ENDINGS = (
    ("해 주세요", ("해 줘", "해 주시겠어요", "해 주십시오", "해라", "해 줄래")),
    ("알려 주세요", ("궁금해요", "알려 줘", "말씀해 주세요", "알고 싶어요")),
    ("주세요", ("줘", "주십시오", "주시겠어요", "줄래")),
    ("마세요", ("마", "말아 주세요", "마십시오", "말아 줘")),
    ("있나요", ("있어", "있습니까", "있냐", "있는지 알려 주세요", "있어요")),
    ("되나요", ("돼요", "됩니까", "되냐", "돼", "되는지 궁금합니다")),
    ("인가요", ("입니까", "인지 알려 주세요", "이냐", "인지 궁금합니다")),
    ("나요", ("냐", "니", "는지 알려 주세요", "는지 궁금해요", "나")),
    ("합니까", ("하나요", "하냐", "하니", "하는지 궁금해요")),
    ("궁금합니다", ("알려 주세요", "궁금해", "알고 싶습니다")),
    ("습니까", ("나요", "는지 알려 줘", "냐")),
    ("뭐야", ("뭔가요", "뭡니까", "뭔지 알려 줘", "뭐예요")),
    ("예요", ("야", "입니까", "인가요")),
    ("어요", ("어", "나요", "습니까")),
    ("해요", ("해", "합니까", "하나요", "하니", "하는지 알려 주세요")),
    ("줘", ("주세요", "주십시오", "줄래", "주시겠어요")),
    ("돼", ("되나요", "돼요", "됩니까")),
    ("야", ("인가요", "예요", "입니까")),
    ("어", ("어요", "나요", "습니까", "니")),
    ("해", ("해 주세요", "해요", "하세요", "하나요")),
)
_FILLERS = ("음 ", "저기 ", "그 ", "어 ", "혹시 ", "저기요 ", "있잖아요 ", "아 ", "그게 ", "야 ", "저 ")
_PARTICLE = re.compile(r"(?<=[가-힣]{2})(?:이|가|을|를|은|는|에|도|로)(?= )")
_MISHEARD = (("ㅐ", "ㅔ"), ("에", "애"), ("돼", "되"), ("게", "개"), ("네", "내"), ("께", "게"), ("외", "왜"))


def vary(text: str, chance: random.Random) -> str:
    """Return `text` with another ending, order, opening or spacing, or with particles left out."""
    if chance.random() < 0.7:
        for ending, others in _ENDINGS:
            if text.endswith(ending):
                text = text[: -len(ending)] + chance.choice(others)
                break
    if chance.random() < 0.4:
        text = _PARTICLE.sub(lambda match: "" if chance.random() < 0.6 else match[0], text)
    words = text.split()
    if len(words) >= 3 and chance.random() < 0.5:
        cut = chance.randint(1, len(words) - 1)
        text = " ".join(words[cut:] + words[:cut])
    if chance.random() < 0.1:
        text = text.replace(*chance.choice(_MISHEARD))
    if chance.random() < 0.35:
        text = chance.choice(_FILLERS) + text
    if chance.random() < 0.15:
        text = text.replace(" ", "")
    return text
