from __future__ import annotations

from airloom.telemetry import switch_off

switch_off()
