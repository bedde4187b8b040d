#include "controller/audit/pg_schema.h"

#include <stdio.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"

/* The functions' bodies, which verification compares. */
#define REFUSE                                                                                                         \
    "BEGIN RAISE EXCEPTION 'kubechat.%: audit rows are never changed nor removed', TG_TABLE_NAME USING ERRCODE = "     \
    "'KC002'; END"
/* Another replica was first. As a value of an entry, so that an insert can be refused in the midst of its rows. */
#define MOVED "BEGIN RAISE EXCEPTION 'the newest head is not of size % any more', expected USING ERRCODE = 'KC001'; END"
/* Takes the log's lock, and fails unless newest head and checkpoint are the ones that the caller goes on from. */
#define EXPECT_HEAD                                                                                                    \
    "BEGIN PERFORM pg_advisory_xact_lock(" KC_PG_APPEND_LOCK "); IF NOT " KC_PG_IS_HEAD(                               \
        "expected", "expected_root",                                                                                   \
        "expected_checkpoint") " OR EXISTS (SELECT FROM kubechat.entries WHERE idx = expected) THEN"                   \
                               " PERFORM kubechat.moved(expected); END IF; END"

/* What took their place at first. */
#define EXPECT_HEAD_1                                                                                                  \
    "BEGIN PERFORM pg_advisory_xact_lock(" KC_PG_APPEND_LOCK ");"                                                      \
    " IF NOT EXISTS (SELECT FROM kubechat.head WHERE size = expected AND root = expected_root)"                        \
    " OR EXISTS (SELECT FROM kubechat.entries WHERE idx = expected)"                                                   \
    " OR EXISTS (SELECT FROM kubechat.checkpoints WHERE size > expected_checkpoint) THEN"                              \
    " RAISE EXCEPTION 'the newest head is not of size % any more', expected USING ERRCODE = 'KC001';"                  \
    " END IF; END"
#define APPEND_2                                                                                                       \
    "#variable_conflict use_column\n"                                                                                  \
    "BEGIN PERFORM pg_advisory_xact_lock(" KC_PG_APPEND_LOCK ");"                                                      \
    " IF ($1 > 0 AND NOT EXISTS (SELECT FROM kubechat.head WHERE size = $1 AND root = $2))"                            \
    " OR EXISTS (SELECT FROM kubechat.entries WHERE idx = $1)"                                                         \
    " OR EXISTS (SELECT FROM kubechat.checkpoints WHERE size > $3) THEN"                                               \
    " RAISE EXCEPTION 'the newest head is not of size % any more', $1 USING ERRCODE = 'KC001';"                        \
    " END IF;"                                                                                                         \
    " INSERT INTO kubechat.entries SELECT * FROM unnest($4, $5, $6, $7, $8, $9);"                                      \
    " INSERT INTO kubechat.nodes SELECT * FROM unnest($10, $11, $12);"                                                 \
    " INSERT INTO kubechat.head VALUES($13, $14, $15, $16); END"

/* On every table and every partition, also for replication's own sessions. */
#define GUARD(table)                                                                                                   \
    "CREATE TRIGGER guard BEFORE UPDATE OR DELETE OR TRUNCATE ON " table                                               \
    " FOR EACH STATEMENT EXECUTE FUNCTION kubechat.refuse();"                                                          \
    "ALTER TABLE " table " ENABLE ALWAYS TRIGGER guard;"

#define WORD "text COLLATE \"C\" NOT NULL"

