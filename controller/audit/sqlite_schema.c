#include "controller/audit/sqlite_schema.h"

#include <stdio.h>
#include <string.h>

#include "controller/base/clock.h"

/* Rows are inserted and nothing else. The insert trigger is for INSERT OR REPLACE, which deletes without a delete
 * trigger. */
#define GUARD(table, same)                                                                                             \
    "CREATE TRIGGER " table "_no_update BEFORE UPDATE ON " table " BEGIN SELECT RAISE(ABORT, '" table                  \
    ": audit rows are never changed'); END;"                                                                           \
    "CREATE TRIGGER " table "_no_delete BEFORE DELETE ON " table " BEGIN SELECT RAISE(ABORT, '" table                  \
    ": audit rows are never deleted'); END;"                                                                           \
    "CREATE TRIGGER " table "_no_replace BEFORE INSERT ON " table " WHEN EXISTS (SELECT 1 FROM " table " WHERE " same  \
    ") BEGIN SELECT RAISE(ABORT, '" table ": audit rows are never replaced'); END;"

#define STEP_KEY "request_uid=NEW.request_uid AND plan_digest=NEW.plan_digest AND step=NEW.step AND attempt=NEW.attempt"

static const char *const guarded[] = {"migrations", "log",         "entries",    "head",    "nodes",
                                      "blobs",      "entry_blobs", "once",       "intents", "outcomes",
                                      "nonces",     "runs",        "checkpoints"};

/* Version n is migrations[n - 1]. A step that has been released is never edited: the next one goes behind it. */
static const char *const migrations[] = {
    "CREATE TABLE migrations(version INTEGER PRIMARY KEY, time INTEGER NOT NULL) STRICT;"
    "CREATE TABLE log(one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL) STRICT;"
    "CREATE TABLE entries(idx INTEGER PRIMARY KEY CHECK (idx >= 0), entry BLOB NOT NULL, leaf_hash BLOB NOT NULL,"
    " time INTEGER NOT NULL, type TEXT NOT NULL, request_uid TEXT NOT NULL) STRICT;"
    "CREATE INDEX entries_of_request ON entries(request_uid, idx) WHERE request_uid <> '';"
    "CREATE TABLE head(size INTEGER PRIMARY KEY CHECK (size > 0), root BLOB NOT NULL, checkpoint INTEGER NOT NULL,"
    " time INTEGER NOT NULL) STRICT;"
    "CREATE TABLE nodes(level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(level, idx))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE blobs(digest TEXT PRIMARY KEY NOT NULL, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE entry_blobs(idx INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(idx, digest)) STRICT, WITHOUT "
    "ROWID;"
    "CREATE INDEX entries_of_blob ON entry_blobs(digest);"
    "CREATE TABLE once(request_uid TEXT NOT NULL, type TEXT NOT NULL, key TEXT NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(request_uid, type, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE intents(request_uid TEXT NOT NULL, plan_digest TEXT NOT NULL, step TEXT NOT NULL,"
    " attempt INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(request_uid, plan_digest, step, attempt))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE outcomes(request_uid TEXT NOT NULL, plan_digest TEXT NOT NULL, step TEXT NOT NULL,"
    " attempt INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(request_uid, plan_digest, step, attempt))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE nonces(nonce TEXT PRIMARY KEY NOT NULL, request_uid TEXT NOT NULL, idx INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE runs(ns TEXT NOT NULL, name TEXT NOT NULL, spec_digest TEXT NOT NULL, request_uid TEXT NOT NULL,"
    " idx INTEGER NOT NULL, PRIMARY KEY(ns, name, spec_digest)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE checkpoints(size INTEGER PRIMARY KEY CHECK (size > 0), note TEXT NOT NULL, time INTEGER NOT NULL) "
    "STRICT;" GUARD("migrations", "version=NEW.version") GUARD("log", "one=NEW.one") GUARD("entries", "idx=NEW.idx")
        GUARD("head", "size=NEW.size") GUARD("nodes", "level=NEW.level AND idx=NEW.idx")
            GUARD("blobs", "digest=NEW.digest") GUARD("entry_blobs", "idx=NEW.idx AND digest=NEW.digest")
                GUARD("once", "request_uid=NEW.request_uid AND type=NEW.type AND key=NEW.key")
                    GUARD("intents", STEP_KEY) GUARD("outcomes", STEP_KEY) GUARD("nonces", "nonce=NEW.nonce")
                        GUARD("runs", "ns=NEW.ns AND name=NEW.name AND spec_digest=NEW.spec_digest")
                            GUARD("checkpoints", "size=NEW.size"),
};
#define NEWEST ((int)(sizeof migrations / sizeof *migrations))

