"""The event types a webhook can carry; docs/webhooks.md lists them, a test keeps that list true."""

TEST_EVENT_TYPE = "webhook.test"

#: What happened, by the ``type`` of the message.
EVENT_TYPES = {
    "alert.fired": "a condition was proven by readings: an episode opened",
    "alert.resolved": "the episode's clear condition was proven",
    "ticket.created": "a remediation ticket was opened",
    "ticket.updated": "a ticket moved to another state",
    TEST_EVENT_TYPE: "somebody pressed the test button of an endpoint",
}
