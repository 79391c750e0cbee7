"""What-if on the screen; the only place in the simulator that imports ipywidgets."""

from simulator.widgets.answer_panel import AnswerPanel
from simulator.widgets.calibration_panel import CalibrationPanel
from simulator.widgets.campaign_builder import CampaignBuilder
from simulator.widgets.campaign_flight import DeliveryTimeline, PriceWaterfall
from simulator.widgets.comparison_view import ComparisonView
from simulator.widgets.delivery_report import DeliveryReport
from simulator.widgets.project import project_calibration, project_scenario
from simulator.widgets.scenario_form import ScenarioForm
from simulator.widgets.sweep_explorer import SweepExplorer
from simulator.widgets.what_if_panel import WhatIfPanel

__all__ = [
    "AnswerPanel",
    "CalibrationPanel",
    "CampaignBuilder",
    "ComparisonView",
    "DeliveryReport",
    "DeliveryTimeline",
    "PriceWaterfall",
    "ScenarioForm",
    "SweepExplorer",
    "WhatIfPanel",
    "project_calibration",
    "project_scenario",
]
