-- Rows by town for what came beside the accounts: opinions about alerts, and who complained.
SET LOCAL lock_timeout = '5s';

ALTER TABLE alert_review ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON alert_review
  USING (EXISTS (SELECT FROM alert a WHERE a.alert_id = alert_review.alert_id));
ALTER TABLE complaint_reporter ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON complaint_reporter
  USING (EXISTS (SELECT FROM complaint c WHERE c.complaint_id = complaint_reporter.complaint_id));
SELECT grant_to_scoped();
