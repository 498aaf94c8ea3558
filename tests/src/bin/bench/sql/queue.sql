-- Mirrors operation 1, `queue(first: 50)`: the page with one row to spare, which says whether there
-- is a next page, and the names that the page shows. Joins instead of the small subqueries hash all
-- people for each page and were a quarter slower.
SELECT t.id, t.number, t.subject, t.status, t.priority, t.tags, t.version, t.created_at,
       t.updated_at,
       (SELECT name FROM category WHERE id = t.category_id) AS category,
       (SELECT name FROM user_account WHERE id = t.requester_id) AS requester,
       (SELECT name FROM user_account WHERE id = t.assignee_id) AS assignee
FROM ticket t
WHERE {page}
ORDER BY t.priority, t.created_at, t.id LIMIT 51;
