"""The office's side at the command line: a report, an outage, a frozen period, a case, what is held."""
