/* What only PostgreSQL has: an owner's schema, roles, partitions, several replicas. Needs KUBECHAT_TEST_POSTGRES. */
#include "fixture.h"

#include <pthread.h>
#include <unistd.h>

#include "controller/audit/pg_uri.h"
#include "controller/audit/verify.h"

static void assert_refused(const char *url, const char *reason, const char *words)
{
    struct kc_err err = {0};
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = url, .origin = ORIGIN}, &err));
    if (!KC_STREQ(err.reason, reason) || !strstr(err.message, words))
        fail_msg("%s: %s, not %s: \"%s\"", err.reason, err.message, reason, words);
    assert_null(strstr(err.message, "kubechat_writer:"));
}

/* No manager makes or changes tables; it says who does. */
static void schema_is_the_owners(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    struct kc_audit_migrated done;
    struct kc_audit_migrate_options o = {.partition_rows = KC_PARTITION_ROWS};
    assert_refused(f->url, "NoSchema", "kubechat audit migrate --store URL --writer ROLE");
    assert_false(kc_audit_migrate(f->url, &o, &done, &err)); /* the writer may not */
    assert_string_equal(err.reason, "NotAllowed");
    assert_true(kc_audit_migrate(f->owner, &o, &done, &err));
    assert_int_equal(done.version, 3);
    assert_int_equal(done.partitions, KC_PARTITION_AHEAD);
    assert_true(kc_audit_migrate(f->owner, &o, &done, &err)); /* nothing more to do */
    assert_int_equal(done.partitions, 0);
    assert_refused(f->url, "NotAllowed", "--writer ROLE"); /* nobody granted anything yet */
    assert_refused(f->owner, "TooMuchPower", "the role kubechat_owner may change");
    fixture_migrate(f, KC_PARTITION_ROWS);
    kc_audit_close(fixture_open(f));
    assert_refused(f->reader, "NotAllowed", "--writer kubechat_reader");
    sql(f, "INSERT INTO migrations VALUES(99, 0)");
    assert_refused(f->url, "NewerSchema", "99");
    assert_false(kc_audit_migrate(f->owner, &o, &done, &err));
    assert_string_equal(err.reason, "NewerSchema");
    sql(f, "ALTER TABLE migrations DISABLE TRIGGER guard; DELETE FROM migrations; INSERT INTO migrations VALUES(0, 0)");
    assert_refused(f->url, "NoSchema", "migrate");
}

/* NULL: it went through. */
static const char *refusal(struct kc_arena *a, const char *uri, const char *statement)
{
    PGconn *c = PQconnectdb(uri);
    PGresult *r = PQexec(c, kc_arena_printf(a, "SET search_path = kubechat; %s", statement));
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    const char *copy = state ? kc_arena_strdup(a, state) : NULL;
    PQclear(r);
    PQfinish(c);
    return copy;
}

