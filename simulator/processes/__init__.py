"""What happens in simulated time, one actor a file, each a SimPy generator that reads like its story.

``env.now`` is hours since the start of the flight. At a full hour lives come first (populations, reviews, budgets), in
the order they were scheduled, as SimPy keeps events of one time; then traffic arrives, whose priority is the last, and
the market paces, takes bids and clears it.
"""
