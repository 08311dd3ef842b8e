"""Training, the card, and the checks when a model is loaded."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from voicebot.disk import write_atomically
from voicebot.errors import ConfigError, InputError
from voicebot.nlu.arrays import pack_arrays
from voicebot.nlu.model import load_model
from voicebot.resources import DATA_DIR

pytestmark = pytest.mark.unit


def copy_of(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "copy"))


def test_the_same_data_and_seed_give_the_same_numbers_with_any_number_of_workers(
    csv_files: tuple[Path, Path], trained: Path, tmp_path: Path
) -> None:
    from voicebot.nlu.train import Options, train

    train(*csv_files, tmp_path, Options(folds=2, epochs=3, rounds=1, networks=1), workers=2)
    one, two = load_model(trained), load_model(tmp_path)
    assert one.card["metrics"] | {"seconds": 0} == two.card["metrics"] | {"seconds": 0}
    assert one.threshold == two.threshold
    assert np.array_equal(one.encode(["엔진오일 얼마예요"]), two.encode(["엔진오일 얼마예요"]))


def test_the_card_says_what_it_was_made_of(trained: Path) -> None:
    card = load_model(trained).card
    assert set(card["data"]) == {"intents.csv", "groups.csv"}
    assert card["lines"]["groups"] > 0
    assert not (trained / ".training").exists()


def test_numpy_computes_what_torch_learned(trained: Path) -> None:
    result = load_model(trained).intent("엔진오일 교환 얼마예요")
    assert sum(share for _, share in result.ranking) == pytest.approx(1.0, abs=1e-5)
    assert result.intent in {name for name, _ in result.ranking}


def test_a_flipped_byte_is_refused_and_names_the_file(trained: Path, tmp_path: Path) -> None:
    folder = copy_of(trained, tmp_path)
    weights = next(folder.glob("weights-*.arrays"))
    data = weights.read_bytes()
    for place in (0, 9, 17, 40, len(data) // 2, len(data) - 1):  # name, length, checksum, header, arrays, the end
        changed = bytearray(data)
        changed[place] ^= 1
        weights.write_bytes(bytes(changed))
        with pytest.raises(ConfigError, match=r"weights-.*damaged"):
            load_model(folder)


def test_whole_weights_of_another_model_are_refused(trained: Path, tmp_path: Path) -> None:
    folder = copy_of(trained, tmp_path)
    weights = next(folder.glob("weights-*.arrays"))
    weights.write_bytes(next((DATA_DIR / "model").glob("weights-*.arrays")).read_bytes())
    with pytest.raises(ConfigError, match=r"weights-.*damaged"):
        load_model(folder)


def test_missing_weights_are_named(trained: Path, tmp_path: Path) -> None:
    folder = copy_of(trained, tmp_path)
    next(folder.glob("weights-*.arrays")).unlink()
    with pytest.raises(ConfigError, match=r"weights-.*No such file"):
        load_model(folder)


def test_a_loaded_model_stays_in_use_when_its_file_is_replaced(trained: Path, tmp_path: Path) -> None:
    folder = copy_of(trained, tmp_path)
    model = load_model(folder)
    before = model.encode(["엔진오일 교환 얼마예요"])
    other = {"encoder.bias": np.zeros(3, np.float32), "verifier.platt": np.zeros(2, np.float32)}
    write_atomically(next(folder.glob("weights-*.arrays")), pack_arrays(other, {}))
    assert np.array_equal(model.encode(["엔진오일 교환 얼마예요"]), before)


@pytest.mark.parametrize(("field", "value", "message"), [("version", 0, "version"), ("threshold", 0.1, "changed")])
def test_a_changed_card_is_refused(trained: Path, tmp_path: Path, field: str, value: float, message: str) -> None:
    folder = copy_of(trained, tmp_path)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    (folder / "card.json").write_text(json.dumps(card | {field: value}), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_model(folder)


def test_no_model_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no readable model"):
        load_model(tmp_path)


def test_bad_data_leaves_the_old_model(csv_files: tuple[Path, Path], trained: Path, tmp_path: Path) -> None:
    from voicebot.nlu.train import train

    folder = copy_of(trained, tmp_path)
    bad = tmp_path / "groups.csv"
    bad.write_text("utterance,group\n", encoding="utf-8")
    with pytest.raises(InputError):
        train(csv_files[0], bad, folder)
    assert load_model(folder).card == load_model(trained).card
