"""How fast the encoder reads atoms into the store, and what it holds in memory while the atoms grow.

    python -m benchmarks.distill_atoms --atoms 25000 50000 100000 [--json FILE]

Each size runs in a process of its own: videos with titles made of words of the sample world, no two alike,
and the sample world's products as the merchant's tree. The same process then runs again and asks nothing.
Memory is the peak of the process, and how far it lies above that of the loaded model.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from airloom.intents.distill import distill
from airloom.intents.sentence_encoder import SentenceEncoder
from airloom.intents.settings import DistillSettings
from airloom.logs.contract import COMMERCE, CONTENT, OBJECTS
from airloom.logs.lake import Lake
from airloom.simulation.catalogue import load_catalogue

DAY = date(2026, 3, 1)
SEED = 0


def deliver(lake: Lake, atoms: int) -> None:
    """Write the sample world's products, and as many videos as atoms."""
    catalogue = load_catalogue()
    words = sorted({word for title in catalogue.content_titles for word in title.split()})
    random = np.random.default_rng(SEED)
    lengths = random.integers(3, 11, atoms)
    titles = [" ".join(words[word] for word in random.integers(0, len(words), length)) for length in lengths]
    products = [
        {
            "object_id": object_id,
            "domain": COMMERCE,
            "title": title,
            "category_path": list(catalogue.leaves[leaf]),
        }
        for object_id, title, leaf in zip(
            catalogue.product_ids, catalogue.product_titles, catalogue.product_leaves, strict=True
        )
    ]
    videos = [
        {"object_id": f"v{number:08d}", "domain": CONTENT, "title": f"{title} {number}"}
        for number, title in enumerate(titles)
    ]
    lake.write(OBJECTS, DAY, pa.Table.from_pylist(products + videos, schema=OBJECTS.stored_schema))


def measure(root: Path) -> dict[str, Any]:
    """Read all atoms once, then again."""
    lake = Lake(root / "lake")
    encoder = SentenceEncoder()
    encoder.encode(["warm up"])
    before = _peak_mb()
    done = distill(lake, day=DAY, settings=DistillSettings(), encoder=encoder)
    peak = _peak_mb()
    started = time.perf_counter()
    again = distill(lake, day=DAY, settings=DistillSettings(), encoder=encoder)
    return {
        "atoms": done.asked,
        "seconds": round(done.seconds, 1),
        "atoms_per_second": round(done.asked / done.seconds),
        "second_run_asked": again.asked,
        "second_run_seconds": round(time.perf_counter() - started, 2),
        "before_mb": round(before),
        "peak_mb": round(peak),
    }


def _peak_mb() -> float:
    """Return the peak of this process only: `ru_maxrss` starts at its parent's, which built the lake."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def main() -> None:
    """Measure each size in a process of its own and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--atoms", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--lake", type=Path, help=argparse.SUPPRESS)  # set for a process of its own
    arguments = parser.parse_args()
    if arguments.lake:  # a child
        print(json.dumps(measure(arguments.lake)))
        return
    rows = []
    for atoms in arguments.atoms:
        with tempfile.TemporaryDirectory() as folder:
            deliver(Lake(Path(folder) / "lake"), atoms)
            command = [
                sys.executable,
                "-m",
                "benchmarks.distill_atoms",
                "--atoms",
                str(atoms),
                "--lake",
                folder,
            ]
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
            rows.append(json.loads(output.splitlines()[-1]))
    print("   atoms  seconds  atoms/s  again (s)  peak MB  over the loaded model MB")
    for row in rows:
        print(
            f"{row['atoms']:8,} {row['seconds']:8.1f} {row['atoms_per_second']:8,} "
            f"{row['second_run_seconds']:10.2f} {row['peak_mb']:8,} {row['peak_mb'] - row['before_mb']:9,}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
