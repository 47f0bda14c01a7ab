"""GitHub, read and written: the only package that imports PyGithub."""

from bot.forge.forge import Forge
from bot.forge.forges import Forges, forges

__all__ = ["Forge", "Forges", "forges"]
