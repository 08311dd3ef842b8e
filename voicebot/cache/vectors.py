"""The answers' index in a vector store, for more lines than a function should hold.

The store finds the lines that are near a question's encoding; the matcher's verifier judges them, as it judges those of
an index in memory. What it learns from the whole of an index, how rare a group of letters is, it has of the found
lines only.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from voicebot.aws.dynamodb_items import LONGEST_KEY_BYTES
from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.aws.setup import Action, SetupStep
from voicebot.korean.normalize import cache_key
from voicebot.nlu.lines import analyse_key
from voicebot.nlu.matcher import Match, Matcher

if TYPE_CHECKING:
    from voicebot.nlu.model import Model

NEAREST = 30
"""Lines that are asked for; S3 Vectors gives no more at once in its oldest form."""

_MOST_PER_PUT = 500
_NOT_FOUND = "NotFoundException"
_TEXTS = ["answer_id", "utterance"]


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line with its encoding.

    Attributes:
        key: The line's cache key.
        answer_id: Its answer.
        utterance: The line.
        vector: Its encoding, a unit vector; empty in what a search returns.
    """

    key: str
    answer_id: str
    utterance: str
    vector: Sequence[float] = ()


class VectorStore(Protocol):
    """Indexes of vectors by name."""

    def create(self, index: str, dimension: int) -> None:
        """Make an index for vectors of so many numbers, unless it is there."""
        ...

    def put(self, index: str, lines: Iterable[StoredLine]) -> int:
        """Store lines and return how many."""
        ...

    def nearest(self, index: str, vector: Sequence[float], count: int) -> list[StoredLine]:
        """Return the lines whose encodings are nearest by cosine, nearest first."""
        ...

    def delete(self, index: str) -> None:
        """Remove an index; one that is not there is as good as removed."""
        ...


class S3Vectors:
    """`VectorStore` in an S3 vector bucket.

    Limits: 500 vectors a request, keys of 1,024 bytes, 40 KB of metadata a vector.
    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-limitations.html

    Args:
        service: S3 Vectors.
        bucket: The vector bucket's name.
        kms_key_arn: A customer's KMS key. None has S3 encrypt with its own keys.
    """

    def __init__(self, service: AwsService, bucket: str, kms_key_arn: str | None = None) -> None:
        self._service = service
        self._bucket = bucket
        self._encryption: dict[str, Any] = {"sseType": "AES256"}
        if kms_key_arn:
            self._encryption = {"sseType": "aws:kms", "kmsKeyArn": kms_key_arn}

    def set_up(self, is_dry_run: bool = False) -> SetupStep:
        """Make the bucket if it is missing."""
        action: Action = "exists"
        try:
            self._service.call("get_vector_bucket", vectorBucketName=self._bucket)
        except ClientError as exc:
            if error_code(exc) != _NOT_FOUND:
                raise
            action = "created"
            if not is_dry_run:
                self._service.call(
                    "create_vector_bucket", vectorBucketName=self._bucket, encryptionConfiguration=self._encryption
                )
        return SetupStep(f"vector bucket {self._bucket}", action)

    def create(self, index: str, dimension: int) -> None:
        """Make an index, unless it is there."""
        try:
            self._service.call(
                "create_index",
                vectorBucketName=self._bucket,
                indexName=index,
                dataType="float32",
                dimension=dimension,
                distanceMetric="cosine",
                metadataConfiguration={"nonFilterableMetadataKeys": _TEXTS},
            )
        except ClientError as exc:
            if error_code(exc) != "ConflictException":
                raise

    def put(self, index: str, lines: Iterable[StoredLine]) -> int:
        """Store lines, 500 a request, and return how many."""
        left = iter(lines)
        stored = 0
        while part := list(islice(left, _MOST_PER_PUT)):
            vectors = [
                {
                    "key": line.key,
                    "data": {"float32": list(map(float, line.vector))},
                    "metadata": {"answer_id": line.answer_id, "utterance": line.utterance},
                }
                for line in part
            ]
            self._service.call("put_vectors", vectorBucketName=self._bucket, indexName=index, vectors=vectors)
            stored += len(part)
        return stored

    def nearest(self, index: str, vector: Sequence[float], count: int) -> list[StoredLine]:
        """Return the lines whose encodings are nearest by cosine, nearest first."""
        reply = self._service.call(
            "query_vectors",
            vectorBucketName=self._bucket,
            indexName=index,
            topK=count,
            queryVector={"float32": list(map(float, vector))},
            returnMetadata=True,
        )
        return [
            StoredLine(found["key"], found["metadata"]["answer_id"], found["metadata"]["utterance"])
            for found in reply["vectors"]
        ]

    def delete(self, index: str) -> None:
        """Remove an index; one that is not there is as good as removed."""
        try:
            self._service.call("delete_index", vectorBucketName=self._bucket, indexName=index)
        except ClientError as exc:
            if error_code(exc) != _NOT_FOUND:
                raise


def encoded(model: "Model", lines: Iterable[tuple[str, str]], size: int = _MOST_PER_PUT) -> Iterator[StoredLine]:
    """Yield (answer id, utterance) pairs with their encodings, some hundreds in memory at a time.

    A key that is longer than a vector's may be is left out: it is still found by its normal form.
    """
    pairs = iter(lines)
    while part := list(islice(pairs, size)):
        keyed = [(cache_key(utterance), answer_id, utterance) for answer_id, utterance in part]
        usable = [one for one in keyed if one[0] and len(one[0].encode()) <= LONGEST_KEY_BYTES]
        vectors = model.encoder.encode([analyse_key(key, model.lexicon) for key, _, _ in usable])
        for (key, answer_id, utterance), vector in zip(usable, vectors.tolist(), strict=True):
            yield StoredLine(key, answer_id, utterance, vector)


class VectorMatcher:
    """Finds the line that means what a caller said, among those that a vector store puts nearest.

    Args:
        load_model: Loads the learned model; called when it is first needed.
        store: The store.
        index: The index in it.
        threshold: Accept from this probability; the model's own when None.
    """

    def __init__(
        self, load_model: "Callable[[], Model]", store: VectorStore, index: str, threshold: float | None = None
    ) -> None:
        self._load_model = load_model
        self._store = store
        self._index = index
        self._threshold = threshold

    def find(self, text: str) -> Match:
        """Return the best candidate for `text` and whether its answer may be played."""
        model = self._load_model()
        key = cache_key(text)
        vector = model.encoder.encode([analyse_key(key, model.lexicon)])[0].tolist() if key else []
        lines = self._store.nearest(self._index, vector, NEAREST) if key else []
        pairs = ((line.answer_id, line.utterance) for line in lines)
        return Matcher.build(model, pairs, self._threshold).find(text)
