-- The tables.  No foreign keys between them (a parallel restore loses the
-- rows), no sequences, the bot first in every key.  Names are qualified
-- throughout: nothing here depends on a search_path.

DO $$
BEGIN
	IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
		RAISE EXCEPTION 'user360 needs a database in encoding UTF8'
			USING ERRCODE = 'feature_not_supported',
				HINT = 'Create the database with ENCODING ''UTF8''.';
	END IF;
END
$$;

-- Made here rather than by the control file, so that CREATE EXTENSION fails
-- on a schema that somebody else prepared.
CREATE SCHEMA user360;
COMMENT ON SCHEMA user360 IS 'customer identity: profiles, senders, tickets, events and the functions over them';

CREATE TABLE user360.bot (
	bot				text COLLATE "C" NOT NULL
		CHECK (bot OPERATOR(pg_catalog.<>) '*' AND pg_catalog.char_length(bot) OPERATOR(pg_catalog.>) 0
			AND pg_catalog.char_length(bot) OPERATOR(pg_catalog.<=) 63),
	platform		text COLLATE "C" NOT NULL DEFAULT 'cloud' CHECK (platform OPERATOR(pg_catalog.=) 'cloud'),
	userid_property	text COLLATE "C" CHECK (pg_catalog.char_length(userid_property) OPERATOR(pg_catalog.<=) 63),
	default_region	text COLLATE "C" CHECK (default_region OPERATOR(pg_catalog.~) '^[A-Z]{2}$'),
	options			jsonb NOT NULL DEFAULT '{}',
	created_at		timestamptz NOT NULL DEFAULT pg_catalog.now(),
	history_from	timestamptz,
	PRIMARY KEY (bot)
);
COMMENT ON TABLE user360.bot IS 'the tenants, each with its userId property and options';
COMMENT ON COLUMN user360.bot.history_from IS 'events before this moment were pruned; NULL: none were';

CREATE TABLE user360.channel (
	bot				text COLLATE "C" NOT NULL,
	channel			text COLLATE "C" NOT NULL
		CHECK (pg_catalog.char_length(channel) OPERATOR(pg_catalog.>) 0 AND pg_catalog.char_length(channel) OPERATOR(pg_catalog.<=) 63),
	kind			text COLLATE "C" NOT NULL CHECK (kind OPERATOR(pg_catalog.=) 'chat' OR kind OPERATOR(pg_catalog.=) 'email'),
	sender_form		text COLLATE "C" CHECK (sender_form OPERATOR(pg_catalog.=) 'phone'),
	PRIMARY KEY (bot, channel)
);
COMMENT ON TABLE user360.channel IS 'where conversations happen; on a channel of kind email the sender is the userId';

CREATE TABLE user360.property (
	bot				text COLLATE "C" NOT NULL,
	property		text COLLATE "C" NOT NULL
		CHECK (pg_catalog.char_length(property) OPERATOR(pg_catalog.<=) 63),
	type			text COLLATE "C" NOT NULL,
	merge_rule		text COLLATE "C" NOT NULL DEFAULT 'keep'
		CHECK (merge_rule OPERATOR(pg_catalog.=) ANY (ARRAY['keep', 'latest', 'union'])),
	PRIMARY KEY (bot, property)
);
COMMENT ON TABLE user360.property IS 'custom properties; the system properties are columns of profile';

