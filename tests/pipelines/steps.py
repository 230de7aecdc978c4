from kfp import dsl
from kfp.dsl import HTML, Metrics, Output

from components.step import step


@step
def shards() -> list:
    return [0, 1]


@step
def work(shard: int, page: Output[HTML], metrics: Output[Metrics]) -> int:
    from pathlib import Path

    from airloom.progress import progress

    Path(page.path).write_text(f"shard {int(shard)}", encoding="utf-8")
    metrics.log_metric("rows", int(shard) * 10)
    return sum(1 for _ in progress(range(3), what="Working"))


@step
def check(day: str) -> str:
    from airloom.errors import AirloomError

    if day == "bad":
        raise AirloomError("Day bad has no events", do="Deliver it")
    if day == "bug":
        raise ZeroDivisionError
    return day


@step
def wait(shard: int, folder: str) -> int:
    import os
    import time
    from pathlib import Path

    (Path(folder) / f"{int(shard)}.pid").write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)
    return 0


@dsl.pipeline(name="patient")
def patient(folder: str) -> None:
    planned = shards()
    with dsl.ParallelFor(planned.output) as shard:
        wait(shard=shard, folder=folder)


@dsl.pipeline(name="little")
def little(day: str) -> None:
    checked = check(day=day)
    planned = shards().after(checked)
    with dsl.ParallelFor(planned.output) as shard:
        work(shard=shard)