/* Neither the manager's role nor, by mistake, the owner changes a row, in a table or in a partition. */
static void rows_are_never_changed(void **state)
{
    const struct fixture *f = *state;
    static const char *const targets[] = {
        "entries", "entries_0", "head",   "nodes", "entry_blobs", "entry_blobs_0", "blobs",      "once",
        "intents", "outcomes",  "nonces", "runs",  "log",         "checkpoints",   "migrations", "partitions"};
    struct kc_audit *l = fixture_open(f);
    append_simple(l, "r-1", "");
    assert_true(append_step(l, KC_ROW_INTENT, "r-1", 1, NULL));
    kc_audit_close(l);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        const char *t = targets[i];
        const char *statements[] = {kc_arena_printf(f->a, "DELETE FROM %s", t),
                                    kc_arena_printf(f->a, "TRUNCATE %s", t)};
        for (size_t k = 0; k < 2; k++) {
            const char *why = refusal(f->a, f->owner, statements[k]);
            if (!why || !KC_STREQ(why, "KC002"))
                fail_msg("the owner: %s: %s", statements[k], kc_or(why, "went through"));
            why = refusal(f->a, f->url, statements[k]);
            if (!why || !KC_STREQ(why, "42501"))
                fail_msg("the writer: %s: %s", statements[k], kc_or(why, "went through"));
        }
    }
    static const char *const others[] = {
        "UPDATE entries SET time=0",
        "UPDATE entries_0 SET time=0",
        "UPDATE head SET time=0",
        "INSERT INTO entries SELECT * FROM entries ON CONFLICT (idx) DO UPDATE SET time=0",
        "SET session_replication_role = replica; DELETE FROM entries",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *why = refusal(f->a, f->owner, others[i]);
        if (!why || (!KC_STREQ(why, "KC002") && !KC_STREQ(why, "42501")))
            fail_msg("the owner: %s: %s", others[i], kc_or(why, "went through"));
    }
    /* The reader reads; the writer runs no DDL and makes no room. */
    assert_null(refusal(f->a, f->reader, "SELECT * FROM entries"));
    assert_non_null(refusal(f->a, f->reader, "INSERT INTO nonces VALUES('n', 'r', 0)"));
    assert_non_null(refusal(f->a, f->url, "CREATE TABLE kubechat.more(x int)"));
    assert_non_null(refusal(f->a, f->url, "INSERT INTO partitions VALUES(9999999, 99999999)"));
    assert_non_null(refusal(f->a, f->url, "ALTER TABLE entries DISABLE TRIGGER guard"));
    assert_non_null(refusal(f->a, f->url, "SELECT * FROM head FOR UPDATE"));
}

static const char *database_finding(const struct fixture *f)
{
    struct kc_audit_report r;
    struct kc_err err = {0};
    if (!kc_audit_verify(f->reader, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, &err))
        fail_msg("%s", err.message);
    return r.checks[KC_AUDIT_DATABASE].failures ? r.checks[KC_AUDIT_DATABASE].findings[0] : "";
}

/* What keeps rows as they are is looked at, too. */
static void guards_are_verified(void **state)
{
    static const struct {
        const char *change, *words, *back;
    } cases[] = {
        {"ALTER TABLE entries_0 DISABLE TRIGGER guard", "on entries_0 is gone",
         "ALTER TABLE entries_0 ENABLE ALWAYS TRIGGER guard"},
        {"ALTER TABLE nonces ENABLE TRIGGER guard", "on nonces is gone",
         "ALTER TABLE nonces ENABLE ALWAYS TRIGGER guard"},
        {"CREATE TABLE intents_too(x int)", "on intents_too is gone", "DROP TABLE intents_too"},
        {"GRANT DELETE ON blobs TO kubechat_reader", "blobs by kubechat_reader",
         "REVOKE DELETE ON blobs FROM kubechat_reader"},
        {"GRANT UPDATE ON runs TO PUBLIC", "runs by everybody", "REVOKE UPDATE ON runs FROM PUBLIC"},
        {"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
         "function kubechat.refuse is not the one", NULL},
    };
    const struct fixture *f = *state;
    kc_audit_close(fixture_open(f));
    assert_string_equal(database_finding(f), "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sql(f, cases[i].change);
        const char *finding = database_finding(f);
        if (!strstr(finding, cases[i].words))
            fail_msg("%s: \"%s\" is not in \"%s\"", cases[i].change, cases[i].words, finding);
        if (cases[i].back) {
            sql(f, cases[i].back);
            assert_string_equal(database_finding(f), "");
        }
    }
}

