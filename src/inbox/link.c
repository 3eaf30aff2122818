/*
 * link_ticket(): the trigger on a user's ticket table.
 *
 * A ticket insert never fails because of us.  What is wrong with a value goes
 * into the ticket's event; what keeps the ticket from being recorded at all
 * is a warning with its SQLSTATE.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/rel.h"

#include "identity/capture.h"
#include "inbox/contact_row.h"
#include "inbox/link.h"
#include "inbox/row.h"
#include "inbox/ticket.h"
#include "store/errors.h"
#include "store/plan.h"

/* closed:=resolved,1 names the statuses that mean closed. */
static bool
status_is_closed(const Row *row, const char *status)
{
	const MappedName *closed = mapping_find(row->mapping, "closed");
	const char *at = closed != NULL ? closed->constant : NULL;
	size_t		length = status != NULL ? strlen(status) : 0;

	while (at != NULL && length > 0)
	{
		const char *comma = strchr(at, ',');
		size_t		item = comma != NULL ? (size_t) (comma - at) : strlen(at);

		if (item == length && strncmp(at, status, length) == 0)
			return true;
		at = comma != NULL ? comma + 1 : NULL;
	}
	return false;
}

/* By what it is known. */
static Ticket
row_key(const Row *row)
{
	Ticket		ticket = {0};

	ticket.source = row_source(row);
	ticket.key = row_text(row, "ticket");
	return ticket;
}

static Ticket
row_ticket(const Row *row)
{
	Ticket		ticket = row_key(row);
	int64		moment;

	ticket.status = row_text(row, "status");
	ticket.subject = row_text(row, "subject");
	ticket.opened_at = mapping_moment(row->mapping, "opened_at", row->tuple, row->descriptor, &moment) ?
		moment : GetCurrentTransactionStartTimestamp();
	ticket.closed_at = ticket.opened_at;
	if (mapping_moment(row->mapping, "closed_at", row->tuple, row->descriptor, &moment))
	{
		ticket.closed = true;
		ticket.closed_at = moment;
	}
	else if (status_is_closed(row, ticket.status))
	{
		ticket.closed = true;
		ticket.closed_at = Max(ticket.opened_at, GetCurrentTransactionStartTimestamp());
	}
	return ticket;
}

/* A ticket whose contact is deleted and becomes blank stays with its customer. */
static bool
sender_changed(const Row *old, const Row *new)
{
	if (mapping_find(new->mapping, "contact") != NULL)
		return (row_name_changed(old, new, "channel") || row_name_changed(old, new, "contact")) &&
			row_text(new, "contact") != NULL;
	return row_name_changed(old, new, "channel") || row_name_changed(old, new, "sender");
}

/* Has any of what tells who the customer is changed? */
static bool
customer_changed(const Row *old, const Row *new)
{
	return sender_changed(old, new) || row_properties_changed(old, new);
}

static bool
state_changed(const Row *old, const Row *new)
{
	return row_name_changed(old, new, "status") || row_name_changed(old, new, "subject") ||
		row_name_changed(old, new, "closed_at");
}

/* Who the row's sender is: its contact's, where the table has contacts.  The
 * answer is the channel of the sender. */
static const Channel *
row_sender(const Row *row, BotPolicy **policy, const Channel *channel, Given *given, Problems *problems)
{
	if (mapping_find(row->mapping, "contact") != NULL)
	{
		given->elsewhere = true;
		given->seen_on = channel != NULL ? channel->name : NULL;
		return contact_of_ticket(row, policy, given, problems);
	}
	if (channel != NULL)
		given->raw_sender = row_text(row, "sender");
	return channel;
}

/*
 * Recognises the sender of a row and records the ticket under it.  The
 * profile may be erased between the two: then it all begins again.  A ticket
 * that moves from another customer is taken out there only when the new one
 * is known, since profiles are locked before tickets.
 */
