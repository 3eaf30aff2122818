-- Merging by hand, undoing, and giving another userId.

CREATE TYPE user360.merge_report AS (
	merge_id	uuid,
	source_id	uuid,
	target_id	uuid,
	profile		jsonb,
	fills		jsonb,
	unions		jsonb,
	loses		jsonb,
	senders		bigint,
	members		bigint
);
COMMENT ON TYPE user360.merge_report IS
	'What merge_profiles() did, or would do (merge_id NULL): the surviving profile and its properties afterwards, what it takes from the source, the lists that were united, the values that are not seen any more, and how many senders come along, and profiles that had been merged into the source';

CREATE FUNCTION user360.merge_profiles(bot text, source_id uuid, target_id uuid, dry_run boolean DEFAULT false, reason text DEFAULT NULL)
	RETURNS user360.merge_report
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'merge_profiles';
COMMENT ON FUNCTION user360.merge_profiles(text, uuid, uuid, boolean, text) IS
	'Merges one customer into another, whose values win by each property''s rule; senders, tickets and events stay where they are and are read through the survivor. dry_run: every check and the outcome, and nothing is written. A profile and itself, or its own survivor: nothing happens. Level engagement_admin. Raises U3014 for a profile that is not there, U3015 for a source that is merged already, or that has a userId where the target has none.';

CREATE TYPE user360.unmerge_report AS (
	merge_id	uuid,
	source_id	uuid,
	target_id	uuid,
	stays		jsonb,
	senders		bigint,
	members		bigint,
	links		bigint
);
COMMENT ON TYPE user360.unmerge_report IS
	'What unmerge() did: the profile that is its own again, the one it parted from, the values that stay with the latter because they were given after the merge, how many senders went along, and profiles that are merged into it, and how many links between tickets of the two were cleared';

CREATE FUNCTION user360.unmerge(bot text, merge_id uuid) RETURNS user360.unmerge_report
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'unmerge';
COMMENT ON FUNCTION user360.unmerge(text, uuid) IS
	'Undoes one merge, in any order of several: both sides are again what their own values and their other members make of them, and tickets of one are not linked to those of the other. Level engagement_admin. Raises U3014 for a merge that is not there, U3020 for one that was undone already.';

CREATE FUNCTION user360.replace_userid(bot text, profile_id uuid, new_userid text, lose_previous_data boolean) RETURNS uuid
	LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'replace_userid';
COMMENT ON FUNCTION user360.replace_userid(text, uuid, text, boolean) IS
	'Starts the customer anew under another userId: all that is stored of the whole merged set is erased, its senders lead to a fresh profile, whose id is the answer. The same userId: nothing happens. Level engagement_admin. Raises U3016 unless lose_previous_data is true, 23505 where another profile has the userId, U3014, U3008 to U3010, and 55000 for a profile without a userId.';
