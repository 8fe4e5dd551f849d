-- select_maintenance_windows --
-- A page of maintenance windows, newest first; one alone where window_id is given. in_force: active and not over.
SELECT maintenance_window_id, scope, coalesce(town_id, restaurant_id, trap_id, gateway_id) AS scope_id, rule, zone,
       starts_at, duration_s, ends_at, author, comment, is_active, created_at, deactivated_at
  FROM maintenance_window
 WHERE maintenance_window_id < %(before_id)s
   AND (%(window_id)s::bigint IS NULL OR maintenance_window_id = %(window_id)s)
   AND (%(everything)s OR coalesce(least(ends_at, deactivated_at), 'infinity') > %(now)s)
 ORDER BY maintenance_window_id DESC
 LIMIT %(count_max)s;

-- insert_maintenance_window --
-- A new maintenance window.
INSERT INTO maintenance_window (scope, town_id, restaurant_id, trap_id, gateway_id, rule, zone, starts_at, duration_s,
                                ends_at, author, comment, created_at)
VALUES (%(scope)s, CASE WHEN %(scope)s = 'town' THEN %(scope_id)s::int END,
        CASE WHEN %(scope)s = 'restaurant' THEN %(scope_id)s::int END,
        CASE WHEN %(scope)s = 'trap' THEN %(scope_id)s::int END,
        CASE WHEN %(scope)s = 'gateway' THEN %(scope_id)s::int END,
        %(rule)s, %(zone)s, %(starts_at)s, %(duration_s)s, %(ends_at)s, %(author)s, %(comment)s, %(now)s)
RETURNING maintenance_window_id;

-- deactivate_maintenance_window --
-- End it for good; no row comes back if it is not active.
UPDATE maintenance_window SET is_active = false, deactivated_at = %(now)s
 WHERE maintenance_window_id = %(window_id)s AND is_active
RETURNING maintenance_window_id;
