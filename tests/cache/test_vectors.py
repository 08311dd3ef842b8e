"""The answers' index in a vector store."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("boto3", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from botocore.stub import ANY, Stubber

from voicebot.aws.session import AwsService, AwsSession
from voicebot.cache.index import AnswerIndex, IndexOptions
from voicebot.cache.protocol import Answer
from voicebot.cache.vectors import NEAREST, S3Vectors, StoredLine, encoded
from voicebot.client import Voicebot
from voicebot.errors import ConfigError
from voicebot.nlu.model import Model

pytestmark = pytest.mark.contract

BUCKET = "voicebot-vectors"
ARN = f"arn:aws:s3vectors:ap-northeast-2:123456789012:bucket/{BUCKET}/index/answers-1"


class MemoryVectors:
    """A `VectorStore` that compares with everything."""

    def __init__(self) -> None:
        self.indexes: dict[str, list[StoredLine]] = {}

    def create(self, index: str, dimension: int) -> None:
        self.indexes.setdefault(index, [])

    def put(self, index: str, lines: Iterable[StoredLine]) -> int:
        new = list(lines)
        self.indexes[index] += new
        return len(new)

    def nearest(self, index: str, vector: Sequence[float], count: int) -> list[StoredLine]:
        lines = self.indexes[index]
        cosines = np.array([line.vector for line in lines]) @ np.array(vector)
        return [lines[n] for n in np.argsort(-cosines)[:count].tolist()]

    def delete(self, index: str) -> None:
        self.indexes.pop(index, None)


@pytest.fixture(scope="module")
def model() -> Model:
    from voicebot.nlu.model import load_model
    from voicebot.resources import DATA_DIR

    return load_model(DATA_DIR / "model")


@pytest.fixture
def service() -> AwsService:
    return AwsSession("ap-northeast-2", "http://127.0.0.1:9", budget_s=0.0).service("s3vectors")


@pytest.fixture
def stub(service: AwsService) -> Iterator[Any]:
    """S3 Vectors as its service model has it: what is sent and what is answered is checked against it."""
    with Stubber(service.client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def lines(count: int) -> list[StoredLine]:
    return [StoredLine(f"질문{n}번", f"c{n}", f"질문 {n}번이에요", [0.0, 0.6, 0.8]) for n in range(count)]


def test_a_bucket_is_made_once(service: AwsService, stub: Any) -> None:
    store = S3Vectors(service, BUCKET)
    stub.add_client_error("get_vector_bucket", "NotFoundException", http_status_code=404)
    assert store.set_up(is_dry_run=True).action == "created"
    stub.add_client_error("get_vector_bucket", "NotFoundException", http_status_code=404)
    stub.add_response(
        "create_vector_bucket",
        {"vectorBucketArn": ARN.split("/index")[0]},
        {"vectorBucketName": BUCKET, "encryptionConfiguration": {"sseType": "AES256"}},
    )
    assert store.set_up().action == "created"
    stub.add_response(
        "get_vector_bucket",
        {"vectorBucket": {"vectorBucketName": BUCKET, "vectorBucketArn": ARN.split("/index")[0], "creationTime": 0}},
        {"vectorBucketName": BUCKET},
    )
    assert store.set_up().action == "exists"


def test_an_index_is_made_with_what_is_read_back_kept_out_of_its_filters(service: AwsService, stub: Any) -> None:
    expected = {
        "vectorBucketName": BUCKET,
        "indexName": "answers-1",
        "dataType": "float32",
        "dimension": 3,
        "distanceMetric": "cosine",
        "metadataConfiguration": {"nonFilterableMetadataKeys": ["answer_id", "utterance"]},
    }
    stub.add_response("create_index", {"indexArn": ARN}, expected)
    stub.add_client_error("create_index", "ConflictException", http_status_code=409)
    S3Vectors(service, BUCKET).create("answers-1", 3)
    S3Vectors(service, BUCKET).create("answers-1", 3)


def test_lines_are_put_five_hundred_at_a_time(service: AwsService, stub: Any) -> None:
    for _ in range(3):
        stub.add_response("put_vectors", {}, {"vectorBucketName": BUCKET, "indexName": "answers-1", "vectors": ANY})
    assert S3Vectors(service, BUCKET).put("answers-1", iter(lines(1200))) == 1200


def test_the_nearest_lines_come_with_their_answers(service: AwsService, stub: Any) -> None:
    found = [
        {"key": line.key, "distance": 0.1, "metadata": {"answer_id": line.answer_id, "utterance": line.utterance}}
        for line in lines(2)
    ]
    stub.add_response(
        "query_vectors",
        {"vectors": found, "distanceMetric": "cosine"},
        {
            "vectorBucketName": BUCKET,
            "indexName": "answers-1",
            "topK": 2,
            "queryVector": {"float32": [0.0, 1.0, 0.0]},
            "returnMetadata": True,
        },
    )
    nearest = S3Vectors(service, BUCKET).nearest("answers-1", np.array([0, 1, 0], np.float32).tolist(), 2)
    assert [(line.key, line.answer_id) for line in nearest] == [("질문0번", "c0"), ("질문1번", "c1")]


def test_an_index_that_is_gone_is_as_good_as_removed_and_other_refusals_are_said(
    service: AwsService, stub: Any
) -> None:
    stub.add_client_error("delete_index", "NotFoundException", http_status_code=404)
    S3Vectors(service, BUCKET).delete("answers-1")
    stub.add_client_error("put_vectors", "AccessDeniedException", http_status_code=403)
    with pytest.raises(ConfigError, match="put_vectors"):
        S3Vectors(service, BUCKET).put("answers-1", lines(1))


def test_keys_that_are_too_long_for_the_store_are_left_out(model: Model) -> None:
    stored = list(encoded(model, [("c1", "주차 되나요"), ("c2", "가나다라마바사" * 60)]))
    assert [line.answer_id for line in stored] == ["c1"]
    assert np.linalg.norm(stored[0].vector) == pytest.approx(1.0, abs=1e-4)


def test_past_the_configured_size_the_vector_store_takes_over_behind_the_same_index(
    voicebot: Voicebot, model: Model, tmp_path: Path
) -> None:
    store = MemoryVectors()
    options = IndexOptions(tmp_path / "index", vectors=store, vectors_above_lines=2)
    index = AnswerIndex(voicebot.answers, voicebot.blobs, lambda: model, voicebot.clock, options)
    told = []
    for number, line in enumerate(
        ("토요일에도 문 여나요", "주차장 있어요", "엔진오일 교환 얼마예요", "카드로 결제되나요")
    ):
        key = voicebot.lookup.key(line)
        voicebot.answers.put(Answer(key, line, f"c{number}", "네.", "네.", "", ("c",), "local", "ko", 1, 1.0))
        assert index.build() == number + 1
        pointer = index.pointer()
        assert pointer
        told.append(pointer.kind)
        match = index.find(line)
        assert match
        assert match.candidate
        assert (match.is_hit, match.candidate.answer_id) == (True, f"c{number}")
    assert told == ["file", "file", "vectors", "vectors"]
    assert len(store.indexes) == 2
    match = index.find("우주여행도 시켜 주나요")
    assert match
    assert not match.is_hit
    index.build()
    assert len(store.indexes) == 2
    assert NEAREST <= 30
