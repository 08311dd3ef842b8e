"""An answer and the miss that it answers."""

from voicebot.cache.protocol import Answer, Miss

ANSWER = Answer(
    key="주차되나요",
    utterance="주차 되나요",
    answer_id="c050",
    template="네, 주차하실 수 있어요.",
    text="네, 주차하실 수 있어요.",
    intent="location",
    clips=("clips/aa/aa.wav",),
    engine="local",
    voice="ko",
    normalizer_version=1,
    approved_at_s=1_800_000_000.25,
)
MISS = Miss(ANSWER.key, ANSWER.utterance, ANSWER.template, "location", "c050")