/* As version 2 had it: nodes and heads in tables of their own. */
static const char back_to_2[] =
    "CREATE TABLE head_0 (LIKE head INCLUDING ALL);"
    "CREATE TRIGGER guard BEFORE UPDATE OR DELETE OR TRUNCATE ON head_0 FOR EACH STATEMENT EXECUTE FUNCTION refuse();"
    "ALTER TABLE head_0 ENABLE ALWAYS TRIGGER guard;"
    "ALTER TABLE head ATTACH PARTITION head_0 FOR VALUES FROM (0) TO (1000000);"
    "INSERT INTO head SELECT idx + 1, root, checkpoint, head_time FROM entries WHERE root IS NOT NULL;"
    "INSERT INTO nodes SELECT l, ((idx + 1) >> l) - 1, substr(nodes, 32 * l - 31, 32) FROM entries,"
    " generate_series(1, 62) l WHERE length(nodes) >= 32 * l;"
    "ALTER TABLE entries DROP COLUMN nodes, DROP COLUMN root, DROP COLUMN checkpoint, DROP COLUMN head_time,"
    " ADD CONSTRAINT entries_idx_check CHECK (idx >= 0);"
    "DROP FUNCTION moved;"
    "CREATE FUNCTION append(expected int8) RETURNS void LANGUAGE sql AS '';"
    "ALTER TABLE migrations DISABLE TRIGGER guard; DELETE FROM migrations WHERE version = 3;"
    "ALTER TABLE migrations ENABLE ALWAYS TRIGGER guard";

/* A log of the version before goes on where it was, and is one log: old rows are read from where they are. */
static void versions(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit_report r;
    for (int rows = 7; rows < 40; rows += 5) {
        struct kc_audit *l = fixture_open(f);
        int64_t before = sql_number(f, "SELECT count(*) FROM entries");
        for (int i = 0; i < rows; i++)
            assert_int_equal(append_simple(l, "r-1", ""), before + i);
        kc_audit_close(l);
        if (!before) {
            sql(f, back_to_2);
            assert_refused(f->url, "OlderSchema", "kubechat audit migrate");
            fixture_migrate(f, KC_PARTITION_ROWS);
        }
        assert_true(
            kc_audit_verify(f->reader, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, NULL));
        for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++)
            if (r.checks[c].failures)
                fail_msg("%s: %s", kc_audit_check_name(c), r.checks[c].findings[0]);
        assert_int_equal(r.entries, before + rows);
    }
    assert_int_equal(sql_number(f, "SELECT count(*) FROM head"), 7);
}

/* Room is made ahead by the owner; without any left nothing is stored, and the message says what helps. */
static void partitions(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    struct kc_row r = row_of(KC_ROW_REQUESTED, "r-1");
    fixture_migrate(f, 4); /* four partitions of four rows */
    struct kc_audit *l = fixture_open(f);
    for (int i = 0; i < 16; i++)
        assert_int_equal(append_simple(l, "r-1", ""), i);
    assert_false(kc_audit_append(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, NULL, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "run kubechat audit migrate"));
    assert_true(kc_audit_post(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, &err));
    fixture_migrate(f, 64);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM partitions"), 8);
    for (int i = 0; i < 300 && !kc_audit_available(l); i++)
        usleep(100 * 1000);
    assert_int_equal(append_simple(l, "r-1", ""), 17); /* the posted one was first */
    kc_audit_close(l);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entries_16"), 2);
    assert_string_equal(database_finding(f), "");
}

#define REPLICAS 3
#define EACH     4   /* threads of a replica */
#define ROWS     250 /* of a thread */

struct appender {
    struct kc_audit *log;
    unsigned id, own, lost;
    const char *failed;
    struct kc_arena *a;
};

/* Claims that every thread of every replica wants, and rows of its own. */
static void *append_rows(void *arg)
{
    struct appender *w = arg;
    char uid[24];
    (void)snprintf(uid, sizeof uid, "w-%u", w->id);
    for (unsigned i = 0; i < ROWS; i++) {
        struct kc_err err = {0};
        struct kc_row r = row_of(KC_ROW_REQUESTED, uid), shared = row_of(KC_ROW_FINISHED, "shared");
        char key[24];
        (void)snprintf(key, sizeof key, "k-%u", i);
        if (kc_audit_append(w->log, &(struct kc_audit_batch){.rows = &r, .n_rows = 1, .nonce = key}, NULL, &err))
            w->own++;
        else if (err.class == KC_CONFLICT && KC_STREQ(err.reason, "Exists") &&
                 strstr(err.message, "a copy of that one"))
            w->lost++;
        else
            w->failed = kc_arena_strdup(w->a, err.message);
        if (!kc_audit_append(w->log, &(struct kc_audit_batch){.rows = &shared, .n_rows = 1, .once = key}, NULL, &err) ||
            !kc_audit_append(w->log, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, NULL, &err))
            w->failed = kc_arena_strdup(w->a, err.message);
    }
    return NULL;
}

