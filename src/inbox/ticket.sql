-- Tickets of the user's own tables.

CREATE FUNCTION user360.link_ticket() RETURNS trigger
	LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.link_ticket() IS
	'Trigger: recognises the sender of a ticket, records the ticket and links it to the customer''s previous one. attach_tickets() creates it. The level capture is checked for the owner of the table.';

CREATE FUNCTION user360.attach_tickets(ticket_table regclass, VARIADIC mapping text[] DEFAULT '{}') RETURNS bigint
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.attach_tickets(regclass, text[]) IS
	'Attaches a ticket table: ''name=column'', ''name:=constant'', ''name=one||other'', ''name=column.key'', ''name=column->schema.table.column''. Names: bot, source, channel, sender, ticket, status, closed, subject, opened_at, closed_at, where, contact, contacts, and properties. What is not mapped is a column of that name, for the ticket the primary key. Answers how many rows stand in the table already. Attaching again replaces the mapping. Runs as the caller. Raises U3017 and U3011.';

CREATE FUNCTION user360.detach(attached_table regclass) RETURNS void
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.detach(regclass) IS
	'Takes user360''s triggers off a table; what was recorded stays.';

CREATE FUNCTION user360.previous_ticket(bot text, source text, ticket text, OUT source text, OUT ticket text) RETURNS record
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.previous_ticket(text, text, text) IS
	'The ticket of the same customer before this one, on whatever channel. NULL for a first ticket and for one that is not there. Level agent.';
