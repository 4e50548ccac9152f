"""Every table. `school_id` stands on every row; moments are UTC ISO 8601 text, ids are opaque text."""

from __future__ import annotations

from hoso_bot.store.tables.channels import channel_tokens, paid_messages, paid_months, typed_answers
from hoso_bot.store.tables.evaluation import (
    adjustments,
    disputes,
    evaluation_rows,
    evaluations,
    outages,
)
from hoso_bot.store.tables.keys import doors, pins, revocations, signing_keys, timestamp_authorities
from hoso_bot.store.tables.pages import known_browsers, links, page_uploads, web_sessions
from hoso_bot.store.tables.people import accounts, invites, link_attempts, people, school_settings, schools
from hoso_bot.store.tables.plans import (
    absences,
    awaited_returns,
    delegations,
    lent_plans,
    plans,
    portal_marks,
    step_cards,
    steps,
    uploads,
    versions,
)
from hoso_bot.store.tables.queues import buttons, inbox, outbox, questions
from hoso_bot.store.tables.record import audit
from hoso_bot.store.tables.retention import retention_holds
from hoso_bot.store.tables.schema import metadata
from hoso_bot.store.tables.school_year import (
    exemptions,
    posts,
    registers,
    rule_reads,
    rule_versions,
    stays,
    weeks,
)
from hoso_bot.store.tables.support import ticket_lines, ticket_messages, tickets, tours, undecided_files
from hoso_bot.store.tables.violations import violation_cases, violation_lines, violation_papers
from hoso_bot.store.tables.weekend import announcements, leave_requests, reminder_rounds, reminders

__all__ = [
    "absences",
    "accounts",
    "adjustments",
    "announcements",
    "audit",
    "awaited_returns",
    "buttons",
    "channel_tokens",
    "delegations",
    "disputes",
    "doors",
    "evaluation_rows",
    "evaluations",
    "exemptions",
    "inbox",
    "invites",
    "known_browsers",
    "leave_requests",
    "lent_plans",
    "link_attempts",
    "links",
    "metadata",
    "outages",
    "outbox",
    "page_uploads",
    "paid_messages",
    "paid_months",
    "people",
    "pins",
    "plans",
    "portal_marks",
    "posts",
    "questions",
    "registers",
    "reminder_rounds",
    "reminders",
    "retention_holds",
    "revocations",
    "rule_reads",
    "rule_versions",
    "school_settings",
    "schools",
    "signing_keys",
    "stays",
    "step_cards",
    "steps",
    "ticket_lines",
    "ticket_messages",
    "tickets",
    "timestamp_authorities",
    "tours",
    "typed_answers",
    "undecided_files",
    "uploads",
    "versions",
    "violation_cases",
    "violation_lines",
    "violation_papers",
    "web_sessions",
    "weeks",
]
