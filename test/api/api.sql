-- An example: a schema of your own over user360, for GraphQL and REST servers
-- such as PostGraphile and PostgREST, which hide the members of extensions.
-- Make it after CREATE EXTENSION user360, leave out what you don't show, and
-- point the server at schema api.
--
-- Nothing here gives access: functions and views run as the role with which
-- the server's request came, and user360.grant_access() says what that may do.
-- What only reads is STABLE (a query in GraphQL, GET in REST), what writes is
-- VOLATILE (a mutation, POST).  Types and columns have names of this schema's
-- own, so that an update of the extension changes none of them.

CREATE SCHEMA api;
COMMENT ON SCHEMA api IS 'Customers, their timelines and tickets, for agents and the engagement team.';
GRANT USAGE ON SCHEMA api TO PUBLIC;

CREATE TYPE api.contact_card AS (
	kind					text,
	name					text,
	first_name				text,
	last_name				text,
	user_id					text,
	phone					text,
	email					text,
	identified				boolean,
	view_recent_activity	boolean,
	missing					text[],
	last_channel			text,
	profile_id				uuid
);
COMMENT ON TYPE api.contact_card IS 'What an agent sees of a customer.';
COMMENT ON COLUMN api.contact_card.kind IS 'user360 where a first name and a phone number or an e-mail address are known, else contact.';
COMMENT ON COLUMN api.contact_card.user_id IS 'By what the customer is known on every channel; null until they are identified.';
COMMENT ON COLUMN api.contact_card.phone IS 'In E.164, ready to be called.';
COMMENT ON COLUMN api.contact_card.email IS 'As the customer typed it.';
COMMENT ON COLUMN api.contact_card.missing IS 'What to ask for.';
COMMENT ON COLUMN api.contact_card.view_recent_activity IS 'Whether to offer the timeline.';
COMMENT ON COLUMN api.contact_card.profile_id IS 'The argument profile_id of the other calls.';

CREATE FUNCTION api.shown(card user360.card) RETURNS api.contact_card LANGUAGE sql IMMUTABLE AS $$
	SELECT ROW(card.kind, card.name, card.first_name, card.last_name, card.userid, card.phone, card.email, card.identified,
		card.view_recent_activity, card.missing, card.last_channel, card.profile_id)::api.contact_card
	WHERE card.profile_id IS NOT NULL
$$;
-- Not for callers: its argument is of a type that servers hide.
COMMENT ON FUNCTION api.shown(user360.card) IS E'@omit\nThe card under the names of this schema.';

CREATE FUNCTION api.card(bot text, user_id text) RETURNS api.contact_card LANGUAGE sql STABLE AS $$
	SELECT api.shown(user360.contact_card(bot, user_id))
$$;
COMMENT ON FUNCTION api.card(text, text) IS 'The card of the customer with this userId, written in any form. Null for somebody unknown.';

CREATE FUNCTION api.card_of_sender(bot text, channel text, sender text) RETURNS api.contact_card LANGUAGE sql STABLE AS $$
	SELECT api.shown(user360.contact_card_for_sender(bot, channel, sender))
$$;
COMMENT ON FUNCTION api.card_of_sender(text, text, text) IS 'The card of whoever is this sender on this channel.';

CREATE FUNCTION api.card_of_ticket(bot text, source text, ticket text) RETURNS api.contact_card LANGUAGE sql STABLE AS $$
	SELECT api.shown(user360.contact_card_for_ticket(bot, source, ticket))
$$;
COMMENT ON FUNCTION api.card_of_ticket(text, text, text) IS 'The card of the customer of a ticket; source is the ticket table, such as public.tickets.';

CREATE FUNCTION api.find_contacts(bot text, query text, max_rows integer DEFAULT 20) RETURNS SETOF api.contact_card LANGUAGE sql STABLE AS $$
	SELECT s.* FROM user360.find_contacts(bot, query, max_rows) AS c, api.shown(c) AS s
