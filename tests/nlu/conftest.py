"""A model trained in a few seconds on a fixed small part of the written data."""

from pathlib import Path

import pytest

GROUPS = {
    "d1.a": ("토요일에도 문 여나요", "거기 토욜날 해요", "토요일 영업하는지 알려 주세요", "토요일에 가도 되나요"),
    "d1.b": ("일요일에도 문 여나요", "일요일 영업하는지 궁금해요", "일욜은 쉬어요", "일요일에 정비소 하나요"),
    "d2.a": ("거실 불 켜 주세요", "켜 줘 거실 조명", "거실 전등 켜 주시겠어요", "거실 라이트 켜"),
    "d2.b": ("거실 불 꺼 주세요", "거실 조명 꺼", "꺼 줘 거실 등", "거실 전등 꺼 주시겠어요"),
    "d3.a": ("엔진오일 교환 얼마예요", "엔진오일 가는 가격 알려 줘", "엔진오일 교체 비용이 궁금해요", "오일 값이 얼마야"),
    "d3.b": ("엔진오일 언제 갈아요", "엔진오일 교환 주기가 어떻게 되나요", "오일은 언제 교체해야 돼", "엔진오일 교체 시기 알려 줘"),
    "d4.a": ("타이어 공기압 봐 주나요", "공기압 점검도 해 줘요", "타이어 바람 넣어 주나요", "공기압 체크 되나요"),
    "d4.b": ("타이어 교체해 주나요", "타이어 바꿔 주시나요", "타이어 갈 수 있어요", "새 타이어로 교체 되나요"),
    "d5.a": ("내일 오전 예약해 주세요", "내일 아침으로 예약 잡아 줘", "오전에 내일 예약 될까요", "내일 오전에 예약할게요"),
    "d5.b": ("내일 오후 예약해 주세요", "내일 오후로 예약 잡아 줘", "오후에 내일 예약 될까요", "내일 오후에 예약할게요"),
    "d6.a": ("주차장 있어요", "차 댈 데 있나요", "주차 되나요 거기", "주차 공간이 있는지 궁금해요"),
    "d7.a": ("카드로 결제되나요", "신용카드 받아요", "카드 결제 가능한가요", "결제를 카드로 해도 돼요"),
    "d8.a": ("상담원 바꿔 주세요", "사람하고 통화할래요", "직원 연결해 줘", "상담원 연결 부탁드려요"),
    "d9.a": ("배터리가 방전됐어요", "방전돼서 시동이 안 걸려요", "배터리 나갔나 봐요", "배터리가 죽었어"),
    "d10.a": ("세차 얼마예요", "세차 가격 알려 주세요", "손세차 비용이 어떻게 돼요", "세차하는 데 얼마 들어"),
    "d11.a": ("예약 취소해 주세요", "예약한 거 취소할게요", "예약 취소하려고요", "잡은 예약 없던 걸로 해 줘"),
}  # fmt: skip
INTENTS = {
    "engine_oil": (*GROUPS["d3.a"], *GROUPS["d3.b"]),
    "tire": (*GROUPS["d4.a"], *GROUPS["d4.b"]),
    "location": GROUPS["d6.a"],
    "agent": GROUPS["d8.a"],
    "out_of_scope": ("오늘 날씨 어때", "짜장면 두 그릇 배달해 주세요", "커피 쿠폰 있어요", "대출 금리 알려 줘", "아 배고프다", "비행기 표 얼마야"),
}  # fmt: skip


@pytest.fixture(scope="session")
def csv_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The intents file and the paraphrase file."""
    folder = tmp_path_factory.mktemp("data")
    for name, column, table in (("intents", "intent", INTENTS), ("groups", "group", GROUPS)):
        rows = [f"{line},{label}" for label, lines in table.items() for line in lines]
        (folder / f"{name}.csv").write_text(f"utterance,{column}\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return folder / "intents.csv", folder / "groups.csv"


@pytest.fixture(scope="session")
def trained(csv_files: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small trained model; skips where torch is missing."""
    pytest.importorskip("torch", reason="training needs torch")
    from voicebot.nlu.train import Options, train

    folder = tmp_path_factory.mktemp("model")
    train(*csv_files, folder, Options(folds=2, epochs=3, rounds=1, networks=1))
    return folder