bool kc_sqlite_fail(sqlite3 *db, const char *what, struct kc_err *err)
{
    static const struct {
        int code;
        enum kc_class class;
        const char *reason, *way_out;
    } rows[] = {
        {SQLITE_FULL, KC_UNAVAILABLE, "DiskFull", "make room on its disk"},
        {SQLITE_BUSY, KC_UNAVAILABLE, "Locked", "another program holds it locked: close that program"},
        {SQLITE_LOCKED, KC_UNAVAILABLE, "Locked", "another program holds it locked: close that program"},
        {SQLITE_IOERR, KC_UNAVAILABLE, "IOError", "check the disk"},
        {SQLITE_CANTOPEN, KC_UNAVAILABLE, "CannotOpen", "check that file and folder can be read and written"},
        {SQLITE_READONLY, KC_UNAVAILABLE, "ReadOnly", "the file, its folder or the disk cannot be written"},
        {SQLITE_PERM, KC_UNAVAILABLE, "CannotOpen", "check the permissions of file and folder"},
        {SQLITE_CORRUPT, KC_INVALID, "Damaged", "the file is damaged: keep it for inquiry and restore a backup"},
        {SQLITE_NOTADB, KC_INVALID, "Damaged", "this is not an audit store"},
    };
    int code = sqlite3_errcode(db) & 0xff;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code)
            return kc_fail(err, rows[i].class, rows[i].reason, "audit store: %s: %s (%s)", what, sqlite3_errmsg(db),
                           rows[i].way_out);
    return kc_fail(err, KC_UNAVAILABLE, "StoreFailed", "audit store: %s: %s", what, sqlite3_errmsg(db));
}

/* First column of the first row; otherwise when there is none. */
static bool number_of(sqlite3 *db, const char *sql, int otherwise, int *ret, struct kc_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    int value = rc == SQLITE_ROW ? sqlite3_column_int(st, 0) : otherwise;
    bool ok = rc == SQLITE_ROW || rc == SQLITE_DONE || kc_sqlite_fail(db, "reading the schema", err);
    sqlite3_finalize(st);
    if (ok)
        *ret = value;
    return ok;
}

static bool version_of(sqlite3 *db, int *ret, struct kc_err *err)
{
    int ours = 0, tables = 0;
    if (!number_of(db, "SELECT 1 FROM sqlite_schema WHERE type='table' AND name='migrations'", 0, &ours, err) ||
        !number_of(db, "SELECT count(*) FROM sqlite_schema", 0, &tables, err))
        return false;
    if (!ours && tables)
        return kc_fail(err, KC_INVALID, "NotAnAuditStore", "audit store: the file is a database of another program");
    *ret = 0;
    return !ours || number_of(db, "SELECT max(version) FROM migrations", 0, ret, err);
}

static bool exec(sqlite3 *db, const char *sql, const char *what, struct kc_err *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || kc_sqlite_fail(db, what, err);
}

static bool too_new(int version, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "NewerSchema",
                   "audit store: schema version %d is newer than this kubechat's %d: use the newer kubechat", version,
                   NEWEST);
}

/* One step forward; *ret_done: there was none to make. */
static bool migrate_once(sqlite3 *db, bool *ret_done, struct kc_err *err)
{
    int version = 0;
    if (!version_of(db, &version, err))
        return false;
    *ret_done = version == NEWEST;
    if (version > NEWEST)
        return too_new(version, err);
    if (*ret_done)
        return true;
    char note[96];
    (void)snprintf(note, sizeof note, "INSERT INTO migrations VALUES(%d, %lld)", version + 1, (long long)kc_unix_ms());
    return exec(db, migrations[version], "making the tables", err) && exec(db, note, "making the tables", err);
}

bool kc_sqlite_migrate(sqlite3 *db, struct kc_err *err)
{
    for (bool done = false; !done;) {
        if (!exec(db, "BEGIN IMMEDIATE", "beginning", err))
            return false;
        if (!migrate_once(db, &done, err) || !exec(db, "COMMIT", "committing", err)) {
            (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
            return false;
        }
    }
    return true;
}

bool kc_sqlite_check_version(sqlite3 *db, struct kc_err *err)
{
    int version = 0;
    if (!version_of(db, &version, err))
        return false;
    if (version > NEWEST)
        return too_new(version, err);
    return version == NEWEST ||
           kc_fail(err, KC_INVALID, "OlderSchema",
                   "audit store: schema version %d, this kubechat reads %d: start the manager once, it "
                   "brings the tables up to date",
                   version, NEWEST);
}

bool kc_sqlite_check_guards(sqlite3 *db, void (*fault)(void *arg, const char *what), void *arg, struct kc_err *err)
{
    static const char *const kinds[] = {"update", "delete", "replace"};
    for (size_t i = 0; i < sizeof guarded / sizeof *guarded; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            char sql[192], what[96];
            int found = 0;
            (void)snprintf(sql, sizeof sql,
                           "SELECT 1 FROM sqlite_schema WHERE type='trigger' AND tbl_name='%s' AND name='%s_no_%s'",
                           guarded[i], guarded[i], kinds[k]);
            if (!number_of(db, sql, 0, &found, err))
                return false;
            (void)snprintf(what, sizeof what, "trigger %s_no_%s is gone", guarded[i], kinds[k]);
            if (!found)
                fault(arg, what);
        }
    return true;
}
