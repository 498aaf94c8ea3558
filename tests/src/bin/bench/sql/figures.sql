-- The figures of the dashboard by plain SQL: times and counts of tickets from their rows, of events from
-- the log, of promises from the timers. Nothing is kept for it.
WITH span AS (SELECT timestamptz :from AS f, timestamptz :to AS t,
                     timestamptz :from - (timestamptz :to - timestamptz :from) AS b),
periods AS (SELECT 'totals' AS name, f, t FROM span UNION ALL SELECT 'previous', b, f FROM span),
opened AS (
    SELECT p.name, count(*) AS created,
        count(first_response_at) FILTER (WHERE first_response_at > created_at) AS responded
    FROM periods p JOIN ticket ON created_at >= p.f AND created_at < p.t GROUP BY p.name),
responses AS (
    SELECT p.name,
        avg(floor(extract(epoch FROM first_response_at - created_at))) AS average,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM first_response_at - created_at))) AS median,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY floor(extract(epoch FROM first_response_at - created_at))) AS p90
    FROM periods p JOIN ticket ON first_response_at >= p.f AND first_response_at < p.t
        AND first_response_at > created_at GROUP BY p.name),
moves AS (
    SELECT p.name, count(*) FILTER (WHERE kind = 'TICKET_RESOLVED') AS resolved,
        count(*) FILTER (WHERE kind = 'TICKET_REOPENED') AS reopened
    FROM periods p JOIN event ON at >= p.f AND at < p.t AND kind IN ('TICKET_RESOLVED', 'TICKET_REOPENED')
    GROUP BY p.name),
firsts AS (
    SELECT event.ticket_id, min(event.at) AS at FROM event WHERE kind = 'TICKET_RESOLVED' GROUP BY event.ticket_id),
resolutions AS (
    SELECT p.name,
        avg(floor(extract(epoch FROM at - created_at))) AS average,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY floor(extract(epoch FROM at - created_at))) AS median,
        percentile_disc(0.9) WITHIN GROUP (ORDER BY floor(extract(epoch FROM at - created_at))) AS p90
    FROM periods p JOIN firsts ON at >= p.f AND at < p.t JOIN ticket ON ticket.id = firsts.ticket_id GROUP BY p.name),
promises AS (
    SELECT p.name, count(*) FILTER (WHERE breached_at IS NULL) AS met,
        -- A reopened ticket keeps what an earlier cycle missed.
        count(DISTINCT (ticket_id, kind, breached_at)) FILTER (WHERE breached_at IS NOT NULL) AS breached
    FROM periods p JOIN timer ON coalesce(breached_at, stopped_at) >= p.f AND coalesce(breached_at, stopped_at) < p.t
        AND kind IN ('FIRST_RESPONSE', 'NEXT_RESPONSE', 'RESOLUTION')
        AND (breached_at IS NOT NULL OR target_seconds IS NOT NULL)
    GROUP BY p.name),
ratings AS (
    SELECT p.name, count(*) AS count, avg(score) AS average
    FROM periods p JOIN rating ON rated_at >= p.f AND rated_at < p.t GROUP BY p.name),
weeks AS (
    SELECT date_trunc('week', created_at AT TIME ZONE 'UTC') AS week, count(*) AS created,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY first_response_at - created_at) AS median
    FROM span JOIN ticket ON created_at >= f AND created_at < t GROUP BY 1),
groups AS (
    SELECT category.name, count(*) AS created, count(resolved_at) AS resolved,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY first_response_at - created_at) AS median
    FROM span JOIN ticket ON created_at >= f AND created_at < t JOIN category ON category.id = category_id GROUP BY 1),
ages AS (
    SELECT count(*) FILTER (WHERE created_at > t - interval '1 day') AS day,
        count(*) FILTER (WHERE created_at > t - interval '7 days') AS week, count(*) AS all
    FROM span JOIN ticket ON status IN ('OPEN', 'IN_PROGRESS', 'WAITING_ON_USER')),
hours AS (
    SELECT extract(isodow FROM created_at AT TIME ZONE 'UTC') AS weekday, extract(hour FROM created_at AT TIME ZONE 'UTC') AS hour,
        count(*) AS created FROM span JOIN ticket ON created_at >= f AND created_at < t GROUP BY 1, 2)
SELECT jsonb_object_agg(p.name, jsonb_build_object('created', opened.created, 'resolved', moves.resolved,
        'reopened', moves.reopened, 'met', promises.met, 'breached', promises.breached,
        'firstResponseTime', jsonb_build_object('medianSeconds', responses.median, 'p90Seconds', responses.p90),
        'firstResolutionTime', jsonb_build_object('medianSeconds', resolutions.median, 'p90Seconds', resolutions.p90),
        'satisfaction', jsonb_build_object('count', coalesce(ratings.count, 0), 'average', ratings.average)))
    || jsonb_build_object(
        'series', (SELECT jsonb_agg(weeks ORDER BY week) FROM weeks),
        'groups', (SELECT jsonb_agg(groups) FROM groups),
        'ages', (SELECT jsonb_agg(ages) FROM ages),
        'hours', (SELECT jsonb_agg(hours) FROM hours)) AS figures
FROM periods p LEFT JOIN opened ON opened.name = p.name LEFT JOIN responses ON responses.name = p.name
    LEFT JOIN moves ON moves.name = p.name LEFT JOIN resolutions ON resolutions.name = p.name
    LEFT JOIN promises ON promises.name = p.name LEFT JOIN ratings ON ratings.name = p.name
