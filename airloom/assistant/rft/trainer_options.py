"""The options that both trainers of TRL get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airloom.assistant.rft.settings import FineTuningSettings


def trainer_options(settings: FineTuningSettings, folder: Path) -> dict[str, Any]:
    """Return the options that both trainers get: nothing is sent or saved, and the seed is fixed."""
    import torch

    has_gpu = torch.cuda.is_available()
    return {
        "output_dir": str(folder),
        "seed": settings.seed,
        "report_to": "none",
        "save_strategy": "no",
        "logging_strategy": "no",
        "disable_tqdm": False,
        "use_cpu": not has_gpu,
        "bf16": has_gpu,
        "dataloader_pin_memory": has_gpu,
    }