-- PostgreSQL parses and plans every CHECK anew for each statement that writes: a
-- dozen of them took a quarter of a capture.  A varchar's length costs nothing.
CREATE TABLE user360.profile (
	bot				text COLLATE "C" NOT NULL,
	profile_id		uuid NOT NULL,
	merged_into		uuid,
	created_at		timestamptz NOT NULL,
	updated_at		timestamptz NOT NULL,
	last_seen_at	timestamptz NOT NULL,
	identified_at	timestamptz,
	userid			varchar(255) COLLATE "C",
	first_name		varchar(255) COLLATE "C",
	last_name		varchar(255) COLLATE "C",
	phone			varchar(24) COLLATE "C",
	email			varchar(254) COLLATE "C",
	last_channel	varchar(63) COLLATE "C",
	gender			varchar(255) COLLATE "C",
	country			varchar(255) COLLATE "C",
	city			varchar(255) COLLATE "C",
	language		varchar(255) COLLATE "C",
	timezone		varchar(255) COLLATE "C",
	dob				date,
	email_optin		boolean,
	sms_optin		boolean,
	whatsapp_optin	boolean,
	tags			text[],
	custom			jsonb NOT NULL DEFAULT '{}',
	own				jsonb,
	stamps			jsonb,
	as_given		jsonb,
	skeleton_hash	bigint,
	PRIMARY KEY (bot, profile_id),
	CONSTRAINT profile_check CHECK (merged_into OPERATOR(pg_catalog.<>) profile_id
		AND userid OPERATOR(pg_catalog.<>) '' AND (userid IS NULL) OPERATOR(pg_catalog.=) (identified_at IS NULL))
) WITH (fillfactor = 85);
COMMENT ON TABLE user360.profile IS 'one row a customer record; a merged one stays, pointing to its survivor';
COMMENT ON COLUMN user360.profile.merged_into IS 'the survivor itself, however many merges lie between';
COMMENT ON COLUMN user360.profile.custom IS 'custom properties by name';
COMMENT ON COLUMN user360.profile.own IS 'what a survivor itself was given; NULL until it absorbs another profile';
COMMENT ON COLUMN user360.profile.stamps IS 'when properties of merge rule latest were given';
COMMENT ON COLUMN user360.profile.as_given IS 'e-mail and phone as typed, where that differs from the key';
COMMENT ON COLUMN user360.profile.skeleton_hash IS 'of the userId''s skeleton by UTS #39: equal for userIds that can be taken for each other';
-- An index and not a constraint: as a constraint, assigning a userId would
-- wait for every transaction that holds KEY SHARE on the row.
CREATE UNIQUE INDEX profile_userid ON user360.profile (bot, userid) WHERE userid IS NOT NULL;
CREATE INDEX profile_skeleton ON user360.profile (bot, skeleton_hash) WHERE skeleton_hash IS NOT NULL;
CREATE INDEX profile_merged_into ON user360.profile (bot, merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE user360.sender (
	bot				text COLLATE "C" NOT NULL,
	channel			text COLLATE "C" NOT NULL,
	sender			varchar(257) COLLATE "C" NOT NULL,
	profile_id		uuid NOT NULL,
	first_seen_at	timestamptz NOT NULL,
	last_seen_at	timestamptz NOT NULL,
	PRIMARY KEY (bot, sender, channel)
) WITH (fillfactor = 90);
COMMENT ON TABLE user360.sender IS 'whoever talks on a channel, and the profile that is theirs';
CREATE INDEX sender_profile ON user360.sender (bot, profile_id);

CREATE TABLE user360.ticket (
	bot				text COLLATE "C" NOT NULL,
	source			text COLLATE "C" NOT NULL,
	ticket			varchar(257) COLLATE "C" NOT NULL,
	profile_id		uuid NOT NULL,
	opened_at		timestamptz NOT NULL,
	closed_at		timestamptz,
	previous_profile_id	uuid,
	previous_source	text COLLATE "C",
	previous_ticket	text COLLATE "C",
	channel			text COLLATE "C",
	status			text COLLATE "C",
	subject			text COLLATE "C",
	PRIMARY KEY (bot, source, ticket)
) WITH (fillfactor = 90);
COMMENT ON TABLE user360.ticket IS 'the tickets of attached tables, each under its sender''s own profile, with a link to the customer''s previous one';
COMMENT ON COLUMN user360.ticket.source IS 'the user''s table as it was called when it was attached';
COMMENT ON COLUMN user360.ticket.ticket IS 'the key in that table, as text';
COMMENT ON COLUMN user360.ticket.previous_profile_id IS 'whose ticket the previous one was: another profile than this one''s where a merge joined the two';
-- Newest first by (opened_at, key); keys that are whole numbers in their
-- order as numbers, since a shorter one comes first.
CREATE INDEX ticket_timeline ON user360.ticket
	(bot, profile_id, opened_at, (pg_catalog.octet_length(ticket)), ticket, source);
-- What an unmerge has to look through: links that cross two profiles.
CREATE INDEX ticket_crossing ON user360.ticket (bot, previous_profile_id)
	WHERE previous_profile_id OPERATOR(pg_catalog.<>) profile_id;

CREATE TABLE user360.event (
	bot				text COLLATE "C" NOT NULL,
	profile_id		uuid NOT NULL,
	event_id		uuid NOT NULL,
	at				timestamptz NOT NULL,
	tracked			boolean NOT NULL DEFAULT false,
	name			text COLLATE "C" NOT NULL,
	source			text COLLATE "C",
	channel			text COLLATE "C",
	actor			text COLLATE "C",
	payload			jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (bot, profile_id, event_id)
);
COMMENT ON TABLE user360.event IS 'timeline and outbox: what happened to a customer, under the profile to which it happened';
COMMENT ON COLUMN user360.event.tracked IS 'came through track(); false for what user360 itself records';
CREATE INDEX event_timeline ON user360.event (bot, profile_id, tracked, at, event_id);

CREATE TABLE user360.merge (
	bot				text COLLATE "C" NOT NULL,
	merge_id		uuid NOT NULL,
	source_id		uuid NOT NULL,
	target_id		uuid NOT NULL CHECK (target_id OPERATOR(pg_catalog.<>) source_id),
	place			bigint NOT NULL,
	merged_at		timestamptz NOT NULL,
	actor			text COLLATE "C" NOT NULL,
	reason			text,
	undone_at		timestamptz,
	undone_by		text COLLATE "C",
	PRIMARY KEY (bot, merge_id)
);
COMMENT ON TABLE user360.merge IS 'each merge, kept after it was undone';
COMMENT ON COLUMN user360.merge.target_id IS 'the profile that took the source in; a member itself where its own survivor is another';
COMMENT ON COLUMN user360.merge.place IS 'the order among the merges into one target';
CREATE UNIQUE INDEX merge_source ON user360.merge (bot, source_id) WHERE undone_at IS NULL;
-- Where a profile belonged at some moment of the past.
CREATE INDEX merge_history ON user360.merge (bot, source_id, merged_at);
CREATE UNIQUE INDEX merge_place ON user360.merge (bot, target_id, place);

CREATE TABLE user360.tombstone (
	bot				text COLLATE "C" NOT NULL,
	digest			bytea NOT NULL,
	deleted_at		timestamptz NOT NULL,
	expires_at		timestamptz NOT NULL,
	PRIMARY KEY (bot, digest)
);
COMMENT ON TABLE user360.tombstone IS 'userIds that were deleted, as digests under the bot''s key: an import refuses them, a live channel reports their return';

-- Nobody but the owner reads it: with it, the digests could be tried out.
CREATE TABLE user360.tombstone_key (
	bot				text COLLATE "C" NOT NULL,
	key				bytea NOT NULL,
	PRIMARY KEY (bot)
);
COMMENT ON TABLE user360.tombstone_key IS 'the key of each bot''s tombstones, made with the first of them';

CREATE TABLE user360.import (
	bot				text COLLATE "C" NOT NULL,
	import_id		uuid NOT NULL,
	source			text COLLATE "C" NOT NULL,
	source_file		bigint,
	userid_column	text COLLATE "C",
	mapping			jsonb,
	conflict		text COLLATE "C" NOT NULL
		CHECK (conflict OPERATOR(pg_catalog.=) ANY (ARRAY['update', 'retain', 'keep'])),
	merge_tags		boolean NOT NULL,
	tags			text[] COLLATE "C" NOT NULL,
	tag_is_time		boolean NOT NULL,
	line_column		text COLLATE "C",
	without_userid	text COLLATE "C" NOT NULL
		CHECK (without_userid OPERATOR(pg_catalog.=) ANY (ARRAY['reject', 'create'])),
	allow_return	boolean NOT NULL,
	actor			text COLLATE "C" NOT NULL,
	state			text COLLATE "C" NOT NULL DEFAULT 'running'
		CHECK (state OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'done'])),
	started_at		timestamptz NOT NULL,
	progress_at		timestamptz NOT NULL,
	ended_at		timestamptz,
	position		text COLLATE "C",
	rows_total		bigint NOT NULL,
	rows_done		bigint NOT NULL DEFAULT 0,
	percent			real NOT NULL DEFAULT 0,
	rate			real,
	new				bigint NOT NULL DEFAULT 0,
	conflicting		bigint NOT NULL DEFAULT 0,
	updated			bigint NOT NULL DEFAULT 0,
	failed			bigint NOT NULL DEFAULT 0,
	empty			bigint NOT NULL DEFAULT 0,
	PRIMARY KEY (bot, import_id)
);
COMMENT ON TABLE user360.import IS 'each run of import_users(), with how far it is';
COMMENT ON COLUMN user360.import.source_file IS 'the file of a table that is read in its physical order: with another one, lines have moved';
COMMENT ON COLUMN user360.import.mapping IS 'as given; NULL: columns go by their names';
COMMENT ON COLUMN user360.import.tag_is_time IS 'tags were not given: the tag is the time of the import';
COMMENT ON COLUMN user360.import.state IS 'running: also of an import that broke off; its progress_at stays where it is';
COMMENT ON COLUMN user360.import.position IS 'of the last line that is done';
COMMENT ON COLUMN user360.import.rows_total IS 'lines of the source when the import was started';
COMMENT ON COLUMN user360.import.rate IS 'lines a second since it was last started or resumed';