/* Version n is migrations[n - 1]. A step that has been released is never edited: the next one goes behind it. */
static const char *const migrations[] = {
    "CREATE FUNCTION kubechat.refuse() RETURNS trigger LANGUAGE plpgsql AS $body$" REFUSE "$body$;"
    "CREATE TABLE kubechat.migrations(version int4 PRIMARY KEY, time int8 NOT NULL);"
    "CREATE TABLE kubechat.partitions(first int8 PRIMARY KEY, beyond int8 NOT NULL CHECK (beyond > first));"
    "CREATE TABLE kubechat.log(one int2 PRIMARY KEY CHECK (one = 1), origin " WORD ");"
    "CREATE TABLE kubechat.entries(idx int8 PRIMARY KEY CHECK (idx >= 0), entry bytea NOT NULL, leaf_hash bytea NOT "
    "NULL, time int8 NOT NULL, type " WORD ", request_uid " WORD ") PARTITION BY RANGE (idx);"
    "CREATE INDEX entries_of_request ON kubechat.entries(request_uid, idx) WHERE request_uid <> '';"
    "CREATE TABLE kubechat.head(size int8 PRIMARY KEY CHECK (size > 0), root bytea NOT NULL, checkpoint int8 NOT NULL,"
    " time int8 NOT NULL) PARTITION BY RANGE (size);"
    "CREATE TABLE kubechat.nodes(level int2, idx int8, hash bytea NOT NULL, PRIMARY KEY(level, idx));"
    "CREATE TABLE kubechat.blobs(digest " WORD " PRIMARY KEY, bytes bytea NOT NULL);"
    "CREATE TABLE kubechat.entry_blobs(idx int8, digest " WORD ", PRIMARY KEY(idx, digest)) PARTITION BY RANGE (idx);"
    "CREATE INDEX entries_of_blob ON kubechat.entry_blobs(digest);"
    "CREATE TABLE kubechat.once(request_uid " WORD ", type " WORD ", key " WORD ", idx int8 NOT NULL,"
    " PRIMARY KEY(request_uid, type, key));"
    "CREATE TABLE kubechat.intents(request_uid " WORD ", plan_digest " WORD ", step " WORD ", attempt int8,"
    " idx int8 NOT NULL, PRIMARY KEY(request_uid, plan_digest, step, attempt));"
    "CREATE TABLE kubechat.outcomes(request_uid " WORD ", plan_digest " WORD ", step " WORD ", attempt int8,"
    " idx int8 NOT NULL, PRIMARY KEY(request_uid, plan_digest, step, attempt));"
    "CREATE TABLE kubechat.nonces(nonce " WORD " PRIMARY KEY, request_uid " WORD ", idx int8 NOT NULL);"
    "CREATE TABLE kubechat.runs(ns " WORD ", name " WORD ", spec_digest " WORD ", request_uid " WORD ","
    " idx int8 NOT NULL, PRIMARY KEY(ns, name, spec_digest));"
    "CREATE TABLE kubechat.checkpoints(size int8 PRIMARY KEY CHECK (size > 0), note text NOT NULL, time int8 NOT "
    "NULL);"
    "CREATE FUNCTION kubechat.expect_head(expected int8, expected_root bytea, expected_checkpoint int8) RETURNS void "
    "LANGUAGE plpgsql AS "
    "$body$" EXPECT_HEAD_1 "$body$;" GUARD("kubechat.migrations") GUARD("kubechat.partitions") GUARD("kubechat.log")
        GUARD("kubechat.entries") GUARD("kubechat.head") GUARD("kubechat.nodes") GUARD("kubechat.blobs")
            GUARD("kubechat.entry_blobs") GUARD("kubechat.once") GUARD("kubechat.intents") GUARD("kubechat.outcomes")
                GUARD("kubechat.nonces") GUARD("kubechat.runs") GUARD("kubechat.checkpoints"),

    /* As whoever calls it: it lends no right to insert. */
    "CREATE FUNCTION kubechat.append(expected int8, expected_root bytea, expected_checkpoint int8, idx int8[],"
    " entry bytea[], leaf_hash bytea[], entry_time int8[], type text[], request_uid text[], level int8[], node int8[],"
    " hash bytea[], size int8, root bytea, checkpoint int8, head_time int8) RETURNS void LANGUAGE plpgsql AS "
    "$body$" APPEND_2 "$body$;",

    /* An append is one row: an entry has the interior nodes that it completes, and the last of a transaction the head.
     * Those of older entries stay in nodes and head, which get no more. */
    "ALTER TABLE kubechat.entries ADD COLUMN nodes bytea, ADD COLUMN root bytea, ADD COLUMN checkpoint int8,"
    " ADD COLUMN head_time int8, DROP CONSTRAINT entries_idx_check;" /* no partition begins below 0 */
    "DROP FUNCTION kubechat.append;"
    "CREATE FUNCTION kubechat.moved(expected int8) RETURNS bytea LANGUAGE plpgsql AS $body$" MOVED "$body$;"
    "CREATE OR REPLACE FUNCTION kubechat.expect_head(expected int8, expected_root bytea, expected_checkpoint int8)"
    " RETURNS void LANGUAGE plpgsql AS $body$" EXPECT_HEAD "$body$;",
};
#define NEWEST ((int)(sizeof migrations / sizeof *migrations))

