-- Mirrors operation 1, `queue(first: 50)`: the page with one row to spare, which says whether there
-- is a next page, and the names that the page shows.
SELECT t.id, t.number, t.subject, t.status, t.priority, t.tags, t.version, t.created_at,
       t.updated_at, c.name AS category, r.name AS requester, a.name AS assignee
FROM (
    SELECT * FROM ticket WHERE {page} ORDER BY priority, created_at, id LIMIT 51
) t
JOIN category c ON c.id = t.category_id
JOIN user_account r ON r.id = t.requester_id
LEFT JOIN user_account a ON a.id = t.assignee_id
ORDER BY t.priority, t.created_at, t.id;