/* Replicas that append at once: no gap, each claim once, one order, checkpoints of all of them in one log. */
static void replicas(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *logs[REPLICAS];
    struct appender w[REPLICAS * EACH];
    pthread_t t[REPLICAS * EACH];
    unsigned own = 0, lost = 0;
    for (unsigned i = 0; i < REPLICAS; i++)
        logs[i] = fixture_open(f);
    for (unsigned i = 0; i < REPLICAS * EACH; i++) {
        w[i] = (struct appender){.log = logs[i % REPLICAS], .id = i, .a = kc_arena_create()};
        assert_int_equal(pthread_create(&t[i], NULL, append_rows, &w[i]), 0);
    }
    for (unsigned i = 0; i < REPLICAS * EACH; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
        if (w[i].failed)
            fail_msg("appender %u: %s", i, w[i].failed);
        own += w[i].own;
        lost += w[i].lost;
        (void)kc_arena_destroy(w[i].a);
    }
    for (unsigned i = 0; i < REPLICAS; i++)
        kc_audit_close(logs[i]);
    assert_int_equal(own, ROWS);
    assert_int_equal(lost, (REPLICAS * EACH - 1) * ROWS);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM once"), ROWS);
    struct kc_audit_report r;
    assert_true(
        kc_audit_verify(f->reader, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, NULL));
    for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++)
        if (r.checks[c].failures)
            fail_msg("%s: %s", kc_audit_check_name(c), r.checks[c].findings[0]);
    assert_int_equal(r.entries, ROWS + ROWS + REPLICAS * EACH * ROWS);
    assert_int_equal(r.signed_size, r.entries);
}

/* A replica that idles goes on where another one left the log, and takes no claim that the other made. */
static void replicas_in_turn(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    struct kc_audit *a = fixture_open(f), *b = fixture_open(f);
    struct kc_audit *both[] = {a, b};
    for (int i = 0; i < 40; i++) /* runs of several, so that each is alone for a while */
        assert_int_equal(append_simple(both[i / 5 % 2], "r-1", ""), i);
    assert_true(append_step(a, KC_ROW_INTENT, "r-1", 1, &err));
    assert_true(append_step(a, KC_ROW_INTENT, "r-1", 2, &err));
    assert_false(append_step(b, KC_ROW_INTENT, "r-1", 1, &err));
    assert_string_equal(err.reason, "Exists");
    assert_true(append_step(b, KC_ROW_OUTCOME, "r-1", 2, &err));
    assert_false(append_step(a, KC_ROW_OUTCOME, "r-1", 2, &err));
    assert_string_equal(err.reason, "Exists");
    struct kc_row r = row_of(KC_ROW_FINISHED, "r-1");
    struct kc_audit_batch once = {.rows = &r, .n_rows = 1, .once = "end"};
    int64_t first, second;
    assert_true(kc_audit_append(b, &once, &first, &err));
    assert_true(kc_audit_append(a, &once, &second, &err));
    assert_int_equal(first, second);
    struct kc_audit_row *rows;
    size_t n;
    assert_true(kc_audit_rows(a, "r-1", f->a, &rows, &n, &err));
    assert_int_equal(n, 44);
    kc_audit_close(a);
    kc_audit_close(b);
    assert_string_equal(database_finding(f), "");
}