CREATE TABLE user360.import_error (
	bot				text COLLATE "C" NOT NULL,
	import_id		uuid NOT NULL,
	line			bigint NOT NULL,
	no				integer NOT NULL,
	property		text COLLATE "C" NOT NULL,
	reason			text COLLATE "C" NOT NULL,
	value			text COLLATE "C",
	detail			text COLLATE "C",
	userid			text COLLATE "C",
	"row"			jsonb NOT NULL,
	PRIMARY KEY (bot, import_id, line, no)
);
COMMENT ON TABLE user360.import_error IS 'the lines that imports rejected, a row for each reason';
COMMENT ON COLUMN user360.import_error.line IS 'the line''s number: that of line_column, or its place in the table';
COMMENT ON COLUMN user360.import_error.userid IS 'the line''s userId where it could be read: by it delete_user() finds whose it is';
COMMENT ON COLUMN user360.import_error."row" IS 'the line as given, by column';
CREATE INDEX import_error_userid ON user360.import_error (bot, userid) WHERE userid IS NOT NULL;

CREATE TABLE user360.access (
	role			text COLLATE "C" NOT NULL,
	bot				text COLLATE "C" NOT NULL,
	level			text COLLATE "C" NOT NULL
		CHECK (level OPERATOR(pg_catalog.=) ANY (ARRAY['capture', 'agent', 'engagement_user', 'engagement_admin'])),
	PRIMARY KEY (role, bot)
);
COMMENT ON TABLE user360.access IS 'what a role may do with a bot; bot * is every bot';
CREATE INDEX access_bot ON user360.access (bot);

-- Every table goes into a dump, one call each.
SELECT pg_catalog.pg_extension_config_dump('user360.bot', '');
SELECT pg_catalog.pg_extension_config_dump('user360.channel', '');
SELECT pg_catalog.pg_extension_config_dump('user360.property', '');
SELECT pg_catalog.pg_extension_config_dump('user360.profile', '');
SELECT pg_catalog.pg_extension_config_dump('user360.sender', '');
SELECT pg_catalog.pg_extension_config_dump('user360.ticket', '');
SELECT pg_catalog.pg_extension_config_dump('user360.event', '');
SELECT pg_catalog.pg_extension_config_dump('user360.merge', '');
SELECT pg_catalog.pg_extension_config_dump('user360.access', '');
SELECT pg_catalog.pg_extension_config_dump('user360.tombstone', '');
SELECT pg_catalog.pg_extension_config_dump('user360.tombstone_key', '');
SELECT pg_catalog.pg_extension_config_dump('user360.import', '');
SELECT pg_catalog.pg_extension_config_dump('user360.import_error', '');
