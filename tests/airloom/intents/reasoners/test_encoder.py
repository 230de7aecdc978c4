from __future__ import annotations

from airloom.intents.answers import ENCODER, IntentAnswer
from airloom.intents.encoding import EmbeddingCache
from airloom.intents.known_atoms import atoms_of
from airloom.intents.linking.taxonomy import products_of
from airloom.intents.paths import IntentPath
from airloom.intents.reasoners.encoder import EncoderReasoner
from airloom.intents.reasoners.factory import reasoner_named, version_of
from airloom.intents.reasoners.title_leaves import PATHS
from airloom.intents.settings import DistillSettings
from airloom.llm.keys import Shard
from airloom.llm.outcome import EMPTY, Answer
from airloom.logs.changes import latest_rows
from airloom.logs.contract import OBJECTS
from airloom.logs.lake import Lake
from tests.airloom.intents.shop import DAY, HashingEncoder, put_objects, video


def read(lake: Lake) -> dict[str, IntentAnswer]:
    cache = EmbeddingCache(lake, HashingEncoder())
    reasoner = EncoderReasoner(products_of(lake, through=DAY), cache, titles=())
    (answers,) = reasoner.answer(iter([atoms_of(lake, day=DAY)]))
    return {answer.key.object_id: answer for answer in answers if isinstance(answer, Answer)}


def test_a_title_leads_to_the_category_whose_products_sound_like_it(lake: Lake) -> None:
    answers = read(lake)

    assert answers["c1"].value[0].labels == ("pet supplies", "cats", "cat beds")
    assert answers["c2"].value[0].labels == ("kitchen", "coffee", "coffee grinders")


def test_confidences_fall_and_stay_between_0_and_1(lake: Lake) -> None:
    for answer in read(lake).values():
        sure = [path.confidence for path in answer.value]
        assert sure == sorted(sure, reverse=True)
        assert all(0.0 < value < 1.0 for value in sure)
        assert len(sure) <= PATHS


def test_a_title_like_nothing_in_the_shop_is_less_sure(lake: Lake) -> None:
    answers = read(lake)

    assert (
        max((path.confidence for path in answers["c3"].value), default=0.0)
        < answers["c1"].value[0].confidence
    )


def test_the_encoders_that_ship_read_other_languages_than_english(lake: Lake) -> None:
    titles = {"c6": "如何给猫做一张床", "c7": "cómo moler café en casa", "c8": "cách làm giường cho mèo con"}
    put_objects(
        lake,
        DAY,
        [*latest_rows(lake, OBJECTS, through=DAY).to_pylist(), *map(video, titles, titles.values())],
    )
    reasoner = reasoner_named("encoder", DistillSettings(), lake, day=DAY, shard=Shard())

    (answers,) = reasoner.answer(iter([atoms_of(lake, day=DAY)]))

    read = {answer.key.object_id: answer for answer in answers if isinstance(answer, Answer)}
    assert read["c6"].value[0].labels == ("pet supplies", "cats", "cat beds")
    assert read["c7"].value[0].labels == ("kitchen", "coffee", "coffee grinders")
    assert read["c8"].reason == "unreadable language in Latin letters"
    assert all(
        name in reasoner.version.model for name in ("MiniLM-L6-v2-53aa5117", "use-multilingual-3-0db566fd")
    )
    assert reasoner.version == version_of("encoder", DistillSettings(), lake)


def test_a_title_that_cannot_be_read_gets_no_guess_and_says_why(lake: Lake) -> None:
    put_objects(
        lake, DAY, [*latest_rows(lake, OBJECTS, through=DAY).to_pylist(), video("c6", "מיטה לחתול cat bed")]
    )

    answers = read(lake)

    assert answers["c6"].value == ()
    assert answers["c6"].status == EMPTY
    assert answers["c6"].reason == "unreadable script: Hebrew"
    assert answers["c1"].reason == ""
    assert answers["c1"].value[0].labels == ("pet supplies", "cats", "cat beds")


def test_a_shop_without_categories_gives_empty_answers(lake: Lake) -> None:
    objects = latest_rows(lake, OBJECTS, through=DAY)
    content = objects.filter(objects["category_path"].is_null())
    atoms = atoms_of(lake, day=DAY)

    reasoner = EncoderReasoner(content, EmbeddingCache(lake, HashingEncoder()), titles=())

    (answers,) = reasoner.answer(iter([atoms]))
    assert [answer.value for answer in answers if isinstance(answer, Answer)] == [()] * atoms.num_rows
    assert reasoner.version.kind == ENCODER


def test_what_all_titles_of_the_platform_share_leads_to_no_category(lake: Lake) -> None:
    def best() -> IntentPath | None:
        """What a distillation reads into a title of the crowd."""
        reasoner = reasoner_named(
            "encoder", DistillSettings(), lake, day=DAY, shard=Shard(), encoder=HashingEncoder()
        )
        (answers,) = reasoner.answer(iter([atoms_of(lake, day=DAY)]))
        paths = {answer.key.object_id: answer.value for answer in answers if isinstance(answer, Answer)}["d7"]
        return paths[0] if paths else None

    objects = latest_rows(lake, OBJECTS, through=DAY).to_pylist()
    put_objects(lake, DAY, [*objects, video("d7", "a cat bed in clip 7")])
    alone = best()
    put_objects(lake, DAY, [*objects, *(video(f"d{n}", f"a cat bed in clip {n}") for n in range(200))])
    in_the_crowd = best()

    assert alone
    assert alone.labels[-1] == "cat beds"
    assert alone.confidence > 2 * (in_the_crowd.confidence if in_the_crowd else 0.0)
