"""The longer questions that are asked of the index, in SQL."""

PROJECTS = """
WITH RECURSIVE known (project) AS (
    SELECT min(project) FROM runs
    UNION ALL
    SELECT (SELECT min(runs.project) FROM runs WHERE runs.project > known.project) FROM known
    WHERE known.project IS NOT NULL
)
SELECT project FROM known WHERE EXISTS (SELECT 1 FROM runs WHERE runs.project = known.project AND trashed = 0)
"""
"""From one name to the next in the index of names: DISTINCT would read every run."""

STATUSES = """
SELECT status, sum(number) FROM (
    SELECT status, count(*) AS number FROM runs GROUP BY status
    UNION ALL
    SELECT status, -count(*) FROM runs WHERE trashed = 1 GROUP BY status
)
GROUP BY status HAVING sum(number) > 0 ORDER BY status
"""
"""All of them by the index of statuses, less the few in the trash: to look at each run reads the whole table."""

HOLDERS = """
SELECT content.run, runs.name, runs.created, content.name, content.made, content.step
FROM content JOIN runs ON runs.id = content.run WHERE content.hash = ? AND content.made = ? AND runs.trashed = 0
ORDER BY runs.created DESC, runs.id DESC LIMIT ?
"""
"""Who made, or who used, the content of one hash; the newest runs first."""
