-- select_requests --
-- Complaints as service requests, newest first; only these numbers where any are given. A ticket's state goes before what
-- the source said; one that was merged goes on as the other.
SELECT * FROM (
  SELECT c.complaint_id, c.category,
         CASE WHEN t.ticket_id IS NULL THEN c.status
              WHEN t.state IN ('closed', 'rejected', 'cancelled', 'merged') THEN 'closed'
              ELSE 'open' END AS status,
         t.state AS ticket_state, c.status_note, c.duplicate_of, c.description, u.name AS agency, c.received_at,
         greatest(coalesce(c.updated_at, c.created_at), t.updated_at) AS updated_at, k.due_at, c.address,
         r.register_no, CASE WHEN NOT c.is_position_area THEN c.lat_deg END AS lat_deg,
         CASE WHEN NOT c.is_position_area THEN c.lon_deg END AS lon_deg, c.payload ->> 'media_url' AS media_url
    FROM complaint c
    LEFT JOIN restaurant r USING (restaurant_id)
    LEFT JOIN ticket own ON own.ticket_id = c.ticket_id
    LEFT JOIN ticket t ON t.ticket_id = coalesce(own.merged_into, own.ticket_id)
    LEFT JOIN unit u ON u.code = t.owner_unit
    LEFT JOIN LATERAL (
           SELECT due_at FROM ticket_clock WHERE ticket_id = t.ticket_id AND kind = 'resolve' ORDER BY round DESC LIMIT 1
         ) AS k ON true
   WHERE (%(complaint_ids)s::bigint[] IS NULL OR c.complaint_id = ANY (%(complaint_ids)s))
     AND (%(categories)s::text[] IS NULL OR c.category = ANY (%(categories)s))
     AND (%(from_at)s::timestamptz IS NULL OR c.received_at >= %(from_at)s)
     AND (%(to_at)s::timestamptz IS NULL OR c.received_at <= %(to_at)s)
) AS request
 WHERE (%(statuses)s::text[] IS NULL OR status = ANY (%(statuses)s))
 ORDER BY received_at DESC, complaint_id DESC
 LIMIT %(count_max)s;

-- select_token --
-- The receipt of a complaint.
SELECT token FROM complaint WHERE complaint_id = %(complaint_id)s;

-- select_by_token --
-- The complaint of a receipt.
SELECT complaint_id FROM complaint WHERE token = %(token)s;
