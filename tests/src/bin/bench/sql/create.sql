-- Mirrors operation 6, `createTicket`, in one statement and one round trip: the requester and the
-- category are looked up, a number is taken, and a ticket, its link, its event and the answer under
-- the idempotency key are written. Ids begin with the time, as UUIDv7 do. What the payload shows
-- comes back.
\set customer random(0, 15)
\set key random(1, 9000000000000000)
WITH given AS MATERIALIZED (
    SELECT r.id AS requester_id, r.email, r.name AS requester, c.id AS category_id,
           c.name AS category, now() AS at, nextval('ticket_number_seq') AS number,
           (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || substr(gen_random_uuid()::text, 14))::uuid AS id
    FROM user_account r, category c
    WHERE r.issuer = '' AND r.subject = 'bench-customer-' || :customer AND c.code = 'payments'
), opened AS (
    INSERT INTO ticket (id, number, requester_id, requester_email, subject, description,
                        category_id, priority, status, source, co_assignees, tags, version,
                        created_at, updated_at)
    SELECT id, number, requester_id, email, '{subject}', '{description}', category_id, 1, 'OPEN',
           'APP', '[]', '[]', 1, at, at
    FROM given
), linked AS (
    INSERT INTO context_link (ticket_id, position, kind, external_id)
    SELECT id, 0, 'order', '4711' FROM given
), answered AS (
    INSERT INTO idempotency_key (actor_id, key, command, input_hash, result, created_at)
    SELECT requester_id, 'pgbench-' || :key, 'createTicket', encode(sha256(id::text::bytea), 'hex'),
           jsonb_build_object('ticket', id, 'message', NULL), at
    FROM given
), told AS (
    INSERT INTO event (ticket_id, ticket_version, kind, actor_id, actor_role, visibility, at, data)
    SELECT id, 1, 'TICKET_CREATED', requester_id, 'CUSTOMER', 'PUBLIC', at,
           jsonb_build_object('after', jsonb_build_object(
               'status', 'OPEN', 'priority', 'HIGH', 'category', category_id, 'source', 'APP',
               'requester', requester_id, 'assignee', NULL, 'co_assignees', '[]'::jsonb,
               'team', NULL, 'tags', '[]'::jsonb, 'created_at', at))
    FROM given
)
SELECT id, number, requester, category, at FROM given;
