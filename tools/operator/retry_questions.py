"""How the owner asks for failed runs to be tried again."""

from __future__ import annotations

from tools.registry import Example

RETRY_EXAMPLES: list[str | Example] = [
    "retry the failed runs",
    "retry failed runs",
    "retry the failed pipeline runs",
    "retry the run of Acme",
    "retry Acme",
    "try the failed runs again",
    "try Acme again",
    "run the failed ones again",
    "run Acme again",
    "run the pipeline again for Acme",
    "rerun the failed runs",
    "rerun the pipeline for Acme",
    "rerun Acme",
    "restart the failed runs",
    "restart the pipeline run of Acme",
    "give the failed runs another try",
    "give the run of Acme another go",
    "please retry what failed",
    "retry everything that failed",
    "can you retry the failed runs?",
    "do the failed runs once more",
    "queue the failed runs again",
    "have another go at the failed runs",
    "repeat the failed step for Acme",
]
