"""Where a local run keeps everything: one folder, `.airloom` unless told otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from airloom.errors import AirloomError
from airloom.files import write_text


@dataclass(frozen=True)
class Home:
    """The places below one folder.

    Attributes:
        root: The folder; an absolute path.
    """

    root: Path

    @classmethod
    def at(cls, folder: Path) -> Home:
        """The home in `folder`, which need not exist yet."""
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
        """The folder of the pages; `index.html` links them all."""
        return self.root / "report"

    @property
    def summary(self) -> Path:
        """The figures of the last demo, for other programs."""
        return self.root / "summary.json"

    @property
    def experiment(self) -> Path:
        """The experiment that the service runs."""
        return self.root / "experiment.json"

    def prepare(self) -> None:
        """Make the folders that databases expect to find.

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

    def claim(self, source: str) -> None:
        """Note whose logs the lake holds, so that two worlds are never mixed.

        Raises:
            AirloomError: It already holds those of another source, or may not be written.
        """
        self.prepare()
        note = self.lake / "source.txt"
        held = note.read_text(encoding="utf-8").strip() if note.exists() else source
        if held != source:
            raise AirloomError(
                f"The lake {self.lake} already holds the logs of {held}",
                do=f"Choose another folder for {source} with --home",
            )
        write_text(note, source + "\n")

    def service_arguments(self) -> list[str]:
        """Arguments of `python -m model_service` for this home."""
        return [
            *("--lake", str(self.lake)),
            *("--mlflow-uri", self.mlflow_uri),
            *("--experiment", str(self.experiment)),
        ]

    def run(self, pipeline: str, day: str) -> Path:
        """The log and artifacts of one local pipeline run."""
        return self.root / "runs" / pipeline / day
