/*
 * Importing customers: the run, its source, and its lines.
 */
#ifndef USER360_ADMIN_IMPORT_H
#define USER360_ADMIN_IMPORT_H

#include "postgres.h"

#include "storage/block.h"
#include "utils/jsonb.h"
#include "utils/portal.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "identity/given.h"
#include "identity/profile.h"
#include "store/policy.h"

/* What happens where a profile has the line's userId already. */
typedef enum ImportConflict
{
	IMPORT_UPDATE,				/* what the line gives replaces what is there */
	IMPORT_RETAIN,				/* the line is the whole record */
	IMPORT_KEEP					/* what is there wins, blanks are filled */
} ImportConflict;

/* A column of the source that is read. */
typedef struct ImportColumn
{
	const char *name;
	const char *property;		/* "userId" or the name of a property */
	bool		is_array;		/* of texts: a list as it is */
	bool		is_object;		/* of properties by name, as an export has them */
} ImportColumn;

typedef struct ImportSource
{
	Oid			relation;
	const char *userid_column;	/* NULL: none, all lines become unidentified */
	const char *line_column;	/* NULL: in the table's physical order */
	int			ncolumns;
	ImportColumn *columns;
	Portal		portal;			/* by line_column */
	BlockNumber window;			/* blocks to read at a time */
} ImportSource;

/* A line as it was read; it outlives the transaction. */
typedef struct ImportLine
{
	int64		number;
	const char *position;		/* where to go on after it */
	Value	   *values;			/* one a column */
} ImportLine;

typedef struct ImportLines
{
	int			n;
	ImportLine *lines;
} ImportLines;

typedef struct ImportCounts
{
	int64		total;
	int64		new;
	int64		conflicting;
	int64		updated;
	int64		failed;
	int64		empty;
} ImportCounts;

typedef struct Import
{
	const char *bot;
	pg_uuid_t	id;
	const char *source_name;	/* schema-qualified */
	int64		source_file;	/* 0: not read in physical order */
	Jsonb	   *mapping;		/* or NULL */
	ImportConflict conflict;
	bool		merge_tags;
	Value		tags;			/* a list, perhaps empty */
	bool		tag_is_time;
	Value		earlier_tags;	/* the times of imports so far, this one's too */
	bool		create_unidentified;
	bool		allow_return;
	bool		done;
	const char *position;		/* NULL: at the start */
	int64		rows_total;
	ImportCounts counts;
	TimestampTz running_since;	/* and lines that were done then */
	int64		resumed_at;
	ImportSource source;
} Import;

/* A reason why a line is rejected. */
typedef struct ImportFault
{
	int64		line;
	int			no;				/* among those of the line */
	const char *property;
	const char *reason;
	const char *value;			/* as given, or NULL */
	const char *detail;			/* or NULL */
	const char *userid;			/* NULL: could not be read */
	Jsonb	   *row;
} ImportFault;

/* import_mapping.c: finds the columns to read and what property each gives.
 * Raises U3011 and U3017. */
extern void import_map(Import *import, const BotPolicy *policy);

/* import_source.c: reads lines, as the caller. */
extern void import_source_open(Import *import);
extern void import_source_count(Import *import);
extern bool import_source_read(Import *import, MemoryContext context, ImportLines *lines);
extern void import_source_close(Import *import);

/* import_table.c: the tables import and import_error. */
extern const char *import_conflict_name(ImportConflict conflict);
extern bool import_conflict_from_name(const char *name, ImportConflict *conflict);
extern void import_insert(const BotPolicy *policy, const Import *import);
extern bool import_find(const BotPolicy *policy, Import *import);
extern void import_read_earlier_tags(const BotPolicy *policy, Import *import);
extern void import_claim(const BotPolicy *policy, const Import *import);
extern void import_write_progress(const BotPolicy *policy, const Import *import);
extern void import_finish(const BotPolicy *policy, const Import *import);
extern void import_write_faults(const BotPolicy *policy, const Import *import, const ImportFault *faults, int n);

/* import_row.c: what a line gives, by the bot's policy. */
typedef struct ImportRow
{
	const ImportLine *line;
	Given		given;
	Problems	problems;
	const char *last_channel;	/* or NULL */
	bool		blank;
	int			nfaults;
	ImportFault *faults;
} ImportRow;

extern void import_row_read(const Import *import, BotPolicy *policy, const ImportLine *line, ImportRow *row);
extern void import_row_reject(const Import *import, ImportRow *row, const char *property, const char *reason,
							  const char *value, const char *detail);
extern pg_uuid_t import_row_id(const Import *import, const ImportRow *row);

/* import_edit.c: gives a line's values to a profile by the mode.  edit NULL:
 * only tells whether that would change anything. */
struct FoldEdit;
extern bool import_row_give(const Import *import, const ImportRow *row, Profile *profile, struct FoldEdit *edit,
							TimestampTz at);

/* import_fault.c: the name of what is wrong with a value. */
extern const char *import_reason(const BotPolicy *policy, const Problem *problem, const char *value);

/* The same of a value that no rule refuses, and that is none all the same; or
 * NULL. */
extern const char *import_artefact(const char *value, bool is_userid, const char **detail);

/*
 * import_batch.c: imports the first of some lines, as many as can be done at
 * once, and says how many; counts are added.
 */
extern int	import_lines(Import *import, BotPolicy *policy, const ImportLine *lines, int n);

#endif
