"""Kubeflow component: compares the trained ranker with its control and the baselines."""

from typing import NamedTuple

from kfp.dsl import HTML, Artifact, Dataset, Input, Metrics, Model, Output

from components.step import step


@step
def evaluate_ranker(
    lake: str,
    dataset: Input[Dataset],
    model: Input[Model],
    generators: Input[Model],
    settings: dict,
    mlflow_uri: str,
    run_id: str,
    evaluation: Output[Artifact],
    report: Output[HTML],
    metrics: Output[Metrics],
) -> NamedTuple("Outputs", [("hr10", float), ("ndcg10", float)]):
    """Look for each order of the evaluation window in the list that the service would have shown before it.

    Nothing is sampled: the list is made of candidates from the whole catalogue. Compared are AIR, the same
    ranker without intents, only its tower of ids, item-CF and popularity, on the same candidates, with
    paired bootstrap intervals, also for products that the user never touched, new users and new products.
    Also: how often the ordered product is among 500 candidates, and whether AIR's reasons are true.

    Args:
        lake: Root of the lake, for the snapshot of the evaluation window; explained pages of a few users are
            written to it.
        dataset: Made by build_training_set.
        model: Made by train_ranker.
        generators: Made by train_generator; of a ranker that reads behaviors beyond the log, the one that
            serves infers them.
        settings: Fields of `airloom.ranking.evaluation.evaluate.EvaluationSettings`.
        mlflow_uri: Tracking server or database.
        run_id: The MLflow run of the training; the results are added to it.
        evaluation: The results as JSON.
        report: The results as an HTML report.
        metrics: HR, NDCG, recall and MRR at 1, 5, 10, 20, 50 and 100 of AIR, HR@10 and NDCG@10 of the other
            rankers, recall of the candidates, truth of the reasons.

    Returns:
        hr10: Share of lists of AIR with an ordered product among the first ten.
        ndcg10: The same, discounted by rank.
    """
    from pathlib import Path

    from airloom.ranking.evaluation.settings import EvaluationSettings
    from airloom.settings import parse
    from components.evaluate_ranker.evaluation_run import evaluate_and_record

    numbers = evaluate_and_record(
        Path(dataset.path),
        Path(model.path),
        generators=Path(generators.path),
        lake=lake,
        settings=parse(EvaluationSettings, settings),
        mlflow_uri=mlflow_uri,
        run_id=run_id,
        evaluation=Path(evaluation.path),
        report=Path(report.path),
    )
    for name, value in numbers.items():
        metrics.log_metric(name, value)
    hr10, ndcg10 = numbers["hr10"], numbers["ndcg10"]
    return NamedTuple("Outputs", [("hr10", float), ("ndcg10", float)])(hr10, ndcg10)
