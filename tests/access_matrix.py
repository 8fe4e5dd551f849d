"""Who may call what, in words of its own: compared with api/access/permissions.py and tried out.

First column: O open to all, L from loopback, P where complaints are public, K with a key in its
body or address. Then viewer, inspector, dispatcher, verifier, supervisor, admin: x may, . may not,
C only without a limit to towns. Then the token scopes; tickets:* is every scope of tickets.
"""

from typing import NamedTuple

MATRIX = """
get_health                     O  . . . . . .
get_readiness                  O  . . . . . .
show_problems                  O  . . . . . .
show_login                     O  . . . . . .
log_in                         O  . . . . . .
start_oidc_login               O  . . . . . .
finish_oidc_login              O  . . . . . .
get_metrics                    L  . . . . . x  metrics
get_me                         -  x x x x x x  *
log_out                        -  x x x x x x
change_own_password            -  x x x x x x
show_command_centre            -  x x x x x x  read
show_part                      -  x x x x x x  read
show_patrol                    -  x x x x x x  read
show_lookup                    -  x x x x x x  read
show_restaurant                -  x x x x x x  read
show_trap                      -  x x x x x x  read
show_trap_section              -  x x x x x x  read
show_trap_entry                -  x x x x x x  read
show_trap_label                -  x x x x x x  read
open_trap                      -  x x x x x x  read
show_my_tickets                -  x x x x x x  read
show_my_ticket                 -  x x x x x x  read
get_worker                     -  x x x x x x  read
show_deep_link                 K  x x x x x x  *
show_alerts                    -  x x x x x x  read
show_tickets                   -  x x x x x x  read
show_restaurants               -  x x x x x x  read
show_devices                   -  x x x x x x  read
show_complaints                -  x x x x x x  read
show_restaurant_entry          -  x x x x x x  read
show_traps                     -  x x x x x x  read
show_device                    -  x x x x x x  read
show_gateways                  -  x x x x x x  read
show_gateway                   -  x x x x x x  read
show_alert                     -  x x x x x x  read
show_ticket                    -  x x x x x x  read
show_complaint                 -  x x x x x x  read
show_inspection_plans          -  x x x x x x  read
show_inspection_plan           -  x x x x x x  read
show_rules                     -  x x x x x x  read
show_rule                      -  x x x x x x  read
show_rule_trials               -  C C C C C C  read
show_claims                    -  C C C C C C  read
show_claim                     -  C C C C C C  read
show_reports                   -  C C C C C C  read
show_report                    -  C C C C C C  read
show_webhooks                  -  . . . . . C  webhooks:manage
show_webhook                   -  . . . . . C  webhooks:manage
show_deliveries                -  . . . . . C  webhooks:manage
show_dead_letters              -  . . . . C C
show_dead_letter               -  . . . . C C
show_index_part                -  C C C C C C  read
show_town_index                -  C C C C C C  read
show_index_rows                -  C C C C C C  read
show_operations                -  x x x x x x  read
get_description                -  x x x x x x  read
get_coverage                   -  x x x x x x  read
list_uncovered                 -  x x x x x x  read
get_coverage_history           -  x x x x x x  read
list_device_days               -  x x x x x x  read
create_month_revision          -  . . . . C .  figures:publish
list_trap_marks                -  x x x x x x  read
get_outlines                   -  x x x x x x  read
list_roll_call                 -  x x x x x x  read
count_roll_call                -  x x x x x x  read
get_trap_chart                 -  x x x x x x  read
get_timeline                   -  x x x x x x  read
list_towns                     -  x x x x x x  read
list_restaurants               -  x x x x x x  read
get_restaurant                 -  x x x x x x  read
create_restaurant              -  . . . . x x  register:write
update_restaurant              -  . . . . x x  register:write
list_traps                     -  x x x x x x  read
get_trap                       -  x x x x x x  read
create_trap                    -  . . . . x x  register:write
update_trap                    -  . . . . x x  register:write
list_devices                   -  x x x x x x  read
get_device                     -  x x x x x x  read
create_device                  -  . . . . x x  register:write
update_device                  -  . . . . x x  register:write
list_gateways                  -  x x x x x x  read
get_gateway                    -  x x x x x x  read
list_trap_readings             -  x x x x x x  read
list_readings                  -  x x x x x x  read
export_evidence                -  . . . C C C  export
create_export                  -  . . x . x x  export
list_alerts                    -  x x x x x x  read
count_open_alerts              -  x x x x x x  read
get_alert                      -  x x x x x x  read
review_alert                   -  . x . x x .  alerts:write
acknowledge_alert              -  . x x . x .  alerts:write
unacknowledge_alert            -  . x x . x .  alerts:write
list_silences                  -  x x x x x x  read
get_silence                    -  x x x x x x  read
create_silence                 -  . . x . x .  alerts:write
expire_silence                 -  . . x . x .  alerts:write
list_maintenance_windows       -  x x x x x x  read
get_maintenance_window         -  x x x x x x  read
create_maintenance_window      -  . . x . x .  alerts:write
deactivate_maintenance_window  -  . . x . x .  alerts:write
stream_events                  -  x x x x x x  read
list_tickets                   -  x x x x x x  read
get_ticket                     -  x x x x x x  read
get_ticket_indicators          -  x x x x x x  read
list_transitions               -  x x x x x x  read
create_ticket                  -  . x x x x .  tickets:write
create_transition              -  . x x x x .  tickets:*
recompute_due_times            -  . . . . x .  tickets:supervisor
create_attachment              -  . x x x x .  tickets:write
get_attachment                 -  x x x x x x  read
list_handovers                 -  x x x x x x  read
get_handover_document          -  x x x x x x  read
get_received_document          -  x x x x x x  read
create_handover                -  . . x . . .  tickets:dispatcher
create_handover_echo           -  . . x . . .  tickets:clerk
import_handover                -  . . C . . .  tickets:clerk
record_handover_echo           -  . . C . . .  tickets:clerk
list_units                     -  x x x x x x  read
create_unit                    -  . . . . C C  units:manage
replace_unit                   -  . . . . C C  units:manage
list_unit_routes               -  x x x x x x  read
set_unit_route                 -  . . . . C C  units:manage
remove_unit_route              -  . . . . C C  units:manage
list_jobs                      -  x x x x x x  read
get_job                        -  x x x x x x  read
create_job                     -  . x x . x .  operations:write
open_job                       -  . x x . x .  operations:write
check_in                       -  . x x . x .  operations:write
check_out                      -  . x x . x .  operations:write
close_job                      -  . x x . x .  operations:write
list_pump_outs                 -  x x x x x x  read
get_pump_out                   -  x x x x x x  read
create_pump_out                -  . x x . x .  operations:write
create_confirmation            -  . x x . x .  operations:write
list_inspections               -  x x x x x x  read
get_inspection                 -  x x x x x x  read
create_inspection              -  . x . x x .  operations:write
list_inspection_plans          -  x x x x x x  read
get_inspection_plan            -  x x x x x x  read
get_inspection_report          -  x x x x x x  read
create_inspection_plan         -  . x x . x .  operations:write
start_inspection_plan          -  . x x . x .  operations:write
cancel_inspection_plan         -  . x x . x .  operations:write
skip_inspection_stop           -  . x x . x .  operations:write
settle_inspection_stop         -  . x x . x .  operations:write
list_closures                  -  x x x x x x  read
get_closure                    -  x x x x x x  read
create_closure                 -  . x x . x .  operations:write
list_rainfall                  -  x x x x x x  read
put_rainfall                   -  . . . . x x  rainfall:write
list_complaints                -  x x x x x x  read
create_complaint_import        -  . . C . C .  complaints:write
list_complaint_imports         -  C C C C C C  read
get_complaint_import           -  C C C C C C  read
list_match_candidates          -  x x x x x x  read
decide_match                   -  . . x . x .  complaints:write
link_duplicate                 -  . . x . x .  complaints:write
undo_duplicate                 -  . . x . x .  complaints:write
create_ticket_of_complaint     -  . . x . x .  tickets:write
get_reporter                   -  . x x . x .  reporters:read
get_discovery                  P  x x x x x x  read complaints:write
list_services                  P  x x x x x x  read complaints:write
get_service                    P  x x x x x x  read complaints:write
get_receipt                    P  x x x x x x  read complaints:write
create_request                 K  . . x . x .  complaints:write
list_requests                  -  x x x x x x  read
get_request                    -  x x x x x x  read
get_complaint                  -  x x x x x x  read
get_complaint_trend            -  x x x x x x  read
create_complaint               P  . . x . x .  complaints:write
list_intake_changes            -  x x x x x x  read
get_intake_change              -  x x x x x x  read
create_intake_change           -  . . . . C .  figures:publish
get_claim                      -  C C C C C C  read
list_claims                    -  C C C C C C  read
get_saved_claim                -  C C C C C C  read
get_claim_document             -  C C C C C C  read
create_claim                   -  . . . . C .  figures:publish
revise_claim                   -  . . . . C .  figures:publish
get_town_index                 -  C C C C C C  read
list_index_rows                -  C C C C C C  read
create_index_revision          -  . . . . C .  figures:publish
list_rules                     -  x x x x x x  read
get_rule                       -  x x x x x x  read
list_rule_overrides            -  x x x x x x  read
set_rule_override              -  . . . . x x  rules:write
delete_rule_override           -  . . . . x x  rules:write
list_rule_trials               -  C C C C C C  read
create_rule_trial              -  . . . . C C  rules:write
get_rule_trial                 -  C C C C C C  read
list_webhooks                  -  . . . . . C  webhooks:manage
get_webhook                    -  . . . . . C  webhooks:manage
create_webhook                 -  . . . . . C  webhooks:manage
replace_webhook                -  . . . . . C  webhooks:manage
pause_webhook                  -  . . . . . C  webhooks:manage
resume_webhook                 -  . . . . . C  webhooks:manage
disable_webhook                -  . . . . . C  webhooks:manage
test_webhook                   -  . . . . . C  webhooks:manage
list_webhook_deliveries        -  . . . . . C  webhooks:manage
replay_webhook_delivery        -  . . . . . C  webhooks:manage
rotate_webhook_secret          -  . . . . . C  webhooks:manage
replay_webhook                 -  . . . . . C  webhooks:manage
list_deliveries                -  . . . . . C  webhooks:manage
list_dead_letters              -  . . . . C C
get_dead_letter                -  . . . . C C
replay_dead_letter             -  . . . . . C
discard_dead_letter            -  . . . . . C
replay_dead_letters            -  . . . . . C
discard_dead_letters           -  . . . . . C
list_accounts                  -  . . . . . C
get_account                    -  . . . . . C
create_account                 -  . . . . . C
update_account                 -  . . . . . C
set_account_password           -  . . . . . C
list_tokens                    -  . . . . . C
create_token                   -  . . . . . C
revoke_token                   -  . . . . . C
"""

ROLES = ("viewer", "inspector", "dispatcher", "verifier", "supervisor", "admin")


class Row(NamedTuple):
    """A line of the table; ``marks`` by role."""

    opening: str
    marks: dict[str, str]
    scopes: frozenset[str]


def rows() -> dict[str, Row]:
    """Return the table by operation."""
    found = {}
    for line in MATRIX.strip().splitlines():
        name, opening, *rest = line.split()
        marks = dict(zip(ROLES, rest[: len(ROLES)], strict=True))
        found[name] = Row(opening, marks, frozenset(rest[len(ROLES) :]))
    return found
