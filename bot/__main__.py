"""Lets `python -m bot` be greffier, wherever its script is."""

from bot.cli import main

main()
