"""`mosaic doctor`: what is wrong with a database, and what to do about each finding."""

from __future__ import annotations

from memory.doctor.examine import Report, examine
from memory.doctor.finding import Finding

__all__ = ["Finding", "Report", "examine"]
