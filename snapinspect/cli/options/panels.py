"""The groups in which help shows options."""

from __future__ import annotations

SELECTING, READING, SHOWING, CLUSTER = "Selecting", "Reading", "Showing", "Cluster"
