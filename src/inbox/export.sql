-- Customers as they leave the store.

CREATE FUNCTION user360.export_user(bot text, profile_id uuid) RETURNS jsonb
	LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'export_user';
COMMENT ON FUNCTION user360.export_user(text, uuid) IS
	'Everything that the store holds of the person to whom the profile belongs: the properties as they are, and each profile with its own values, each sender, ticket, event and merge. NULL for a profile that is not there. Level engagement_user.';

CREATE FUNCTION user360.export_users(bot text)
	RETURNS TABLE ("userId" text, "firstName" text, "lastName" text, phone text, email text, "lastChannel" text, gender text,
		country text, city text, language text, timezone text, dob text, "emailOptin" text, "smsOptin" text, "whatsAppOptin" text,
		tags text, custom jsonb)
	LANGUAGE c STABLE PARALLEL RESTRICTED ROWS 100000 AS 'MODULE_PATHNAME', 'export_users';
COMMENT ON FUNCTION user360.export_users(text) IS
	'A row a customer, in no particular order, as texts for a CSV file: email as typed, phone in E.164, dates as YYYY-MM-DD, lists with semicolons between their items. custom has the custom properties by name and, in the place of their column, what a text can''t say: tags where one has a semicolon in it, and a phone number as it was typed. NULL where there is none. Level engagement_user.';
