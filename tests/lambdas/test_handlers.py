"""The handlers, with the events that Lex and Connect send."""

import json
from pathlib import Path
from typing import Any

import pytest

from lambdas.call_status import handler as call_status
from lambdas.inbox_age import handler as inbox_age
from lambdas.lex_hook import handler as lex_hook
from lambdas.next_batch import handler as next_batch
from lambdas.opt_out import handler as opt_out
from lambdas.synthesize import handler as synthesize
from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import NotFoundError

pytestmark = pytest.mark.unit

EVENTS = Path(__file__).parent.parent / "events"


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def voicebot(voicebot: Voicebot) -> Voicebot:
    """The client of a simulated call: the worker runs aside, at once."""
    return voicebot.at(VirtualClock(1_000.0))


def test_the_dialog_hook_delegates_and_keeps_the_attributes_it_got(voicebot: Voicebot) -> None:
    reply = lex_hook.handle(event("lex_full"), voicebot)
    assert reply["sessionState"]["dialogAction"] == {"type": "Delegate"}
    assert reply["sessionState"]["sessionAttributes"]["kept"] == "그대로"
    assert reply["sessionState"]["sessionAttributes"]["voicebot_turn"] == "2"
    assert "messages" not in reply


def test_the_fulfilment_hook_reports_the_turn_that_the_dialog_hook_opened(voicebot: Voicebot) -> None:
    full = event("lex_full")
    lex_hook.handle(full, voicebot)
    reply = lex_hook.handle(full | {"invocationSource": "FulfillmentCodeHook"}, voicebot)
    attributes = reply["sessionState"]["sessionAttributes"]
    assert reply["sessionState"]["dialogAction"] == {"type": "Close"}
    assert reply["sessionState"]["intent"]["state"] == "Fulfilled"
    assert attributes["voicebot_turn"] == "3"
    assert attributes["voicebot_job"] == f"{full['sessionId']}.3"
    assert (attributes["voicebot_next"], attributes["voicebot_hit"]) == ("answer", "false")
    assert [item.count for item in voicebot.inbox.scan()] == [1]


def test_lex_never_speaks_when_audio_will_play(voicebot: Voicebot) -> None:
    reply = lex_hook.handle(event("lex_full") | {"invocationSource": "FulfillmentCodeHook"}, voicebot)
    assert reply["messages"] == []


def test_session_attributes_are_all_strings(voicebot: Voicebot) -> None:
    for source in ("DialogCodeHook", "FulfillmentCodeHook"):
        reply = lex_hook.handle(event("lex_full") | {"invocationSource": source}, voicebot)
        attributes = reply["sessionState"]["sessionAttributes"]
        assert all(isinstance(value, str) for value in attributes.values())


def test_silence_in_a_minimal_event_asks_again(voicebot: Voicebot) -> None:
    reply = lex_hook.handle(event("lex_minimal"), voicebot)
    assert reply["sessionState"]["sessionAttributes"]["voicebot_next"] == "reprompt"


def test_a_miss_is_played_to_its_end_clip_by_clip(voicebot: Voicebot) -> None:
    full = event("lex_full")
    lex_hook.handle(full, voicebot)
    parameters = {"JobId": f"{full['sessionId']}.3", "NextIndex": "0"}
    urls = []
    while True:
        connect = event("connect_full")
        connect["Details"]["Parameters"] = parameters
        reply = next_batch.handle(connect, voicebot)
        assert all(isinstance(value, str) for value in reply.values())
        if reply["ClipKind"] == "answer":
            urls.append(reply["AudioUrl"])
        if reply["HasMore"] == "false":
            break
        parameters = {**parameters, "NextIndex": reply["NextIndex"]}
    assert urls
    assert all(voicebot.blobs.exists(voicebot.blobs.key_of(url) or "") for url in urls)


def test_an_unknown_job_takes_the_flows_error_branch(voicebot: Voicebot) -> None:
    with pytest.raises(NotFoundError):
        next_batch.handle(event("connect_minimal"), voicebot)


def test_the_worker_does_a_repeated_task_once(voicebot: Voicebot) -> None:
    full = event("lex_full")
    lex_hook.handle(full, voicebot)
    job = voicebot.jobs.get(f"{full['sessionId']}.3")
    assert job is not None
    task = {
        "job_id": job.id,
        "contact_id": job.contact_id,
        "turn": job.turn,
        "utterance": job.said,
        "key": voicebot.lookup.key(job.said),
        "memory": {},
        "is_scripted": False,
    }
    synthesize.handle(task, voicebot)
    assert voicebot.jobs.get(job.id) == job


def test_opting_out_lists_the_customers_number(voicebot: Voicebot) -> None:
    assert opt_out.handle(event("connect_full"), voicebot) == {"IsListed": "true"}
    assert voicebot.opt_outs.has("010-1234-5678")


def test_opting_out_without_a_number_says_so(voicebot: Voicebot) -> None:
    assert opt_out.handle(event("connect_minimal"), voicebot) == {"IsListed": "false"}


def test_the_inbox_s_age_is_that_of_its_oldest_miss_in_hours(voicebot: Voicebot) -> None:
    assert inbox_age.handle({}, voicebot) == {"pending": 0, "oldest_h": 0.0}
    voicebot.inbox.record(Miss("a", "가"))
    voicebot.clock.sleep(9_000.0)
    voicebot.inbox.record(Miss("b", "나"))
    assert inbox_age.handle({}, voicebot) == {"pending": 2, "oldest_h": 2.5}


def test_a_contact_event_is_kept_and_a_repeat_changes_nothing(voicebot: Voicebot) -> None:
    ended = {"IsKnown": "true", "State": "ended", "Outcome": "answered"}
    assert call_status.handle(event("contact_full"), voicebot) == ended
    assert call_status.handle(event("contact_full"), voicebot) == ended
    assert call_status.handle(event("contact_minimal"), voicebot) == ended
    assert [call.talk_s for call in voicebot.call_log.scan()] == [50.0]


def test_a_contact_that_was_not_placed_by_us_is_passed_over(voicebot: Voicebot) -> None:
    assert call_status.handle(event("contact_minimal"), voicebot)["IsKnown"] == "false"


def test_a_machine_that_answers_our_call_is_hung_up_on(voicebot: Voicebot) -> None:
    full = event("lex_full")
    full["inputTranscript"] = "음성사서함으로 연결됩니다 삐 소리 후 메시지를 남겨 주세요"
    full["invocationSource"] = "FulfillmentCodeHook"
    full["sessionState"]["sessionAttributes"] = {"voicebot_direction": "outbound"}
    reply = lex_hook.handle(full, voicebot)
    assert reply["sessionState"]["sessionAttributes"]["voicebot_next"] == "voicemail"


def test_a_live_answer_is_made_by_the_calls_own_engine(voicebot: Voicebot) -> None:
    full = event("lex_full") | {"invocationSource": "FulfillmentCodeHook"}
    full["sessionState"]["sessionAttributes"] |= {"voicebot_direction": "outbound", "voicebot_engine": "local"}
    attributes = lex_hook.handle(full, voicebot)["sessionState"]["sessionAttributes"]
    job = voicebot.jobs.get(attributes["voicebot_job"])
    assert job is not None
    assert job.state == "done"
    assert attributes["voicebot_engine"] == "local"
