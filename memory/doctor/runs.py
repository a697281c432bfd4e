"""What is wrong with runs: stuck ones, jobs nobody takes, tapes with gaps or without an end."""

from __future__ import annotations

from dataclasses import dataclass

from memory.doctor.finding import EXAMPLES, Check, Finding
from memory.snapshot import Rows, one

TABLES = frozenset(
    {
        "public.runs",
        "public.run_events",
        "jobs.procrastinate_jobs",
        "jobs.procrastinate_workers",
        "jobs.procrastinate_events",
        "checkpoints.checkpoints",
    }
)
OPEN = "('queued', 'running')"
LOST_AFTER = "interval '1 minute'"
LONGEST_RUN = "interval '15 minutes'"
SILENT_AFTER = "interval '30 seconds'"


@dataclass(frozen=True)
class Defect:
    """A defect of rows: `query` selects the `id` of each row that has it."""

    check: str
    where: str
    detail: str
    remedy: str
    query: str


WORKER_REMEDY = "Check that a worker runs (`mosaic serve` or `mosaic worker`) and read its log."
TAPE_REMEDY = "Keep the tape, read the log lines of these runs, and report it: this is a bug."

DEFECTS = (
    Defect(
        "run_without_job",
        "public.runs",
        "runs are open and no job will ever take them up",
        "A running worker queues them again within seconds. " + WORKER_REMEDY,
        f"""
        SELECT r.id FROM runs r
         WHERE r.status IN {OPEN} AND r.created_at < now() - {LOST_AFTER}
           AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs j
                            WHERE j.id = r.job_id AND j.status IN ('todo', 'doing'))
        """,
    ),
    Defect(
        "run_too_long",
        "public.runs",
        "runs have been open for over 15 minutes",
        "Cancel them (POST /agui/runs/ID/cancel). " + WORKER_REMEDY,
        f"""
        SELECT id FROM runs
         WHERE status IN {OPEN} AND coalesce(started_at, created_at) < now() - {LONGEST_RUN}
        """,
    ),
    Defect(
        "job_stalled",
        "jobs.procrastinate_jobs",
        "jobs are in the hands of workers that have gone silent",
        "A running worker takes them over within seconds. " + WORKER_REMEDY,
        f"""
        SELECT j.id::text FROM jobs.procrastinate_jobs j
          LEFT JOIN jobs.procrastinate_workers w ON w.id = j.worker_id
         WHERE j.status = 'doing'
           AND (w.id IS NULL OR w.last_heartbeat < now() - {SILENT_AFTER})
        """,
    ),
    Defect(
        "job_waiting",
        "jobs.procrastinate_jobs",
        "jobs are due and nobody has taken them for over a minute",
        WORKER_REMEDY,
        f"""
        SELECT j.id::text FROM jobs.procrastinate_jobs j
         WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())
           AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs other
                            WHERE other.lock = j.lock AND other.status = 'doing')
           AND (SELECT max(e.at) FROM jobs.procrastinate_events e WHERE e.job_id = j.id)
               < now() - {LOST_AFTER}
        """,
    ),
    Defect(
        "job_failed",
        "jobs.procrastinate_jobs",
        "jobs have failed for good",
        "Read the log for the job's id; the row can then be deleted.",
        "SELECT id::text FROM jobs.procrastinate_jobs WHERE status IN ('failed', 'aborted')",
    ),
    Defect(
        "run_without_events",
        "public.runs",
        "runs have no tape at all",
        TAPE_REMEDY,
        """
        SELECT r.id FROM runs r
         WHERE r.tape_length IS NULL
           AND NOT EXISTS (SELECT FROM run_events e WHERE e.run_id = r.id)
        """,
    ),
    Defect(
        "tape_with_gaps",
        "public.run_events",
        "tapes do not count 1, 2, 3 … to their end",
        TAPE_REMEDY,
        "SELECT run_id AS id FROM run_events GROUP BY run_id "
        "HAVING min(seq) <> 1 OR max(seq) <> count(*)",
    ),
    Defect(
        "tape_wrong_end",
        "public.run_events",
        "runs have ended without exactly one terminal event as the last of their tape, or have "
        "one and are still open",
        TAPE_REMEDY,
        f"""
        SELECT r.id FROM runs r JOIN (
            SELECT run_id, max(seq) AS last, count(*) FILTER (WHERE terminal) AS ends,
                   max(seq) FILTER (WHERE terminal) AS ended_at
              FROM (SELECT run_id, seq,
                           starts_with(event, '{{"type":"RUN_FINISHED"')
                           OR starts_with(event, '{{"type":"RUN_ERROR"') AS terminal
                      FROM run_events) e
             GROUP BY run_id) tape ON tape.run_id = r.id
         WHERE CASE WHEN r.status IN {OPEN} THEN tape.ends > 0
                    ELSE tape.ends <> 1 OR tape.ended_at <> tape.last END
        """,
    ),
    Defect(
        "checkpoint_left",
        "checkpoints.checkpoints",
        "runs ended over an hour ago and their checkpoints are still there",
        "They are not needed: delete the rows with these thread_id from the checkpoints schema.",
        """
        SELECT DISTINCT c.thread_id AS id FROM checkpoints.checkpoints c
          LEFT JOIN runs r ON r.id = c.thread_id
         WHERE r.id IS NULL
            OR (r.status IN ('success', 'cancelled', 'error')
                AND r.ended_at < now() - interval '1 hour')
        """,
    ),
)


def _checked(defect: Defect) -> Check:
    def check(conn: Rows) -> list[Finding]:
        row = one(
            conn,
            "SELECT count(*) AS count, (array_agg(id ORDER BY id))[1:"
            f"{EXAMPLES}] AS examples FROM ({defect.query}) AS wrong",
        )
        count = row["count"]
        if not count:
            return []
        detail = f"{count} {defect.detail}."
        return [Finding(defect.check, defect.where, count, detail, defect.remedy, row["examples"])]

    return check


CHECKS: tuple[Check, ...] = tuple(_checked(defect) for defect in DEFECTS)