static void uris(void **state)
{
    static const struct {
        const char *uri, *refused, *name;
    } cases[] = {
        {"postgresql://u:s3cret@db.example.com:5432/audit", NULL, "postgresql://db.example.com:5432/audit"},
        {"postgres://u@db/audit?sslmode=verify-full", NULL, "postgresql://db/audit"},
        {"postgres://u@db/audit?sslmode=require", "sslmode=verify-full", NULL},
        {"postgres://u@db/audit?sslmode=verify-ca", "sslmode=verify-full", NULL},
        {"postgres://u@db/audit?sslmode=disable", "sslmode=verify-full", NULL},
        {"postgres:///audit?sslmode=disable", "sslmode=verify-full", NULL}, /* PGHOST may name another machine */
        {"postgres://u@127.0.0.1/audit?sslmode=disable", NULL, "postgresql://127.0.0.1/audit"},
        {"postgres://u@localhost/audit?sslmode=prefer", NULL, "postgresql://localhost/audit"},
        {"postgres://u@[::1]/audit?sslmode=disable", NULL, "postgresql://::1/audit"},
        {"postgres://u@%2Frun%2Fpostgresql/audit?sslmode=disable", NULL, "postgresql:///run/postgresql/audit"},
        {"postgres://u@localhost,db/audit?sslmode=disable", "sslmode=verify-full", NULL},
        {"postgres://u@localhost/audit?hostaddr=10.0.0.1&sslmode=disable", "sslmode=verify-full", NULL},
        {"postgres://u@127.0.0.1.example.com/audit?sslmode=disable", "sslmode=verify-full", NULL},
        {"postgres://u:s3cret@db/audit?colour=s3cret", "no PostgreSQL URI", NULL},
        {"postgres://u:pa@s3cret!x@db/audit", "percent-encoded", NULL},
        {"postgres://u:12/s3cret@db/audit", "percent-encoded", NULL},
        {"postgres://u:pa/s3cret@db/audit", "percent-encoded", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_pg_uri u;
        struct kc_err err = {0};
        bool ok = kc_pg_uri_parse(a, cases[i].uri, &u, &err);
        if (ok != !cases[i].refused)
            fail_msg("%s: %s", cases[i].uri, ok ? "taken" : err.message);
        if (ok)
            assert_string_equal(u.name, cases[i].name);
        else if (!strstr(err.message, cases[i].refused) || strstr(err.message, "s3cret"))
            fail_msg("%s: %s", cases[i].uri, err.message);
        const char *mode = "";
        for (size_t k = 0; ok && u.keywords[k]; k++)
            mode = KC_STREQ(u.keywords[k], "sslmode") ? u.values[k] : mode;
        if (ok && !strstr(cases[i].uri, "sslmode"))
            assert_string_equal(mode, "verify-full");
    }
}

/* The server must prove that it is the one that was named. */
static void tls(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    const char *ca = strstr(f->url, "sslrootcert=") + strlen("sslrootcert=");
    const char *without = replaced(f->a, f->url, ca, "/etc/hostname");
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = without, .origin = ORIGIN}, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "certificate"));
    kc_audit_close(fixture_open(f));
    assert_int_equal(sql_number(f, "SELECT count(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"), 1);
}

#define TEST(fn)     cmocka_unit_test_setup_teardown(fn, fixture_up_postgres, fixture_down)
#define DATABASE(fn) cmocka_unit_test_setup_teardown(fn, fixture_up_database, fixture_down)

int main(void)
{
    const struct CMUnitTest everywhere[] = {cmocka_unit_test(uris)};
    const struct CMUnitTest tests[] = {
        DATABASE(schema_is_the_owners), TEST(rows_are_never_changed),
        TEST(guards_are_verified),      TEST(versions),
        DATABASE(partitions),           TEST(replicas),
        TEST(replicas_in_turn),         TEST(tls),
    };
    int failed = cmocka_run_group_tests(everywhere, NULL, NULL);
    return fixture_postgres() ? failed + cmocka_run_group_tests(tests, NULL, NULL) : failed;
}
