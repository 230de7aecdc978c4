"""The parameters of a run, checked against its pipeline's inputs (`validatePipelineJobInputs` of KFP)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format
from kfp.pipeline_spec.pipeline_spec_pb2 import ParameterType, PipelineSpec

from tests.kubeflow.kfp_server_errors import invalid

# KFP looks at the kind of a JSON value only: a NUMBER_INTEGER may be 1.5.
_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "NUMBER_DOUBLE": ("double or integer", (int, float)),
    "NUMBER_INTEGER": ("double or integer", (int, float)),
    "STRING": ("string", (str,)),
    "BOOLEAN": ("bool", (bool,)),
    "LIST": ("list", (list,)),
    "STRUCT": ("struct", (dict,)),
}


def check_parameters(spec: PipelineSpec, given: Mapping[str, Any]) -> None:
    """Refuse parameters that are unknown, missing or of the wrong type.

    Raises:
        ApiError: 400, with the parameter.
    """
    inputs = spec.root.input_definitions.parameters
    for name, parameter in sorted(inputs.items()):
        if name in given:
            _check_type(name, ParameterType.ParameterTypeEnum.Name(parameter.parameter_type), given[name])
        elif not parameter.is_optional and not parameter.HasField("default_value"):
            message = (
                f"parameter {name} is not optional, yet has neither default value nor user provided value"
            )
            raise invalid(message)
    extra = sorted(set(given) - set(inputs))
    if extra:
        message = f"parameter(s) provided are not required by pipeline: {', '.join(extra)}"
        raise invalid(message)


def with_defaults(spec: PipelineSpec, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the pipeline's tasks read: the given parameters, and the defaults of the others."""
    defaults = {
        name: json_format.MessageToDict(parameter.default_value)
        for name, parameter in spec.root.input_definitions.parameters.items()
        if parameter.HasField("default_value")
    }
    return defaults | dict(given)


def _check_type(name: str, declared: str, value: Any) -> None:
    if declared not in _KINDS:
        message = f"input parameter {name} requires type {declared}, which a root component cannot have"
        raise invalid(message)
    wanted, types = _KINDS[declared]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        message = f"input parameter {name} requires type {wanted}, but its value is {value!r}"
        raise invalid(message)
