"""Answers in one call: a question about a scenario goes in, a sentence with its table and chart comes out."""

from simulator.answers.answer import Answer
from simulator.answers.audience_value import audience_value
from simulator.answers.bid_landscape import bid_landscape
from simulator.answers.budget_curve import budget_curve
from simulator.answers.data_fee_break_even import data_fee_break_even
from simulator.answers.goal import Goal
from simulator.answers.overlap_cost import overlap_cost
from simulator.answers.reach_frequency import reach_frequency

__all__ = [
    "Answer",
    "Goal",
    "audience_value",
    "bid_landscape",
    "budget_curve",
    "data_fee_break_even",
    "overlap_cost",
    "reach_frequency",
]
