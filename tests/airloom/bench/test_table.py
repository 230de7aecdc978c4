from __future__ import annotations

from dataclasses import replace

from airloom.bench.table import difference_lines, results_table
from tests.airloom.bench.small_results import small_results


def test_a_model_a_row_and_the_best_of_a_column_is_marked() -> None:
    results = small_results()
    head, best, _, worst = results_table(results).splitlines()
    assert head.split() == ["model", "food", "HR@10", "NDCG@10", "kitchen", "HR@10", "NDCG@10", "seconds"]
    food = results.models[0].test["food"].hr10
    assert f"air  {food.mean:.3f}* ({food.low:.3f} to {food.high:.3f})" in " ".join(best.split(" " * 17))
    assert best.count("*") == 4
    assert worst.startswith("popularity ")
    assert "*" not in worst
    assert worst.endswith(" 25")
    assert best.index("(") == worst.index("(")


def test_many_domains_do_not_fit_beside_each_other() -> None:
    wide = replace(small_results(), domains=["food", "kitchen", "toys"])
    assert results_table(wide).splitlines()[0].split() == ["model", "all", "HR@10", "NDCG@10", "seconds"]


def test_differences_stand_below_the_pair_they_are_of() -> None:
    results = small_results()
    lines = difference_lines(results).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "air minus air_without_intents",
        "air minus popularity",
    ]
    estimate = results.differences[0].hr10
    assert lines[1].split()[:2] == ["all", "40"]
    assert f"HR@10 {estimate.mean:+.3f} ({estimate.low:+.3f} to {estimate.high:+.3f})" in lines[1]
    assert [line.split("  ")[1] for line in lines[1:5]] == ["all", "food", "kitchen", "rare items"]
