"""Where a local run keeps everything: one folder, `.airloom` by default."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airloom.errors import AirloomError
from airloom.files import write_text


@dataclass(frozen=True)
class Home:
    """The paths below one folder.

    Attributes:
        root: The folder; an absolute path.
    """

    root: Path

    @classmethod
    def at(cls, folder: Path) -> Home:
        """Return the home in `folder`, which need not exist yet."""
        return cls(folder.resolve())

    @property
    def lake(self) -> Path:
        """The lake's root."""
        return self.root / "lake"

    @property
    def mlflow_uri(self) -> str:
        """The tracking and registry store: one sqlite file, artifacts beside it."""
        return f"sqlite:///{self.root / 'mlflow' / 'mlflow.db'}"

    @property
    def drift_workspace(self) -> Path:
        """The workspace that `evidently ui --workspace` opens."""
        return self.root / "evidently"

    @property
    def report(self) -> Path:
        """The folder of the reports; `index.html` links them all."""
        return self.root / "report"

    @property
    def summary(self) -> Path:
        """The figures of the last demo, for other programs."""
        return self.root / "summary.json"

    @property
    def recipe(self) -> Path:
        """The settings of the runs over this home, where they differ from a named recipe."""
        return self.root / "recipe.yaml"

    @property
    def experiment(self) -> Path:
        """The experiment that the service runs and the report reads; may not exist yet.

        Raises:
            AirloomError: There are two: `experiment.json` is what former versions wrote.
        """
        file, former = self.root / "experiment.yaml", self.root / "experiment.json"
        if file.exists() and former.exists():
            raise AirloomError(
                f"{self.root} has two experiments, {file.name} and {former.name}",
                do="Remove the one that is not served",
            )
        return former if former.exists() else file

    def prepare(self) -> None:
        """Make the folders that databases expect.

        Raises:
            AirloomError: The home may not be written.
        """
        try:
            for folder in (self.lake, self.root / "mlflow", self.drift_workspace):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AirloomError(
                f"{self.root} may not be written ({error.strerror})", do="Choose another folder with --home"
            ) from error

    def check_source(self, source: str) -> None:
        """Check that the lake is empty or holds the logs of `source`, so that two sources are never mixed.

        Raises:
            AirloomError: It holds those of another source, or may not be written.
        """
        from airloom.logs.lake import LANDING  # here, so that --help does not load it

        self.prepare()
        held = self._source.read_text(encoding="utf-8").strip() if self._source.exists() else ""
        if not held and any((self.lake / LANDING).glob("*/dt=*")):
            held = "another platform"
        if held not in {"", source}:
            raise AirloomError(
                f"The lake {self.lake} already holds the logs of {held}",
                do=f"Choose another folder for {source} with --home",
            )

    def check_own_logs(self) -> None:
        """Check that the lake may take a platform's own logs: it holds no public dataset and no simulation.

        Raises:
            AirloomError: It does, or may not be written.
        """
        self.prepare()
        if self._source.exists():
            held = self._source.read_text(encoding="utf-8").strip()
            raise AirloomError(
                f"The lake {self.lake} already holds the logs of {held}",
                do="Choose another folder for your own with --home",
            )

    def note_source(self, source: str) -> None:
        """Record whose logs the lake holds."""
        write_text(self._source, source + "\n")

    @property
    def _source(self) -> Path:
        return self.lake / "source.txt"

    def service_arguments(self) -> list[str]:
        """Return the arguments of `python -m model_service` for the data of this home."""
        return ["--lake", str(self.lake), "--mlflow-uri", self.mlflow_uri]

    def run(self, pipeline: str, day: str) -> Path:
        """Return the folder with the log and artifacts of one local pipeline run."""
        return self.root / "runs" / pipeline / day