$$;
COMMENT ON FUNCTION api.find_contacts(text, text, integer) IS 'Customers by userId, e-mail address, phone number in any written form, sender, or the beginning of a name.';

CREATE FUNCTION api.update_contact(bot text, profile_id uuid, properties jsonb) RETURNS api.contact_card LANGUAGE sql VOLATILE AS $$
	SELECT user360.update_contact(bot, profile_id, properties);
	SELECT api.shown(user360.contact_card_for_profile(bot, profile_id));
$$;
COMMENT ON FUNCTION api.update_contact(text, uuid, jsonb) IS 'Sets properties of a customer, by their names (firstName, phone, …); null clears one. The userId never changes.';

CREATE TYPE api.activity_entry AS (
	cursor	text,
	at		timestamptz,
	kind	text,
	name	text,
	source	text,
	channel	text,
	ticket	text,
	payload	jsonb
);
COMMENT ON TYPE api.activity_entry IS 'One entry of a customer''s timeline.';
COMMENT ON COLUMN api.activity_entry.cursor IS 'The argument after_cursor with which the next page begins behind this entry.';
COMMENT ON COLUMN api.activity_entry.kind IS 'ticket, profile, merge or event.';
COMMENT ON COLUMN api.activity_entry.ticket IS 'The ticket''s key in its table.';