static void
capture_ticket(const Row *row, BotPolicy *policy, Ticket *ticket, bool moves, const char *event_name)
{
	for (;;)
	{
		Problems	problems = {0};
		Problems	channel_problems = {0};
		Given		given = {.problems = &problems};
		const Channel *channel;
		Capture		customer;

		ticket->channel = row_text(row, "channel");
		channel = row_channel(&policy, ticket->channel, false, &channel_problems);
		row_given(row, &given);
		channel = row_sender(row, &policy, channel, &given, &channel_problems);
		given_read(&given, policy, channel);
		customer = capture(&given);
		for (int i = 0; i < channel_problems.n; i++)
			problem_report(&problems, channel_problems.list[i]);
		if (ticket->channel != NULL)
			ticket->channel = pnstrdup(ticket->channel,
									   pg_mbcharcliplen(ticket->channel, strlen(ticket->channel), MAX_NAME_CHARS));
		if (moves)
		{
			if (!ticket_hold(given.policy, &customer))
				continue;
			ticket_delete(given.policy, ticket, false);
		}
		if (ticket_insert(given.policy, ticket, &customer, &problems, event_name) ||
			ticket_update(given.policy, ticket, &problems))
			return;
	}
}

void
link_row(const Row *row, BotPolicy *policy, bool late)
{
	Ticket		ticket = row_ticket(row);

	ticket.late = late;
	store_connect();
	capture_ticket(row, policy, &ticket, false, "TICKET_OPEN");
	store_finish();
}

bool
link_is_recorded(const Row *row, BotPolicy *policy)
{
	Ticket		ticket = row_key(row);
	bool		recorded;

	store_connect();
	recorded = ticket_opened_at(policy, &ticket, NULL);
	store_finish();
	return recorded;
}

static void
link_inserted(const Row *row)
{
	BotPolicy  *policy = row_policy(row, true);

	if (policy == NULL)
		return;
	if (row_text(row, "ticket") == NULL)
	{
		row_warn(row->relation, ERRCODE_U360_MAPPING, "its ticket is blank");
		return;
	}
	link_row(row, policy, false);
}

static void
link_deleted(const Row *row)
{
	BotPolicy  *policy = row_policy(row, false);
	Ticket		ticket;

	if (policy == NULL)
		return;
	ticket = row_key(row);
	if (ticket.key == NULL)
		return;
	store_connect();
	ticket_delete(policy, &ticket, true);
	store_finish();
}

/* A ticket of another sender moves there; one of the same is followed. */
static void
link_updated(const Row *old, const Row *new)
{
	bool		customer = customer_changed(old, new);
	BotPolicy  *policy;
	Ticket		ticket;

	if (!customer && !state_changed(old, new))
		return;
	policy = row_policy(new, true);
	if (policy == NULL)
		return;
	ticket = row_ticket(new);
	if (ticket.key == NULL)
		return;
	store_connect();
	if (customer || !ticket_update(policy, &ticket, NULL))
	{
		bool		exists = ticket_opened_at(policy, &ticket,
											  mapping_find(new->mapping, "opened_at") == NULL ?
											  &ticket.opened_at : NULL);

		capture_ticket(new, policy, &ticket, exists && sender_changed(old, new),
					   exists ? "TICKET_UPDATE" : "TICKET_OPEN");
	}
	store_finish();
}

PG_FUNCTION_INFO_V1(link_ticket);

Datum
link_ticket(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Row			row;
	Row			new;

	if (!row_trigger_begins(fcinfo, "link_ticket", "attach_tickets", &row))
		return PointerGetDatum(NULL);
	new = row;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		link_inserted(&row);
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		link_deleted(&row);
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		new.tuple = trigger->tg_newtuple;
		if (row_name_changed(&row, &new, "bot") || row_name_changed(&row, &new, "ticket") ||
			row_name_changed(&row, &new, "source"))
		{
			/* profiles are locked before tickets */
			link_inserted(&new);
			link_deleted(&row);
		}
		else
			link_updated(&row, &new);
	}
	return PointerGetDatum(NULL);
}
