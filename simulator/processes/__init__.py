"""What happens in simulated time, one actor a file, each a SimPy generator that reads like its story.

``env.now`` is hours since the start of the flight. At a full hour things happen in this order, because SimPy keeps
events of one time in the order they were scheduled: lives first (populations, reviews, budgets), then traffic arrives,
and the market paces, takes bids and clears it.
"""
