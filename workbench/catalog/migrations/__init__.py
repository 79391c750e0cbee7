"""How the tables of a catalogue came to be, step by step; Alembic takes the steps that one still lacks.

A catalogue that was made by an older workbench is brought up to date when it is opened. Steps only add: what was saved
stays, and there is no way back down.
"""
