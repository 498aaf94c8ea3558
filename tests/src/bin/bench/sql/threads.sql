-- Mirrors operation 4, `queue(first: 50) { messages(first: 3) }`: the page of operation 1, for each
-- ticket its three latest messages as one value, and their authors. Rows of messages instead of one
-- value per ticket repeat the ticket's columns and were slower.
SELECT t.id, t.number, t.subject, t.status, t.priority, t.tags, t.version, t.created_at,
       t.updated_at, c.name AS category, r.name AS requester, a.name AS assignee, m.messages
FROM (
    SELECT * FROM ticket WHERE {page} ORDER BY priority, created_at, id LIMIT 51
) t
JOIN category c ON c.id = t.category_id
JOIN user_account r ON r.id = t.requester_id
LEFT JOIN user_account a ON a.id = t.assignee_id
CROSS JOIN LATERAL (
    SELECT json_agg(json_build_object('id', latest.id, 'body', latest.body,
                                      'created_at', latest.created_at, 'author', w.name)
                    ORDER BY latest.created_at DESC, latest.id DESC) AS messages
    FROM (
        SELECT * FROM message WHERE message.ticket_id = t.id
        ORDER BY message.created_at DESC, message.id DESC LIMIT 3
    ) latest
    LEFT JOIN user_account w ON w.id = latest.author_id
) m
ORDER BY t.priority, t.created_at, t.id;
