#include "fixture.h"

#include <unistd.h>

#include "controller/audit/verify.h"

/* The same, as PostgreSQL's owner. Nodes and heads lie in the rows of entries there. */
static void tamper_postgres(const struct fixture *f, const char *table, const char *change)
{
    if (kc_str_starts(change, "UPDATE entries"))
        table = "entries";
    sql(f, kc_arena_printf(f->a, "ALTER TABLE %s DISABLE TRIGGER guard; %s; ALTER TABLE %s ENABLE ALWAYS TRIGGER guard",
                           table, change, table));
}

/* Lifts the guards, as somebody with the file and a tool does, and puts them back. */
static void tamper(const struct fixture *f, const char *table, const char *change)
{
    if (f->owner) {
        tamper_postgres(f, table, change);
        return;
    }
    sqlite3 *db;
    char *restore[3] = {0};
    sqlite3_stmt *st;
    unsigned n = 0;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    const char *query =
        kc_arena_printf(f->a, "SELECT sql FROM sqlite_schema WHERE type='trigger' AND tbl_name='%s'", table);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        restore[n++] = kc_arena_strdup(f->a, (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    assert_int_equal(n, 3);
    const char *drop = kc_arena_printf(
        f->a, "DROP TRIGGER %s_no_update; DROP TRIGGER %s_no_delete; DROP TRIGGER %s_no_replace;", table, table, table);
    assert_int_equal(sqlite3_exec(db, drop, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(db, change, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", change, sqlite3_errmsg(db));
    assert_true(sqlite3_total_changes(db) > 0);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(sqlite3_exec(db, restore[i], NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* A log with everything in it: rows, two blobs, two steps, a nonce, a run, a once, several heads and checkpoints. */
static void fill(const struct fixture *f)
{
    struct kc_err err = {0};
    for (int session = 0; session < 3; session++) {
        struct kc_audit *l = fixture_open(f);
        const char *uid = kc_arena_printf(f->a, "r-%d", session);
        const char *plan = kc_arena_printf(f->a, "plan %d", session),
                   *digest = kc_digest_string(f->a, plan, strlen(plan));
        struct kc_row planned = row_of(KC_ROW_PLANNED, uid), finished = row_of(KC_ROW_FINISHED, uid);
        struct kc_blob blob = {plan, strlen(plan)};
        planned.blobs = (struct kc_strs){&digest, 1};
        struct kc_audit_batch b = {.rows = &planned,
                                   .n_rows = 1,
                                   .blobs = &blob,
                                   .n_blobs = 1,
                                   .nonce = kc_arena_printf(f->a, "n-%d", session),
                                   .run_spec_digest = digest};
        assert_true(kc_audit_append(l, &b, NULL, &err));
        assert_true(append_step(l, KC_ROW_INTENT, uid, 1, &err));
        assert_true(append_step(l, KC_ROW_OUTCOME, uid, 1, &err));
        append_simple(l, uid, "scaled to 5");
        assert_true(kc_audit_append(l, &(struct kc_audit_batch){.rows = &finished, .n_rows = 1, .once = "finished"},
                                    NULL, &err));
        kc_audit_close(l); /* signs a checkpoint */
    }
}

static int full_log(void **state)
{
    (void)fixture_up(state);
    fill(*state);
    return 0;
}

static int full_log_postgres(void **state)
{
    (void)fixture_up_postgres(state);
    fill(*state);
    return 0;
}

static void check(const struct fixture *f, const char *checkpoint, struct kc_audit_report *ret)
{
    struct kc_err err = {0};
    struct kc_audit_verify_options o = {
        .public_key = f->public_key, .checkpoint = checkpoint, .checkpoint_len = checkpoint ? strlen(checkpoint) : 0};
    if (!kc_audit_verify(f->url, &o, f->a, ret, &err))
        fail_msg("%s", err.message);
}

/* That check failed, and says so in these words. */
static void assert_shown(const char *name, const struct kc_audit_report *r, enum kc_audit_check c, const char *words)
{
    if (r->passed)
        fail_msg("%s: passed", name);
    for (uint64_t i = 0; i < r->checks[c].failures && i < KC_AUDIT_SHOWN; i++)
        if (strstr(r->checks[c].findings[i], words))
            return;
    for (unsigned k = 0; k < KC_AUDIT_CHECKS; k++)
        for (uint64_t i = 0; i < r->checks[k].failures && i < KC_AUDIT_SHOWN; i++)
            print_message("%s: %s\n", kc_audit_check_name(k), r->checks[k].findings[i]);
    fail_msg("%s: %s does not say \"%s\"", name, kc_audit_check_name(c), words);
}

static void good_log(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    check(f, NULL, &r);
    for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++)
        if (r.checks[c].failures)
            fail_msg("%s: %s", kc_audit_check_name(c), r.checks[c].findings[0]);
    assert_true(r.passed);
    assert_string_equal(r.origin, ORIGIN);
    assert_int_equal(r.entries, 15);
    assert_int_equal(r.heads, 15);
    assert_in_range(r.checkpoints, 3, 9);
    assert_int_equal(r.signed_size, 15);
    assert_int_equal(r.blobs, 3);
    assert_int_equal(r.intents, 3);
    assert_int_equal(r.outcomes, 3);
}

static void empty_log(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    kc_audit_close(fixture_open(f));
    check(f, NULL, &r);
    assert_true(r.passed);
    assert_int_equal(r.entries, 0);
    struct kc_err err = {0};
    assert_false(kc_audit_verify("/nowhere/audit.db", &(struct kc_audit_verify_options){0}, f->a, &r, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
}

/* Heads had a table before version 3 of PostgreSQL's schema. */
#define POSTGRES_HEAD                                                                                                  \
    "CREATE TABLE head_0 (LIKE head INCLUDING ALL);"                                                                   \
    "CREATE TRIGGER guard BEFORE UPDATE OR DELETE OR TRUNCATE ON head_0 FOR EACH STATEMENT EXECUTE FUNCTION refuse();" \
    "ALTER TABLE head_0 ENABLE ALWAYS TRIGGER guard;"                                                                  \
    "ALTER TABLE head ATTACH PARTITION head_0 FOR VALUES FROM (0) TO (100);"                                           \
    "INSERT INTO head SELECT 16, root, checkpoint, head_time FROM entries WHERE idx=14"

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order one reads a case
static const struct {
    const char *name, *table, *change;
    enum kc_audit_check check;
    const char *words;
    bool opens;           /* the manager, which looks at the newest only, does not notice */
    const char *postgres; /* the change in its words; NULL: the same */
} cases[] = {
    {"a word in an entry", "entries",
     "UPDATE entries SET entry=CAST(replace(CAST(entry AS TEXT), 'scaled to 5', 'scaled to 9') AS BLOB) WHERE idx=3",
     KC_AUDIT_HASHES, "entry 3: its bytes do not fit", true,
     "UPDATE entries SET entry=convert_to(replace(convert_from(entry, 'UTF8'), 'scaled to 5', 'scaled to 9'), 'UTF8')"
     " WHERE idx=3"},
    {"one bit of an entry", "entries", "UPDATE entries SET entry=CAST(x'7c' || substr(entry, 2) AS BLOB) WHERE idx=8",
     KC_AUDIT_HASHES, "entry 8", true, "UPDATE entries SET entry=set_byte(entry, 0, 124) WHERE idx=8"},
    {"an entry and its hash", "entries",
     "UPDATE entries SET (entry, leaf_hash)=(SELECT entry, leaf_hash FROM entries WHERE idx=0) WHERE idx=4",
     KC_AUDIT_HASHES, "level 1, index 2", true, NULL},
    {"the last entry", "entries", "DELETE FROM entries WHERE idx=14", KC_AUDIT_CHECKPOINTS,
     "TRUNCATED: a checkpoint was signed over 15 entries, and 14 are there", false, NULL},
    {"an entry in the middle", "entries", "DELETE FROM entries WHERE idx=9", KC_AUDIT_ENTRIES,
     "entries 9 to 9 are missing", true, NULL},
    {"an entry more", "entries",
     "INSERT INTO entries SELECT 15, entry, leaf_hash, time, type, request_uid FROM entries"
     " WHERE idx=0",
     KC_AUDIT_HEADS, "the newest head is of size 15, and 16 entries are there", false, NULL},
    {"an entry's column", "entries", "UPDATE entries SET request_uid='r-9' WHERE idx=0", KC_AUDIT_ENTRIES,
     "entry 0: its columns", true, NULL},
    {"a head's root", "head",
     "UPDATE head SET root=x'"
     "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'"
     " WHERE size=6",
     KC_AUDIT_HEADS, "size 6", true, "UPDATE entries SET root=set_byte(root, 7, get_byte(root, 7) # 1) WHERE idx=5"},
    {"the newest head's root", "head", "UPDATE head SET root=(SELECT root FROM head WHERE size=14) WHERE size=15",
     KC_AUDIT_HEADS, "size 15", false, "UPDATE entries SET root=(SELECT root FROM entries WHERE idx=13) WHERE idx=14"},
    {"the newest head", "head", "DELETE FROM head WHERE size=15", KC_AUDIT_HEADS, "the newest head is of size 14",
     false, "UPDATE entries SET root=NULL WHERE idx=14"},
    {"a head more", "head", "INSERT INTO head SELECT 16, root, checkpoint, time FROM head WHERE size=15",
     KC_AUDIT_HEADS, "1 heads are of sizes beyond the 15 entries", false, POSTGRES_HEAD},
    {"an interior hash", "nodes", "UPDATE nodes SET hash=zeroblob(32) WHERE level=1 AND idx=2", KC_AUDIT_HASHES,
     "level 1, index 2", true, "UPDATE entries SET nodes=decode(repeat('00', 32), 'hex') WHERE idx=5"},
    {"a missing interior hash", "nodes", "DELETE FROM nodes WHERE level=2 AND idx=0", KC_AUDIT_HASHES, "is missing",
     true, "UPDATE entries SET nodes=substr(nodes, 1, 32) WHERE idx=3"},
    {"an interior hash more", "nodes", "INSERT INTO nodes VALUES(9, 0, zeroblob(32))", KC_AUDIT_HASHES,
     "belong to 15 entries", true, "UPDATE entries SET nodes=nodes || '\\x00' WHERE idx=3"},
    {"a blob's bytes", "blobs", "UPDATE blobs SET bytes=x'00' WHERE rowid=2", KC_AUDIT_BLOBS, "do not fit its digest",
     true, "UPDATE blobs SET bytes='x' WHERE bytes='plan 1'"},
    {"two blobs swapped", "blobs",
     "UPDATE blobs SET bytes=(SELECT bytes FROM blobs b WHERE b.rowid=3-blobs.rowid)"
     " WHERE rowid IN (1, 2)",
     KC_AUDIT_BLOBS, "do not fit its digest", true,
     "UPDATE blobs SET bytes=CASE bytes WHEN 'plan 0' THEN 'plan 1'::bytea ELSE 'plan 0' END WHERE bytes<>'plan 2'"},
    {"a missing blob", "blobs", "DELETE FROM blobs WHERE rowid=1", KC_AUDIT_BLOBS, "which is missing", true,
     "DELETE FROM blobs WHERE bytes='plan 0'"},
    {"a blob's name", "entry_blobs", "DELETE FROM entry_blobs WHERE idx=0", KC_AUDIT_BLOBS, "entry_blobs does not",
     true, NULL},
    {"a checkpoint in the middle", "checkpoints",
     "DELETE FROM checkpoints WHERE size=(SELECT checkpoint FROM head WHERE size=8)", KC_AUDIT_CHECKPOINTS,
     "the head of size", true, "DELETE FROM checkpoints WHERE size=(SELECT checkpoint FROM entries WHERE idx=7)"},
    {"a checkpoint's note", "checkpoints",
     "UPDATE checkpoints SET note=replace(note, 'kubechat.io', 'kubechat.it') WHERE size=15", KC_AUDIT_CHECKPOINTS,
     "size 15", true, NULL},
    {"a checkpoint under another size", "checkpoints", "UPDATE checkpoints SET size=14 WHERE size=15",
     KC_AUDIT_CHECKPOINTS, "size 14: the note is for size 15", false, NULL},
    {"an intent's fact", "intents", "DELETE FROM intents WHERE request_uid='r-1'", KC_AUDIT_FACTS,
     "no intent before it", true, NULL},
    {"an intent out of nothing", "intents", "INSERT INTO intents VALUES('r-7', 'sha256:plan', '1', 1, 2)",
     KC_AUDIT_FACTS, "the table has 4 rows, the entries account for 3", true, NULL},
    {"an outcome's fact", "outcomes", "DELETE FROM outcomes WHERE request_uid='r-2'", KC_AUDIT_FACTS,
     "missing from its table", true, NULL},
    {"a nonce given to another", "nonces", "UPDATE nonces SET request_uid='r-9' WHERE nonce='n-1'", KC_AUDIT_FACTS,
     "r-9", true, NULL},
    {"a run that never was", "runs", "DELETE FROM runs WHERE request_uid='r-0'", KC_AUDIT_FACTS, "its run is missing",
     true, NULL},
    {"a fact under another entry", "once", "UPDATE once SET idx=1 WHERE request_uid='r-0'", KC_AUDIT_FACTS,
     "two rows for one fact", true, NULL},
};

static void tampered(int (*up)(void **state))
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *own;
        struct kc_audit_report r;
        (void)up(&own);
        const struct fixture *f = own;
        tamper(f, cases[i].table, f->owner && cases[i].postgres ? cases[i].postgres : cases[i].change);
        check(f, NULL, &r);
        assert_shown(cases[i].name, &r, cases[i].check, cases[i].words);
        assert_int_equal(r.checks[KC_AUDIT_DATABASE].failures, 0); /* the file as such is whole */
        struct kc_err err = {0};
        struct kc_audit *l = kc_audit_open(&(struct kc_audit_options){.store = f->url, .origin = ORIGIN}, &err);
        if ((l != NULL) != cases[i].opens)
            fail_msg("%s: %s", cases[i].name, l ? "opened all the same" : err.message);
        if (!l)
            assert_int_equal(err.class, KC_INVALID);
        kc_audit_close(l);
        (void)fixture_down(&own);
    }
}

static void tampered_with(void **state)
{
    (void)state;
    tampered(full_log);
}

static void tampered_with_postgres(void **state)
{
    (void)state;
    tampered(full_log_postgres);
}

/* Every single bit of every entry counts. */
static void every_byte_of_an_entry(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    int64_t len = sql_number(f, "SELECT length(entry) FROM entries WHERE idx=3");
    for (int64_t at = 0; at < len; at += 7) {
        const char *flip = kc_arena_printf(
            f->a,
            "UPDATE entries SET entry=CAST(substr(entry, 1, %lld) || CASE WHEN substr(entry, %lld, 1)=x'20' THEN x'21'"
            " ELSE x'20' END || substr(entry, %lld) AS BLOB) WHERE idx=3",
            (long long)at, (long long)at + 1, (long long)at + 2);
        const char *keep = "CREATE TABLE IF NOT EXISTS keep AS SELECT entry FROM entries WHERE idx=3";
        sql(f, keep);
        tamper(f, "entries", flip);
        check(f, NULL, &r);
        assert_shown("a byte", &r, KC_AUDIT_HASHES, "entry 3");
        tamper(f, "entries", "UPDATE entries SET entry=(SELECT entry FROM keep) WHERE idx=3");
        sql(f, "DROP TABLE keep");
    }
    check(f, NULL, &r);
    assert_true(r.passed);
}

static void guards_gone(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    sql(f, "DROP TRIGGER head_no_delete");
    check(f, NULL, &r);
    assert_shown("a trigger", &r, KC_AUDIT_DATABASE, "trigger head_no_delete is gone");
}

static const char *newest_checkpoint(const struct fixture *f)
{
    struct kc_audit *l = fixture_open(f);
    const char *note;
    assert_true(kc_audit_checkpoint(l, f->a, &note, NULL));
    kc_audit_close(l);
    return note;
}

/* Cut everywhere at once, so that all that is left agrees: only a checkpoint that was kept elsewhere tells. */
static void cut_without_a_trace(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    const char *note = newest_checkpoint(f);
    static const struct {
        const char *table, *change;
    } cuts[] = {
        {"entries", "DELETE FROM entries WHERE idx>=10"},
        {"head", "DELETE FROM head WHERE size>10"},
        {"nodes", "DELETE FROM nodes WHERE ((idx+1)<<CAST(level AS INTEGER))>10"},
        {"checkpoints", "DELETE FROM checkpoints WHERE size>10"},
        {"blobs", "DELETE FROM blobs WHERE digest IN (SELECT digest FROM entry_blobs WHERE idx>=10)"},
        {"entry_blobs", "DELETE FROM entry_blobs WHERE idx>=10"},
        {"intents", "DELETE FROM intents WHERE idx>=10"},
        {"outcomes", "DELETE FROM outcomes WHERE idx>=10"},
        {"nonces", "DELETE FROM nonces WHERE idx>=10"},
        {"runs", "DELETE FROM runs WHERE idx>=10"},
        {"once", "DELETE FROM once WHERE idx>=10"},
    };
    check(f, note, &r);
    assert_true(r.passed);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
        tamper(f, cuts[i].table, cuts[i].change);
    check(f, NULL, &r);
    assert_true(r.passed);
    assert_int_equal(r.entries, 10);
    check(f, note, &r);
    assert_shown("cut", &r, KC_AUDIT_KEPT,
                 "TRUNCATED: the kept checkpoint was signed over 15 entries, and 10 are there");

    /* And written on: as long as before, but not the same. */
    struct kc_audit *l = fixture_open(f);
    for (int i = 0; i < 5; i++)
        append_simple(l, "r-2", "nothing happened");
    kc_audit_close(l);
    check(f, NULL, &r);
    assert_true(r.passed);
    check(f, note, &r);
    assert_shown("rewritten", &r, KC_AUDIT_KEPT, "REWRITTEN");
}

/* An older checkpoint goes with a log that went on. */
static void kept_checkpoints(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    struct kc_err err = {0};
    const char *note = newest_checkpoint(f);
    struct kc_audit *l = fixture_open(f);
    append_simple(l, "r-3", "");
    kc_audit_close(l);
    check(f, note, &r);
    assert_true(r.passed);
    assert_true(r.kept_checked);
    struct kc_signer *stranger = kc_signer_generate(ORIGIN, NULL);
    struct kc_checkpoint c;
    assert_true(kc_checkpoint_open(f->a, note, strlen(note), NULL, &c, NULL));
    const char *forged = kc_checkpoint_sign(f->a, &c, stranger, &err);
    struct kc_audit_verify_options o = {
        .public_key = f->public_key, .checkpoint = forged, .checkpoint_len = strlen(forged)};
    assert_false(kc_audit_verify(f->url, &o, f->a, &r, &err));
    assert_int_equal(err.class, KC_INVALID);
    /* Nor do the stored ones pass under another key. */
    o = (struct kc_audit_verify_options){.public_key = kc_signer_public(stranger, f->a)};
    assert_true(kc_audit_verify(f->url, &o, f->a, &r, &err));
    assert_shown("another key", &r, KC_AUDIT_CHECKPOINTS, "not signed with the key");
    (void)kc_signer_destroy(stranger);
    c.origin = "kubechat.io/elsewhere";
    note = kc_checkpoint_sign(f->a, &c, f->signer, &err);
    check(f, note, &r);
    assert_shown("another log", &r, KC_AUDIT_KEPT, "of another log");
}

/* The newest checkpoint removed: nothing names it yet, but the entries lack a signature, and the report says which. */
static void newest_checkpoint_removed(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    tamper(f, "checkpoints", "DELETE FROM checkpoints WHERE size=15");
    check(f, NULL, &r);
    assert_true(r.signed_size < r.entries);
}

/* Bytes of the file itself, wherever they are: never a pass with other contents, never a crash. */
static void bytes_of_the_file(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    struct kc_err err = {0};
    sql(f, "PRAGMA wal_checkpoint(TRUNCATE)");
    FILE *file = fopen(f->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    unsigned noticed = 0, tried = 0;
    for (long at = 101; at < size; at += size / 97, tried++) {
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        int c = getc(file);
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_equal(putc(c ^ 0x41, file), c ^ 0x41);
        assert_int_equal(fflush(file), 0);
        bool read =
            kc_audit_verify(f->url, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, &err);
        noticed += !read || !r.passed;
        if (read && r.passed)
            assert_int_equal(r.entries, 15); /* free space of a page */
        assert_int_equal(fseek(file, at, SEEK_SET), 0);
        assert_int_equal(putc(c, file), c);
        assert_int_equal(fflush(file), 0);
    }
    (void)fclose(file);
    assert_true(tried > 50);
    assert_true(noticed > 0);
    check(f, NULL, &r);
    assert_true(r.passed);
}

#define BOTH(T)    T(good_log), T(cut_without_a_trace), T(kept_checkpoints), T(newest_checkpoint_removed)
#define SQLITE(fn) cmocka_unit_test_setup_teardown(fn, full_log, fixture_down)
#define POSTGRES(fn)                                                                                                   \
    {                                                                                                                  \
#fn "_postgres", fn, full_log_postgres, fixture_down, NULL                                                     \
    }

int main(void)
{
    const struct CMUnitTest sqlite[] = {
        BOTH(SQLITE),
        cmocka_unit_test_setup_teardown(empty_log, fixture_up, fixture_down),
        cmocka_unit_test(tampered_with),
        SQLITE(every_byte_of_an_entry),
        SQLITE(guards_gone),
        SQLITE(bytes_of_the_file),
    };
    const struct CMUnitTest postgres[] = {
        BOTH(POSTGRES),
        {"empty_log_postgres", empty_log, fixture_up_postgres, fixture_down, NULL},
        cmocka_unit_test(tampered_with_postgres),
    };
    int failed = cmocka_run_group_tests(sqlite, NULL, NULL);
    return fixture_postgres() ? failed + cmocka_run_group_tests(postgres, NULL, NULL) : failed;
}