static const char *const tables[] = {"migrations", "partitions", "log",         "entries",    "head",
                                     "nodes",      "blobs",      "entry_blobs", "once",       "intents",
                                     "outcomes",   "nonces",     "runs",        "checkpoints"};
static const char *const partitioned[] = {"entries", "entry_blobs"};

/* The roles that insert put rows into all tables but the owner's own. */
static const char *const owners_own[] = {"migrations", "partitions"};

/* First column of the first row of a command without parameters; otherwise when it is NULL. */
static bool number_of(struct kc_pg_conn *c, const char *sql, int64_t otherwise, int64_t *ret, struct kc_err *err)
{
    kc_pg_queue_sql(c, sql, NULL);
    if (!kc_pg_exchange(c, "reading the schema", err))
        return false;
    const PGresult *r = c->results[0];
    *ret = PQntuples(r) && !PQgetisnull(r, 0, 0) ? kc_pg_int(r, 0, 0) : otherwise;
    return true;
}

/* 0: no tables yet. */
static bool version_of(struct kc_pg_conn *c, int64_t *ret, struct kc_err *err)
{
    int64_t there;
    *ret = 0;
    return number_of(c, "SELECT to_regclass('kubechat.migrations') IS NOT NULL", 0, &there, err) &&
           (!there || number_of(c, "SELECT max(version) FROM kubechat.migrations", 0, ret, err));
}

static bool too_new(const struct kc_pg_conn *c, int64_t version, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "NewerSchema",
                   "audit store %s: schema version %lld is newer than this kubechat's %d: use the newer kubechat",
                   c->uri->name, (long long)version, NEWEST);
}

bool kc_pg_check_version(struct kc_pg_conn *c, struct kc_err *err)
{
    int64_t version;
    if (!version_of(c, &version, err))
        return false;
    if (version > NEWEST)
        return too_new(c, version, err);
    if (version == NEWEST)
        return true;
    return version ? kc_fail(err, KC_INVALID, "OlderSchema",
                             "audit store %s: schema version %lld, this kubechat needs %d: run kubechat audit migrate "
                             "--store URL as its owner",
                             c->uri->name, (long long)version, NEWEST)
                   : kc_fail(err, KC_INVALID, "NoSchema",
                             "audit store %s: it has no audit tables: run kubechat audit migrate --store URL --writer "
                             "ROLE as its owner",
                             c->uri->name);
}

bool kc_pg_check_writer(struct kc_pg_conn *c, struct kc_err *err)
{
    kc_pg_queue_sql(c,
                    "SELECT current_user::text, bool_or(has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE')),"
                    " bool_or(relname = 'entries' AND has_table_privilege(c.oid, 'INSERT'))"
                    " FROM pg_class c WHERE c.relnamespace = 'kubechat'::regnamespace AND c.relkind IN ('r', 'p')",
                    NULL);
    if (!kc_pg_exchange(c, "reading our rights", err))
        return false;
    const char *role = kc_pg_text(c->results[0], 0, 0);
    if (kc_pg_int(c->results[0], 0, 1))
        return kc_fail(err, KC_INVALID, "TooMuchPower",
                       "audit store %s: the role %s may change and remove audit rows: give the manager a role that may "
                       "only insert and select: kubechat audit migrate --store URL --writer ROLE",
                       c->uri->name, role);
    return kc_pg_int(c->results[0], 0, 2) ||
           kc_fail(err, KC_FORBIDDEN, "NotAllowed",
                   "audit store %s: the role %s may not insert: run kubechat audit migrate --store URL --writer %s as "
                   "the store's owner",
                   c->uri->name, role, role);
}

