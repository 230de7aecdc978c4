"""The terms of the index, each explained in one sentence where it stands."""

from __future__ import annotations

from typing import Final

from airloom.html_report.blocks import Term

ALWAYS_VALID: Final = Term(
    "always-valid interval",
    "where the true change lies, with the stated confidence, however often you look; it decides the verdict.",
)
FIXED_DATE: Final = Term(
    "fixed-date interval",
    "narrower, but right only on one day that was chosen before the experiment began.",
)
VARIANT: Final = Term(
    "variant",
    "one way of ranking; every user sees the same one throughout, and the control is what the others are "
    "compared with.",
)
HR_10: Final = Term(
    "HR@10",
    "the share of lists with a product among the first ten that their user ordered just after; 1 is best.",
)
NDCG_10: Final = Term(
    "NDCG@10", "the same, but a product counts less the further down it stands among the ten; 1 is best."
)
INTERVAL: Final = Term(
    "interval",
    "where the figure would lie for other users like these; a difference whose interval holds zero may be "
    "chance.",
)
AIR: Final = Term(
    "AIR",
    "the ranker with intents: what a reasoner read in the content that a user watched, and the categories "
    "of the products that the user chose.",
)
ITEM_CF: Final = Term(
    "item-CF", "ranks by what the same users bought or clicked together; a strong and simple baseline."
)
SASREC: Final = Term(
    "SASRec", "ranks by the order of a user's latest events; it knows titles but no intents."
)
QUARANTINE: Final = Term(
    "quarantine", "where rows that break a rule are kept, each with the reason; nothing else reads them."
)
ATOM: Final = Term(
    "atom",
    "one question to the reasoner: one action on one content item; asked once, however many users did it.",
)
REASONER: Final = Term(
    "reasoner", "what turns an atom into intents: a language model, or a local text encoder."
)
INTENT_PATH: Final = Term(
    "intent path",
    "what viewers of an item may want to buy, from general to specific: pets → cat supplies → cat bed.",
)
DRIFT: Final = Term(
    "drift", "a column of the day that differs from the days before; many at once start a new training."
)
CHAMPION: Final = Term("champion", "the registered ranker that the service uses.")
GATE: Final = Term(
    "gate", "the comparison that a new ranker must pass before it is registered and becomes the champion."
)
SNAPSHOT: Final = Term(
    "snapshot",
    "the tables that a service holds in memory on a day: intents, products, what is bought together.",
)
PSEUDONYM: Final = Term(
    "pseudonym", "users are numbered in the order of this page; the page holds no id, and nothing maps back."
)
