"""A dataset small enough for a test: forty products in two domains, and shoppers who stay on one shelf."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SHELVES, PRODUCTS = 4, 10
NOUNS = ("coffee", "tea", "pan", "knife")


def write_sequences(folder: Path, *, rows: int = 240, tests: int = 30, seed: int = 0) -> Path:
    """`train_A.txt`, `train_B.txt.gz`-like files without gz, valid.txt, test.txt and titles."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["item_id\tasin\tdomain\ttitle"]
    for item in range(SHELVES * PRODUCTS):
        shelf = item // PRODUCTS
        domain = "food" if shelf < SHELVES // 2 else "kitchen"
        lines.append(f"{item}\tB{item:03}\t{domain}\t{NOUNS[shelf]} number {item}")
    (folder / "item_titles.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, count in {"train_A": rows // 2, "train_B": rows // 2, "valid": tests, "test": tests}.items():
        text = ""
        for row in range(count):
            shelf = int(rng.integers(SHELVES))
            start, length = int(rng.integers(PRODUCTS)), int(rng.integers(3, 7))
            items = [shelf * PRODUCTS + (start + step) % PRODUCTS for step in range(length)]
            text += f"{row + 1}\t{','.join(map(str, items))}\n"
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def write_events(folder: Path, *, users: int = 60, seed: int = 0) -> Path:
    """events.csv and items.tsv: films, and what their viewers buy."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    items, events = ["asin\tdomain\ttitle"], ["user_id,unix_ts,domain,asin"]
    items += [
        f"B{item:03}\tfood\t{NOUNS[item // PRODUCTS]} number {item}" for item in range(SHELVES * PRODUCTS)
    ]
    items += [f"M{film:03}\tmovie\ta film about {NOUNS[film]}" for film in range(SHELVES)]
    for user in range(users):
        shelf = int(rng.integers(SHELVES))
        events.append(f"u{user},{86_400 * 10},movie,M{shelf:03}")
        for step in range(int(rng.integers(2, 6))):
            item = shelf * PRODUCTS + int(rng.integers(PRODUCTS))
            events.append(f"u{user},{86_400 * (11 + step)},food,B{item:03}")
    (folder / "items.tsv").write_text("\n".join(items) + "\n", encoding="utf-8")
    (folder / "events.csv").write_text("\n".join(events) + "\n", encoding="utf-8")
    return folder