static bool report_rows(struct kc_pg_conn *c, const char *sql, const char *fmt_before, const char *fmt_after,
                        void (*fault)(void *arg, const char *what), void *arg, struct kc_err *err)
{
    kc_pg_queue_sql(c, sql, NULL);
    if (!kc_pg_exchange(c, "reading the schema", err))
        return false;
    for (int i = 0; i < PQntuples(c->results[0]); i++) {
        char what[256];
        (void)snprintf(what, sizeof what, "%s%.128s%s", fmt_before, kc_pg_text(c->results[0], i, 0), fmt_after);
        fault(arg, what);
    }
    return true;
}

bool kc_pg_check_guards(struct kc_pg_conn *c, void (*fault)(void *arg, const char *what), void *arg, struct kc_err *err)
{
#define OURS "relnamespace = 'kubechat'::regnamespace"
    static const struct {
        const char *sql, *before, *after;
    } checks[] = {
        /* tgtype 58: BEFORE (2), DELETE (8), UPDATE (16), TRUNCATE (32) for each statement; tgenabled A: always. */
        {"SELECT relname::text FROM pg_class c WHERE " OURS " AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM "
         "pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'guard' AND t.tgtype = 58 AND t.tgenabled = 'A' AND "
         "t.tgqual IS NULL AND t.tgfoid = 'kubechat.refuse()'::regprocedure) ORDER BY relname",
         "the trigger against change on ", " is gone"},
        {"SELECT proname::text FROM pg_proc WHERE pronamespace = 'kubechat'::regnamespace AND prosrc <> CASE proname "
         "WHEN 'refuse' THEN $body$" REFUSE "$body$ WHEN 'expect_head' THEN $body$" EXPECT_HEAD
         "$body$ WHEN 'moved' THEN $body$" MOVED "$body$ ELSE '' END",
         "the function kubechat.", " is not the one that was made"},
        {"SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class c ON c.oid = indrelid WHERE " OURS
         " AND NOT (indisvalid AND indisready)",
         "the index ", " is not valid"},
        {"SELECT DISTINCT relname || ' by ' || coalesce(pg_get_userbyid(nullif(a.grantee, 0)), 'everybody') FROM "
         "pg_class c, aclexplode(relacl) a WHERE " OURS " AND a.grantee <> relowner AND a.privilege_type IN ('UPDATE', "
         "'DELETE', 'TRUNCATE', 'TRIGGER') ORDER BY 1",
         "rows can be changed: ", ": revoke UPDATE, DELETE, TRUNCATE and TRIGGER"},
    };
#undef OURS
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char sql[96], what[64];
        int64_t there;
        (void)snprintf(sql, sizeof sql, "SELECT to_regclass('kubechat.%s') IS NOT NULL", tables[i]);
        (void)snprintf(what, sizeof what, "the table %s is gone", tables[i]);
        if (!number_of(c, sql, 0, &there, err))
            return false;
        if (!there)
            fault(arg, what);
    }
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!report_rows(c, checks[i].sql, checks[i].before, checks[i].after, fault, arg, err))
            return false;
    return true;
}

static bool begin(struct kc_pg_conn *c, struct kc_err *err)
{
    return kc_pg_run(c, "BEGIN; SET LOCAL lock_timeout = 4000; SELECT pg_advisory_xact_lock(" KC_PG_OWNER_LOCK ")",
                     "beginning", err);
}

static bool end(struct kc_pg_conn *c, bool ok, struct kc_err *err)
{
    if (ok)
        return kc_pg_run(c, "COMMIT", "committing", err);
    if (kc_pg_connected(c) && !kc_pg_run(c, "ROLLBACK", "rolling back", NULL))
        kc_pg_disconnect(c);
    return false;
}

/* One step forward; *ret_version stays when there was none to make. */
static bool migrate_once(struct kc_pg_conn *c, int64_t *ret_version, struct kc_err *err)
{
    char note[96];
    if (!version_of(c, ret_version, err))
        return false;
    if (*ret_version >= NEWEST)
        return *ret_version == NEWEST || too_new(c, *ret_version, err);
    (void)snprintf(note, sizeof note, "INSERT INTO kubechat.migrations VALUES(%lld, %lld)", (long long)*ret_version + 1,
                   (long long)kc_unix_ms());
    return kc_pg_run(c, "CREATE SCHEMA IF NOT EXISTS kubechat", "making the schema", err) &&
           kc_pg_run(c, migrations[*ret_version], "making the tables", err) &&
           kc_pg_run(c, note, "making the tables", err);
}

