"""Answers in one call: a question about a scenario goes in, a sentence with its table and chart comes out."""

from simulator.answers.answer import Answer
from simulator.answers.data_fee_break_even import data_fee_break_even
from simulator.answers.goal import Goal

__all__ = ["Answer", "Goal", "data_fee_break_even"]
