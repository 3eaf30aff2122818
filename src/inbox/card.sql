-- The contact card.

CREATE TYPE user360.card AS (
	kind					text,
	name					text,
	first_name				text,
	last_name				text,
	userid					text,
	phone					text,
	email					text,
	profile_id				uuid,
	identified				boolean,
	view_recent_activity	boolean,
	missing					text[],
	last_channel			text
);
COMMENT ON TYPE user360.card IS
	'What the agent sees. kind user360: a first name and (a phone or an e-mail) are known; else contact. email is as the customer typed it, phone is E.164, userid is the key; missing names what keeps the User360 card away and, last, a userId that is recommended but absent';

CREATE FUNCTION user360.card_kind(first_name text, phone text, email text) RETURNS text
	LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION user360.card_kind(text, text, text) IS
	'user360 where a first name and (a phone or an e-mail) are there, else contact. Blank values count as absent. Never NULL.';

CREATE FUNCTION user360.contact_card(bot text, userid text, as_of timestamptz DEFAULT NULL) RETURNS user360.card
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'contact_card';
COMMENT ON FUNCTION user360.contact_card(text, text, timestamptz) IS
	'The card of the customer with this userId, written in any form that the bot''s captures accept; as_of: as it was recorded then. NULL for a customer that is, or was, not known. Level agent. Raises U3018 for a moment whose events were pruned.';

CREATE FUNCTION user360.contact_card_for_profile(bot text, profile_id uuid, as_of timestamptz DEFAULT NULL) RETURNS user360.card
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'contact_card_for_profile';
COMMENT ON FUNCTION user360.contact_card_for_profile(text, uuid, timestamptz) IS
	'The card of the customer to whom this profile belongs; as_of: as it was recorded then. NULL for a profile that is, or was, not there. Level agent. Raises U3018 for a moment whose events were pruned.';

CREATE FUNCTION user360.contact_card_for_sender(bot text, channel text, sender text) RETURNS user360.card
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'contact_card_for_sender';
COMMENT ON FUNCTION user360.contact_card_for_sender(text, text, text) IS
	'The card of whoever is this sender on this channel. NULL for a sender that was not seen. Level agent.';

CREATE FUNCTION user360.contact_card_for_ticket(bot text, source text, ticket text) RETURNS user360.card
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'contact_card_for_ticket';
COMMENT ON FUNCTION user360.contact_card_for_ticket(text, text, text) IS
	'The card of the customer of a ticket; source is the attached table''s name, such as public.tickets, ticket its key. NULL for a ticket that is not there. Level agent.';

CREATE FUNCTION user360.contact_card_for_ticket(bot text, source text, ticket bigint) RETURNS user360.card
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'contact_card_for_numbered_ticket';
COMMENT ON FUNCTION user360.contact_card_for_ticket(text, text, bigint) IS
	'The same for a ticket whose key is a number.';
