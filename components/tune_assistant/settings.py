"""The fine-tuning of the assistant's model in a pipeline: settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from airloom.assistant.rft.settings import FineTuningSettings


@dataclass(frozen=True)
class AssistantTuningSettings:
    """What is fine-tuned, on how many requests, and how.

    Attributes:
        base_model: Folder with safetensors, or a .gguf file, as the step sees it; empty: none is fine-tuned.
        requests: Requests to train on.
        held_out: Requests to judge by.
        fine_tuning: How.
        model_name: Of the registered model.
    """

    base_model: str = ""
    requests: int = 2000
    held_out: int = 500
    fine_tuning: FineTuningSettings = field(default_factory=FineTuningSettings)
    model_name: str = "airloom-request-reader"
