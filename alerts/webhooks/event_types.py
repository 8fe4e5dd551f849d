"""The event types a webhook can carry; docs/webhooks.md lists them, a test keeps that list true."""

TEST_EVENT_TYPE = "webhook.test"
DISABLED_EVENT_TYPE = "webhook.endpoint_disabled"
CHECKPOINT_EVENT_TYPE = "evidence.checkpoint"
MERGED_EVENT_TYPE = "message.merged"
COMPLAINT_EVENT_TYPE = "complaint.received"

#: What happened, by the ``type`` of the message.
EVENT_TYPES = {
    "alert.fired": "a condition was proven by readings: an episode opened",
    "alert.severity_raised": "an open episode got worse: its severity rises, never falls",
    "alert.reopened": "the condition came back soon after it had cleared: the same episode goes on",
    "alert.flapping": "an episode keeps coming and going; told once, then at most every six hours",
    "alert.escalated": "nobody took a red alert in hand in time: it goes to `escalated_to`",
    "alert.resolved": "the episode's clear condition was proven",
    "alert.repeated": "an alert of orange or red still fires, and nobody has taken it in hand",
    "alert.closed": "its rule, device or trap is gone: nobody watches it now; it may not be over",
    "ticket.created": "a remediation ticket was opened",
    "ticket.updated": "a ticket moved to another state, one that has no type of its own here",
    "ticket.dispatched": "a ticket was given to a unit",
    "ticket.returned": "the unit says that it is not theirs",
    "ticket.reported": "the unit, or the sensor, says that it is done; it waits for verification",
    "ticket.reworked": "the verifier was not content; back to the unit, same due time",
    "ticket.closed": "verified and closed",
    "ticket.reopened": "a closed ticket goes on",
    "ticket.suspended": "the supervisor stopped its clocks, with a document and a review date",
    "ticket.sla_warning": "three quarters of a limit are over",
    "ticket.sla_breached": "a limit is over; again at each escalation after it",
    "alert.grouped": "to people only: several alerts of one rule in one town, told together",
    "ticket.grouped": "to people only: several tickets of one problem in one town, told together",
    MERGED_EVENT_TYPE: "to people only: what quiet hours or a robot's limit kept back",
    COMPLAINT_EVENT_TYPE: "somebody complained; only to endpoints that name it",
    CHECKPOINT_EVENT_TYPE: "a signed checkpoint of the ledger; only to endpoints that name it",
    DISABLED_EVENT_TYPE: "another endpoint was disabled: it failed for days, or answered 410",
    TEST_EVENT_TYPE: "somebody pressed the test button of an endpoint",
}