bool kc_pg_migrate(struct kc_pg_conn *c, int64_t *ret_version, struct kc_err *err)
{
    kc_pg_queue_sql(c, "SELECT pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()",
                    NULL);
    if (!kc_pg_exchange(c, "reading the encoding", err))
        return false;
    if (!KC_STREQ(kc_pg_text(c->results[0], 0, 0), "UTF8"))
        return kc_fail(err, KC_INVALID, "NotUTF8", "audit store %s: its encoding is %s: create it with ENCODING 'UTF8'",
                       c->uri->name, kc_pg_text(c->results[0], 0, 0));
    for (int64_t before = -1; before != NEWEST;) {
        if (!begin(c, err) || !end(c, migrate_once(c, &before, err), err))
            return false;
        *ret_version = NEWEST;
    }
    return true;
}

/* A table of its own is attached: that waits for nobody who reads or writes the others. */
static bool make_partition(struct kc_pg_conn *c, int64_t first, int64_t beyond, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof partitioned / sizeof *partitioned; i++) {
        const char *name = kc_arena_printf(a, "kubechat.%s_%lld", partitioned[i], (long long)first);
        const char *sql = kc_arena_printf(
            a,
            "CREATE TABLE %s (LIKE kubechat.%s INCLUDING ALL);" GUARD(
                "%s") "ALTER TABLE kubechat.%s ATTACH PARTITION %s FOR VALUES FROM (%lld) TO (%lld)",
            name, partitioned[i], name, name, partitioned[i], name, (long long)first, (long long)beyond);
        if (!kc_pg_run(c, sql, "making a partition", err))
            return false;
    }
    return kc_pg_run(
        c,
        kc_arena_printf(a, "INSERT INTO kubechat.partitions VALUES(%lld, %lld)", (long long)first, (long long)beyond),
        "making a partition", err);
}

static bool make_partitions(struct kc_pg_conn *c, int64_t rows, int64_t ahead, int64_t *ret_made, struct kc_err *err)
{
    int64_t newest, beyond, made = 0;
    if (!number_of(c, "SELECT max(idx) + 1 FROM kubechat.entries", 0, &newest, err) ||
        !number_of(c, "SELECT max(beyond) FROM kubechat.partitions", 0, &beyond, err))
        return false;
    for (; beyond < newest + ahead * rows; beyond += rows, made++)
        if (!make_partition(c, beyond, beyond + rows, err))
            return false;
    *ret_made = made;
    return true;
}

bool kc_pg_make_partitions(struct kc_pg_conn *c, int64_t rows, int64_t ahead, int64_t *ret_made, struct kc_err *err)
{
    return begin(c, err) && end(c, make_partitions(c, rows, ahead, ret_made, err), err);
}

static bool grant(struct kc_pg_conn *c, const char *role, bool write, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    char *quoted = PQescapeIdentifier(c->pg, role, strlen(role));
    if (!quoted)
        return kc_fail(err, KC_INVALID, "InvalidRole", "\"%.64s\" is no name of a role", role);
    const char *sql = kc_arena_printf(a, "GRANT USAGE ON SCHEMA kubechat TO %s;", quoted);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        bool insert = write;
        for (size_t k = 0; k < sizeof owners_own / sizeof *owners_own; k++)
            insert &= !KC_STREQ(tables[i], owners_own[k]);
        sql = kc_arena_printf(a, "%sGRANT SELECT%s ON kubechat.%s TO %s;", sql, insert ? ", INSERT" : "", tables[i],
                              quoted);
    }
    PQfreemem(quoted);
    return kc_pg_run(c, sql, "granting", err);
}

bool kc_pg_grant(struct kc_pg_conn *c, const char *role, bool write, struct kc_err *err)
{
    return begin(c, err) && end(c, grant(c, role, write, err), err);
}
