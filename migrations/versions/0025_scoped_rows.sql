-- Rows by town for what came beside the accounts: opinions about alerts, who complained, and tallies.
SET LOCAL lock_timeout = '5s';

ALTER TABLE alert_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON alert_review
  USING (EXISTS (SELECT FROM alert a WHERE a.alert_id = alert_review.alert_id));
ALTER TABLE complaint_reporter ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON complaint_reporter
  USING (EXISTS (SELECT FROM complaint c WHERE c.complaint_id = complaint_reporter.complaint_id));
ALTER TABLE complaint_tally ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON complaint_tally FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE restaurant_tally ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON restaurant_tally FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
SELECT grant_to_scoped();
