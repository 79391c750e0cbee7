"""Dashboards as small as can be, so that what is around them can be tested without waiting for what is in them."""

import json
from pathlib import Path

COUNTER = """
import os
from ipywidgets import HTML, Button, VBox
from workbench.widgets.page_address import PageAddress

process, count, address = HTML(str(os.getpid())), HTML("0"), PageAddress()
process.add_class("process")
count.add_class("count")
more = Button(description="One more")

def add_one(button):
    count.value = str(int(count.value) + 1)
    address.query = f"count={count.value}"

def take_over(change):
    count.value = address.query.partition("count=")[2] or count.value

more.on_click(add_one)
address.observe(take_over, "is_known")
VBox([process, count, more, address])
"""

# Each word changes once, the first long before a browser can be there and the last after it.
TALKER = """
import threading
import time
from ipywidgets import HTML, VBox
from workbench.widgets.page import page

words = [HTML("old") for _ in range(400)]

def talk():
    for word in words:
        word.value = "new"
        time.sleep(0.015)

page()
threading.Thread(target=talk).start()
VBox(words)
"""

BROKEN = """
import sys
print("printed for somebody")
sys.stderr.write("warned somebody")
raise RuntimeError("raised for somebody")
"""


def write_dashboard(folder: Path, name: str, code: str, **metadata: object) -> None:
    """Write a notebook of a heading, a sentence and one cell of code."""
    heading = {
        "cell_type": "markdown",
        "id": "heading",
        "metadata": {},
        "source": f"# {name.capitalize()}\n\nIt counts.",
    }
    cell = {"cell_type": "code", "id": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": code}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": [heading, cell],
        "metadata": {"kernelspec": kernel} | metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / f"{name}.ipynb").write_text(json.dumps(notebook), "utf-8")
