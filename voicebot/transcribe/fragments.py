"""Fragments of a live call out of Kinesis Video's GetMedia: Matroska documents one after another, each with its tags.

A fragment of Amazon Connect is a document of its own: EBML head, segment of unknown size, tracks, tags with the
fragment's number, one cluster of about a second, then tags with the contact's id. A file with several clusters in one
document is cut at its clusters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from voicebot.errors import InputError
from voicebot.transcribe.ebml import (
    CLUSTER,
    EBML,
    INFO,
    SEGMENT,
    TAGS,
    TRACKS,
    UNKNOWN_SIZE,
    ElementReader,
    Readable,
    tags_of,
)

NUMBER = "AWS_KINESISVIDEO_FRAGMENT_NUMBER"
CONTACT = "ContactId"
ERROR_CODE = "AWS_KINESISVIDEO_ERROR_CODE"
LAST_TAG = "AWS_KINESISVIDEO_CONTINUATION_TOKEN"
"""The last tag that Kinesis adds to a fragment."""


@dataclass(frozen=True)
class Fragment:
    """Some audio of both tracks.

    Attributes:
        matroska: A whole small document: head, tracks and one cluster.
        tags: What stands before and behind the cluster.
    """

    matroska: bytes
    tags: Mapping[str, str]

    @property
    def number(self) -> str:
        """Kinesis's number of it; empty in a file."""
        return self.tags.get(NUMBER, "")

    @property
    def contact_id(self) -> str:
        """The contact that it belongs to; empty when nothing says so."""
        return self.tags.get(CONTACT, "")


def read_fragments(stream: Readable) -> Iterator[Fragment]:
    """Yield fragments as soon as they are whole.

    Raises:
        InputError: The stream is not Matroska, or Kinesis reports an error in it.
    """
    reader = ElementReader(stream)
    head = cluster = b""
    tags: dict[str, str] = {}
    while (element := reader.head()) is not None:
        if element.id in (EBML, CLUSTER) and cluster:
            yield Fragment(head + cluster, dict(tags))
            cluster = b""
        if element.id == EBML:
            head, tags = element.raw + reader.body(element), {}
        elif element.id == SEGMENT:
            head += SEGMENT.to_bytes(4, "big") + UNKNOWN_SIZE
        elif element.id in (INFO, TRACKS):
            head += element.raw + reader.body(element)
        elif element.id == CLUSTER:
            body = reader.body(element)
            cluster = CLUSTER.to_bytes(4, "big") + (0x01 << 56 | len(body)).to_bytes(8, "big") + body
        elif element.id == TAGS:
            tags |= tags_of(reader.body(element))
            if ERROR_CODE in tags:
                raise InputError(f"Kinesis Video ends the stream with error {tags[ERROR_CODE]}")
            if cluster and LAST_TAG in tags:
                yield Fragment(head + cluster, dict(tags))
                cluster = b""
        else:
            reader.body(element)
        if not head:
            raise InputError("the media stream does not begin with an EBML head")
    if cluster:
        yield Fragment(head + cluster, dict(tags))