-- The place in the timeline is a time and an id: a page costs the same
-- however far down it is, and no entry comes twice or never.
CREATE FUNCTION api.activity(bot text, profile_id uuid, page_size integer DEFAULT 20, after_cursor text DEFAULT NULL) RETURNS SETOF api.activity_entry LANGUAGE sql STABLE AS $$
	SELECT to_char(a.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '/' || a.activity_id, a.at, a.kind, a.name, a.source, a.channel, a.ref, a.payload
	FROM user360.recent_activity(bot, profile_id, page_size, split_part(after_cursor, '/', 1)::timestamptz, split_part(after_cursor, '/', 2)::uuid) AS a
$$;
COMMENT ON FUNCTION api.activity(text, uuid, integer, text) IS 'Tickets, property changes and merges of a customer, newest first, on whatever channel. The next page: after_cursor is the cursor of the last entry.';

CREATE TYPE api.opened_ticket AS (
	source		text,
	ticket		text,
	channel		text,
	subject		text,
	recorded_at	timestamptz
);
COMMENT ON TYPE api.opened_ticket IS 'A ticket of a customer.';
COMMENT ON COLUMN api.opened_ticket.source IS 'The ticket table, such as public.tickets.';
COMMENT ON COLUMN api.opened_ticket.ticket IS 'The key in that table.';

-- Through the timeline, since that has the tickets of all members of the
-- customer, whoever they were when they opened them.
CREATE FUNCTION api.ticket_history(bot text, profile_id uuid, max_rows integer DEFAULT 20) RETURNS SETOF api.opened_ticket LANGUAGE plpgsql STABLE AS $$
DECLARE
	entry user360.activity;
	before timestamptz;
	before_id uuid;
	entries integer;
	found_rows integer := 0;
BEGIN
	LOOP
		entries := 0;
		FOR entry IN SELECT * FROM user360.recent_activity(bot, profile_id, 100, before, before_id) LOOP
			entries := entries + 1;
			before := entry.at;
			before_id := entry.activity_id;
			CONTINUE WHEN entry.name <> 'TICKET_OPEN';
			EXIT WHEN found_rows >= max_rows;
			found_rows := found_rows + 1;
			RETURN NEXT ROW(entry.source, entry.ref, entry.channel, entry.payload->>'subject', entry.at)::api.opened_ticket;
		END LOOP;
		EXIT WHEN entries < 100 OR found_rows >= max_rows;
	END LOOP;
END
$$;
COMMENT ON FUNCTION api.ticket_history(text, uuid, integer) IS 'The tickets of a customer, newest first, on whatever channel.';

CREATE TYPE api.ticket_key AS (
	source	text,
	ticket	text
);
COMMENT ON TYPE api.ticket_key IS 'A ticket: its table, such as public.tickets, and its key there.';

CREATE FUNCTION api.previous_ticket(bot text, source text, ticket text) RETURNS api.ticket_key LANGUAGE sql STABLE AS $$
	SELECT p.source, p.ticket FROM user360.previous_ticket(bot, source, ticket) AS p WHERE p.ticket IS NOT NULL
$$;
COMMENT ON FUNCTION api.previous_ticket(text, text, text) IS 'The ticket of the same customer before this one, as it was linked when this one was opened.';

-- For the engagement team: whole bots.  security_invoker: the rows are those
-- that the reader may see, not those that the view's owner may.
CREATE VIEW api.customers WITH (security_invoker = true) AS
	SELECT p.bot, p.profile_id, p.userid AS user_id, p.first_name, p.last_name, p.phone, coalesce(p.as_given->>'email', p.email) AS email, p.city, p.country, p.language,
		p.timezone, p.tags, p.last_channel, user360.card_kind(p.first_name, p.phone, p.email) AS card, p.identified_at, p.created_at, p.last_seen_at
	FROM user360.profile AS p WHERE p.merged_into IS NULL;
-- PostGraphile takes a view of one table for one that is written to.
COMMENT ON VIEW api.customers IS E'@omit create,update,delete\nEvery customer of the bots that the reader may see.';
GRANT SELECT ON api.customers TO PUBLIC;

CREATE VIEW api.tickets WITH (security_invoker = true) AS
	SELECT t.bot, t.source, t.ticket, coalesce(p.merged_into, p.profile_id) AS profile_id, t.channel, t.status, t.subject, t.opened_at, t.closed_at, t.previous_source, t.previous_ticket
	FROM user360.ticket AS t JOIN user360.profile AS p ON p.bot = t.bot AND p.profile_id = t.profile_id;
COMMENT ON VIEW api.tickets IS 'Every ticket of the bots that the reader may see, under the customer whose it is now.';
GRANT SELECT ON api.tickets TO PUBLIC;

CREATE TYPE api.channel_day AS (
	day					date,
	channel				text,
	tickets				bigint,
	customers			bigint,
	new_customers		bigint,
	identified			bigint,
	identified_percent	numeric
);
COMMENT ON TYPE api.channel_day IS 'What went on in a channel on a day.';

CREATE FUNCTION api.channel_overview(bot text, since timestamptz DEFAULT NULL, until timestamptz DEFAULT NULL) RETURNS SETOF api.channel_day LANGUAGE sql STABLE AS $$
	SELECT o.day, o.channel, o.tickets, o.customers, o.new_customers, o.identified, o.identified_percent FROM user360.channel_overview(bot, since, until) AS o
$$;
COMMENT ON FUNCTION api.channel_overview(text, timestamptz, timestamptz) IS 'A row a day and channel: tickets, customers, and how many of them are identified.';

CREATE TYPE api.card_gap AS (
	card			text,
	missing			text,
	customers		bigint,
	percent			numeric,
	identified		bigint,
	unidentified	bigint
);
COMMENT ON TYPE api.card_gap IS 'How many customers have a card, and what keeps the better one from the others.';

CREATE FUNCTION api.card_gaps(bot text) RETURNS SETOF api.card_gap LANGUAGE sql STABLE AS $$
	SELECT g.card, g.missing, g.customers, g.percent, g.identified, g.unidentified FROM user360.card_gaps(bot) AS g
$$;
COMMENT ON FUNCTION api.card_gaps(text) IS 'How many customers have which card, and why not the other.';

CREATE FUNCTION api.user_page(bot text, profile_id uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
	SELECT user360.user_page(bot, profile_id)
$$;
COMMENT ON FUNCTION api.user_page(text, uuid) IS 'All that is known of a customer: properties, senders, members, tickets.';
