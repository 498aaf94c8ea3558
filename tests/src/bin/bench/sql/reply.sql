-- Mirrors operation 7, `replyToTicket` by staff, in one statement and one round trip: first the gate
-- (the advisory lock that keeps the order of a ticket's log), then the row's lock, then the message,
-- the ticket's next version, the event and the answer under the idempotency key. The tickets are
-- those that operation 6 opened; `bench_ticket` gives a ticket for a place.
\set place random(0, {tickets} - 1)
\set key random(1, 9000000000000000)
WITH wanted AS MATERIALIZED (
    SELECT ticket_id FROM bench_ticket WHERE place = :place
), gate AS MATERIALIZED (
    SELECT ticket_id,
           pg_advisory_xact_lock(('x' || substr(replace(ticket_id::text, '-', ''), 17))::bit(64)::bigint)
    FROM wanted
), given AS MATERIALIZED (
    SELECT t.*, '{agent}'::uuid AS actor, clock_timestamp() AS at,
           (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || substr(gen_random_uuid()::text, 14))::uuid AS message_id
    FROM gate JOIN ticket t ON t.id = gate.ticket_id
    FOR UPDATE OF t
), said AS (
    INSERT INTO message (id, ticket_id, author_id, author_role, body, internal, created_at)
    SELECT message_id, id, actor, 'AGENT', '{body}', false, at FROM given
), changed AS (
    UPDATE ticket SET version = given.version + 1, updated_at = at,
                      first_response_at = COALESCE(given.first_response_at, at)
    FROM given WHERE ticket.id = given.id
), answered AS (
    INSERT INTO idempotency_key (actor_id, key, command, input_hash, result, created_at)
    SELECT actor, 'pgbench-' || :key, 'replyToTicket',
           encode(sha256(message_id::text::bytea), 'hex'),
           jsonb_build_object('ticket', id, 'message', message_id), at
    FROM given
), told AS (
    INSERT INTO event (ticket_id, ticket_version, kind, actor_id, actor_role, visibility, at,
                       message_id, data)
    SELECT id, version + 1, 'REPLY_ADDED', actor, 'AGENT', 'PUBLIC', at, message_id,
           jsonb_build_object('after', jsonb_build_object(
               'status', status, 'priority', 'HIGH', 'category', category_id, 'source', source,
               'requester', requester_id, 'assignee', assignee_id, 'co_assignees', co_assignees,
               'team', team_id, 'tags', tags, 'created_at', created_at))
    FROM given
)
SELECT g.message_id, g.number, g.version + 1, g.status, g.at, r.name AS requester
FROM given g JOIN user_account r ON r.id = g.requester_id;
