from __future__ import annotations

import pytest

from airloom.intents.multilingual.encoder import MultilingualEncoder
from airloom.intents.reasoners.unreadable import why_unreadable
from airloom.simulation.catalogue import load_catalogue


@pytest.fixture(scope="module")
def encoder() -> MultilingualEncoder:
    return MultilingualEncoder()


READABLE = [
    "how to make a bed for your cat",
    "ONE POT PASTA FOR TIRED PEOPLE",
    "𝗛𝗼𝘄 𝗶 𝗺𝗮𝗱𝗲 𝗺𝘆 𝗸𝗶𝘁𝗰𝗵𝗲𝗻",
    "cómo hacer una cama para tu gato",
    "como fazer uma cama para gatos",
    "comment fabriquer un lit pour chat",
    "wie man ein Bett für Katzen baut",
    "come costruire una cuccia per gatti",
    "hoe maak je een bed voor je kat",
    "jak zrobić legowisko dla kota",
    "kediler için yatak nasıl yapılır",
    "как сделать лежанку для кошки",
    "طريقة عمل سرير للقطط",
    "วิธีทำเตียงแมว",
    "고양이 침대 만드는 법",
    "猫のベッドの作り方",
    "如何给猫做一张床",
    "如何給貓做一張床",
    "🔥🔥🔥",  # read as words: fire fire fire
    "my cat 猫 and קט",  # mixed: most of it can be read
    "ok",
]
UNREADABLE = {
    "איך לבנות מדף עץ לחדר הילדים": "unreadable script: Hebrew",
    "DIY מדף עץ 🔨": "unreadable script: Hebrew",  # mixed: most of it cannot
    "मेरी बिल्ली पूरे दिन सोती है": "unreadable script: Devanagari",
    "Πώς να φτιάξεις ράφι από ξύλο": "unreadable script: Greek",
    "გამარჯობა მსოფლიო": "unreadable script: Georgian",
    "cách làm kệ gỗ cho phòng trẻ em": "unreadable language in Latin letters",
    "hogyan építs fapolcot a gyerekszobába": "unreadable language in Latin letters",
    "jak postavit dřevěnou polici do dětského pokoje": "unreadable language in Latin letters",
    "балалар бөлмесіне ағаш сөре қалай жасалады": "unreadable language in Cyrillic letters",
    "چگونه یک قفسه چوبی برای اتاق بچه ها بسازیم": "unreadable language in Arabic letters",
    "2024!!!": "no words",
    "???": "no words",
    "\ufe0f": "no words",
}


@pytest.mark.parametrize("title", READABLE)
def test_the_languages_of_the_encoder_are_read(encoder: MultilingualEncoder, title: str) -> None:
    assert why_unreadable([title], pieces=encoder.pieces) == [""]


@pytest.mark.parametrize(("title", "reason"), UNREADABLE.items())
def test_other_languages_are_said_to_be_unreadable(
    encoder: MultilingualEncoder, title: str, reason: str
) -> None:
    assert why_unreadable([title], pieces=encoder.pieces) == [reason]


def test_every_title_of_the_sample_world_is_read(encoder: MultilingualEncoder) -> None:
    catalogue = load_catalogue()

    assert set(why_unreadable(catalogue.content_titles, pieces=encoder.pieces)) == {""}
    assert set(why_unreadable(catalogue.product_titles, pieces=encoder.pieces)) == {""}


def test_without_pieces_only_scripts_tell() -> None:
    titles = ["איך לבנות מדף עץ", "cách làm kệ gỗ cho phòng trẻ em"]

    assert why_unreadable(titles, pieces=None) == ["unreadable script: Hebrew", ""]
