"""One process of a campaign against a stubbed Connect: FOLDER KILL_AT before|after."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.fakes.calls import client_at, korean
from tests.fakes.connect import FLOW, INSTANCE, StubbedConnect
from voicebot.call.assembly import build_calls, build_campaign
from voicebot.call.contact_file import read_contacts
from voicebot.call.dialers.connect import ConnectDialer
from voicebot.call.service import CallRequest
from voicebot.clock import VirtualClock

START = "2026-11-25 10:00"


def main(folder: Path, kill_at: int, is_noted_first: bool) -> None:
    """Run until the end, or until it is killed."""
    client = client_at(folder, START, call__calls_per_second=2.0)
    assert isinstance(client.clock, VirtualClock)
    connect = StubbedConnect(folder, client.clock, kill_at, is_noted_first)
    if connect.starts:
        client.clock.sleep(connect.starts[-1]["at_s"] - korean(START))
    dialer = ConnectDialer(connect.service, INSTANCE, FLOW, 30, client.clock)
    calls = build_calls(client, dialer=dialer)
    contacts = read_contacts(folder / "contacts.csv")
    report = build_campaign(client, calls, "500", CallRequest("", "service")).run(contacts.rows)
    print(json.dumps(asdict(report)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "after")
