"""A figure that tests of reports draw."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airloom.html_report.figures import SERIES, figure, plot_style


def draw(values: list[float]) -> str:
    import matplotlib.pyplot as plt

    with plot_style():
        fig, ax = plt.subplots()
        ax.plot(values, color=SERIES[0], marker="o", label="猫 air")
        ax.legend()
    html = figure(fig, alt="Sales by day", caption="Seven days")
    plt.close(fig)
    return html


@pytest.fixture
def drawing() -> Callable[[list[float]], str]:
    return draw
