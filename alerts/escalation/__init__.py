"""Who is told next where nobody takes a red alert in hand."""
