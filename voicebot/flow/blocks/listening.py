"""Waiting for the caller to speak or press keys."""

from typing import Literal

from voicebot.flow.call import REACTION_S, Call
from voicebot.flow.ports import Pressed, Said, Silent


def listen(call: Call, prompted_for: Literal["speech", "digits"], limit_s: float) -> Said | Pressed | None:
    """Return what the caller says or presses within a limit, with it on the line; None for silence.

    The caller begins `REACTION_S` after the prompt, at once where they cut it short, or after a silence of their own. Words count for nothing where only
    keys are understood: they are on the line, and the limit runs on.
    """
    deadline_s = call.line.elapsed_s + limit_s
    pause_s = 0.0 if call.is_interrupted else REACTION_S
    call.is_interrupted = False
    while True:
        turn = call.next_turn(prompted_for)
        if isinstance(turn, Silent):
            call.wait(min(turn.seconds, deadline_s - call.line.elapsed_s))
            pause_s = 0.0
        elif isinstance(turn, Pressed):
            call.wait(pause_s)
            call.hear_keys(turn)
            return turn
        elif isinstance(turn, Said):
            call.wait(pause_s)
            call.hear_speech(turn)
            if prompted_for == "speech":
                return turn
        if call.line.elapsed_s >= deadline_s:
            call.hear_silence()
            return None
