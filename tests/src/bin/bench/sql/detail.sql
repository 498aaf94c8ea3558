-- Mirrors operation 5, `ticket(number:) { messages(first: 20) }`: one ticket of {tickets} that lie
-- evenly in the table, with names, and its 20 latest messages (one more says whether there are
-- others) with their authors, a row per message.
\set place random(0, {tickets} - 1)
\set number 1 + :place * {step}
SELECT t.id, t.number, t.subject, t.description, t.status, t.priority, t.tags, t.version,
       t.created_at, t.updated_at, c.name AS category, r.name AS requester, a.name AS assignee,
       m.id AS message_id, m.body, m.internal, m.author_role, m.created_at AS said_at,
       (SELECT name FROM user_account WHERE id = m.author_id) AS author
FROM ticket t
JOIN category c ON c.id = t.category_id
JOIN user_account r ON r.id = t.requester_id
LEFT JOIN user_account a ON a.id = t.assignee_id
LEFT JOIN LATERAL (
    SELECT * FROM message WHERE message.ticket_id = t.id
    ORDER BY message.created_at DESC, message.id DESC LIMIT 21
) m ON true
WHERE t.number = :number;
