#include "fixture.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/audit/verify.h"

static void appends_and_reads(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_audit_row *rows;
    size_t n;
    assert_int_equal(append_simple(l, "r-1", "first"), 0);
    assert_int_equal(append_simple(l, "r-2", "other"), 1);
    struct kc_row two[2] = {row_of(KC_ROW_PLANNED, "r-1"), row_of(KC_ROW_PREVIEWED, "r-1")};
    int64_t first;
    assert_true(kc_audit_append(l, &(struct kc_audit_batch){.rows = two, .n_rows = 2}, &first, NULL));
    assert_int_equal(first, 2);
    assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, NULL));
    assert_int_equal(n, 3);
    assert_int_equal(rows[0].index, 0);
    assert_int_equal(rows[1].index, 2);
    assert_int_equal(rows[2].index, 3);
    assert_int_equal(rows[2].type, KC_ROW_PREVIEWED);
    assert_non_null(strstr(rows[0].entry, "\"message\":\"first\""));
    assert_int_equal(rows[0].len, strlen(rows[0].entry));
    assert_true(kc_audit_rows(l, "nobody", f->a, &rows, &n, NULL));
    assert_int_equal(n, 0);
    assert_true(kc_audit_available(l));
    kc_audit_close(l);

    /* It is all there after a restart. */
    l = fixture_open(f);
    assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, NULL));
    assert_int_equal(n, 3);
    assert_int_equal(append_simple(l, "r-1", "later"), 4);
    kc_audit_close(l);
}

static void file_is_private(void **state)
{
    const struct fixture *f = *state;
    struct stat st;
    kc_audit_close(fixture_open(f));
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* Replicas that sign with different keys would make a log that no key verifies. */
static void one_key(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    struct kc_signer *other = kc_signer_generate(ORIGIN, NULL);
    struct kc_audit_options o = {.store = f->url, .origin = ORIGIN, .signer = other};
    struct kc_audit *l = fixture_open(f);
    append_simple(l, "r-1", "");
    kc_audit_close(l);
    assert_null(kc_audit_open(&o, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_string_equal(err.reason, "OtherKey");
    (void)kc_signer_destroy(other);
    kc_audit_close(fixture_open(f));
}

static void blobs(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    size_t len;
    const char *digest = kc_digest_string(f->a, "a\0b", 3);
    struct kc_row r = row_of(KC_ROW_PLANNED, "r-1");
    struct kc_blob blob = {"a\0b", 3};
    struct kc_audit_batch b = {.rows = &r, .n_rows = 1, .blobs = &blob, .n_blobs = 1};
    r.blobs = (struct kc_strs){&digest, 1};
    assert_true(kc_audit_append(l, &b, NULL, &err));
    assert_true(kc_audit_append(l, &b, NULL, &err)); /* the same bytes are kept once */
    const char *bytes = kc_audit_blob(l, digest, f->a, &len, &err);
    assert_int_equal(len, 3);
    assert_memory_equal(bytes, "a\0b", 3);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM blobs"), 1);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entry_blobs"), 2);
    /* A later row may name what is there already. */
    b.n_blobs = 0;
    assert_true(kc_audit_append(l, &b, NULL, &err));
    const char *absent = kc_digest_string(f->a, "absent", 6);
    r.blobs = (struct kc_strs){&absent, 1};
    assert_false(kc_audit_append(l, &b, NULL, &err));
    assert_string_equal(err.reason, "NoBlob");
    /* A blob that no row names would stay for ever. */
    b.n_blobs = 1;
    assert_false(kc_audit_append(l, &b, NULL, &err));
    assert_int_equal(err.class, KC_INVALID);
    assert_null(kc_audit_blob(l, absent, f->a, &len, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entries"), 3);
    kc_audit_close(l);
}

static void steps_happen_once(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    assert_false(append_step(l, KC_ROW_OUTCOME, "r-1", 1, &err));
    assert_string_equal(err.reason, "NoIntent");
    assert_true(append_step(l, KC_ROW_INTENT, "r-1", 1, &err));
    assert_false(append_step(l, KC_ROW_INTENT, "r-1", 1, &err));
    assert_int_equal(err.class, KC_CONFLICT);
    assert_string_equal(err.reason, "Exists");
    assert_true(append_step(l, KC_ROW_INTENT, "r-1", 2, &err));
    assert_true(append_step(l, KC_ROW_INTENT, "r-2", 1, &err));
    assert_true(append_step(l, KC_ROW_OUTCOME, "r-1", 1, &err));
    assert_false(append_step(l, KC_ROW_OUTCOME, "r-1", 1, &err));
    assert_string_equal(err.reason, "Exists");
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entries"), 4); /* nothing of what was refused */

    /* Fact and row say the same, or neither is taken. */
    struct kc_row r = step_row(KC_ROW_INTENT, "r-3");
    struct kc_step_fact fact = {.request_uid = "r-3", .plan_digest = "sha256:plan", .step = "2", .attempt = 1};
    struct kc_audit_batch b = {.rows = &r, .n_rows = 1, .intent = &fact};
    assert_false(kc_audit_append(l, &b, NULL, &err));
    assert_int_equal(err.class, KC_INVALID);
    b.intent = NULL; /* an intent row without its fact */
    assert_false(kc_audit_append(l, &b, NULL, &err));
    assert_int_equal(err.class, KC_INVALID);
    kc_audit_close(l);
}

static void nonces_and_runs(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    const char *owner;
    struct kc_row mine = row_of(KC_ROW_REQUESTED, "r-1"), theirs = row_of(KC_ROW_REQUESTED, "r-2");
    assert_true(kc_audit_nonce_owner(l, "n", f->a, &owner, &err));
    assert_string_equal(owner, "");
    struct kc_audit_batch b = {.rows = &mine, .n_rows = 1, .nonce = "n", .run_spec_digest = "sha256:s"};
    assert_true(kc_audit_append(l, &b, NULL, &err));
    assert_true(kc_audit_append(l, &b, NULL, &err)); /* it is its own */
    assert_true(kc_audit_nonce_owner(l, "n", f->a, &owner, &err));
    assert_string_equal(owner, "r-1");
    assert_true(kc_audit_run_owner(l, "shop", "bump", "sha256:s", f->a, &owner, &err));
    assert_string_equal(owner, "r-1");
    assert_true(kc_audit_run_owner(l, "shop", "bump", "sha256:t", f->a, &owner, &err));
    assert_string_equal(owner, "");
    b.rows = &theirs;
    assert_false(kc_audit_append(l, &b, NULL, &err));
    assert_int_equal(err.class, KC_CONFLICT);
    assert_non_null(strstr(err.message, "r-1"));
    b.nonce = "m";
    assert_false(kc_audit_append(l, &b, NULL, &err));
    assert_non_null(strstr(err.message, "shop/bump"));
    /* A batch that lost one claim did not take the other. */
    assert_true(kc_audit_nonce_owner(l, "m", f->a, &owner, &err));
    assert_string_equal(owner, "");
    kc_audit_close(l);
}

static void once(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    int64_t first = -1;
    struct kc_row r[2] = {row_of(KC_ROW_FINISHED, "r-1"), row_of(KC_ROW_VERIFIED, "r-1")};
    struct kc_audit_batch b = {.rows = r, .n_rows = 2, .once = "finished"};
    append_simple(l, "r-0", "");
    assert_true(kc_audit_append(l, &b, &first, &err));
    assert_int_equal(first, 1);
    append_simple(l, "r-0", "");
    first = -1;
    r[0].message = "another telling of the same";
    assert_true(kc_audit_append(l, &b, &first, &err));
    assert_int_equal(first, 1);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entries"), 4);
    /* The key is within request and type. */
    r[0].request_uid = "r-2";
    assert_true(kc_audit_append(l, &b, &first, &err));
    assert_int_equal(first, 4);
    r[0].type = KC_ROW_VERIFIED;
    assert_true(kc_audit_append(l, &b, &first, &err));
    assert_int_equal(first, 6);
    kc_audit_close(l);
    l = fixture_open(f);
    assert_true(kc_audit_append(l, &b, &first, &err));
    assert_int_equal(first, 6);
    kc_audit_close(l);
}

static void one_writer(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    char pid[32];
    struct kc_audit_options o = {.store = f->url, .origin = ORIGIN};
    assert_null(kc_audit_open(&o, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    (void)snprintf(pid, sizeof pid, "locked by pid %ld ", (long)getpid());
    assert_non_null(strstr(err.message, pid));
    /* Reading goes on beside it. */
    struct kc_audit_report r;
    append_simple(l, "r-1", "");
    assert_true(
        kc_audit_verify(f->url, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, &err));
    assert_true(r.passed);
    kc_audit_close(l);
    l = kc_audit_open(&o, &err);
    assert_non_null(l);
    kc_audit_close(l);
}

static void refuses_to_open(void **state)
{
    const struct fixture *f = *state;
    struct kc_err err = {0};
    kc_audit_close(fixture_open(f));
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = f->url, .origin = "kubechat.io/other"}, &err));
    assert_string_equal(err.reason, "OtherLog");
    sql(f, "INSERT INTO migrations VALUES(99, 0)");
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = f->url, .origin = ORIGIN}, &err));
    assert_string_equal(err.reason, "NewerSchema");

    const char *foreign = kc_arena_printf(f->a, "%s/foreign.db", f->folder);
    struct fixture other = *f;
    (void)snprintf(other.path, sizeof other.path, "%s", foreign);
    sql(&other, "CREATE TABLE cats(name)");
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = foreign, .origin = ORIGIN}, &err));
    assert_string_equal(err.reason, "NotAnAuditStore");

    const char *text = kc_arena_printf(f->a, "%s/text", f->folder);
    FILE *out = fopen(text, "w");
    for (int i = 0; i < 1000; i++)
        (void)fputs("not a database at all\n", out);
    (void)fclose(out);
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = text, .origin = ORIGIN}, &err));
    assert_string_equal(err.reason, "Damaged");
    assert_null(kc_audit_open(&(struct kc_audit_options){.store = "/proc/nowhere/audit.db", .origin = ORIGIN}, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
}

/* Nobody changes a row by mistake. */
static void rows_are_never_changed(void **state)
{
    const struct fixture *f = *state;
    static const char *const attempts[] = {
        "UPDATE entries SET entry=x'00'",
        "DELETE FROM entries",
        "INSERT OR REPLACE INTO entries SELECT * FROM entries",
        "UPDATE head SET root=x'00'",
        "DELETE FROM head",
        "DELETE FROM checkpoints",
        "DELETE FROM nodes",
        "UPDATE intents SET attempt=2",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log VALUES(1, 'x')",
    };
    struct kc_audit *l = fixture_open(f);
    append_simple(l, "r-1", "");
    append_simple(l, "r-1", "");
    assert_true(append_step(l, KC_ROW_INTENT, "r-1", 1, NULL));
    kc_audit_close(l);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        assert_int_equal(sqlite3_exec(db, attempts[i], NULL, NULL, NULL), SQLITE_CONSTRAINT);
        assert_non_null(strstr(sqlite3_errmsg(db), "never"));
    }
    sqlite3_close(db);
}

struct published {
    pthread_mutex_t lock;
    unsigned n;
    char last[2048];
};

static void publish(void *arg, const char *note)
{
    struct published *p = arg;
    pthread_mutex_lock(&p->lock);
    p->n++;
    (void)snprintf(p->last, sizeof p->last, "%s", note);
    pthread_mutex_unlock(&p->lock);
}

/* While rows keep coming there is about one checkpoint a second, and one over the last row. */
static void checkpoints(void **state)
{
    const struct fixture *f = *state;
    struct published p = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct kc_audit_options o = {
        .store = f->url, .origin = ORIGIN, .signer = f->signer, .on_checkpoint = publish, .arg = &p};
    struct kc_audit *l = kc_audit_open(&o, NULL);
    const char *note = "x";
    struct kc_checkpoint c;
    assert_true(kc_audit_checkpoint(l, f->a, &note, NULL));
    assert_null(note);
    unsigned rows = 0;
    int64_t start = kc_mono_ms();
    for (; kc_mono_ms() < start + 1300; rows++)
        append_simple(l, "r-1", "");
    assert_true(rows > 5);
    pthread_mutex_lock(&p.lock);
    assert_in_range(p.n, 1, (uint64_t)(kc_mono_ms() - start) / 1000 + 1);
    pthread_mutex_unlock(&p.lock);
    /* The burst is over: its last row is signed without another call. */
    for (c.size = 0; c.size != rows && kc_mono_ms() < start + 60000; usleep(50 * 1000)) {
        pthread_mutex_lock(&p.lock);
        assert_true(kc_checkpoint_open(f->a, p.last, strlen(p.last), f->public_key, &c, NULL));
        pthread_mutex_unlock(&p.lock);
    }
    assert_int_equal(c.size, rows);
    assert_true(kc_audit_checkpoint(l, f->a, &note, NULL));
    assert_string_equal(note, p.last);
    append_simple(l, "r-1", "");
    kc_audit_close(l); /* signs what is not signed yet */
    assert_true(kc_checkpoint_open(f->a, p.last, strlen(p.last), f->public_key, &c, NULL));
    assert_int_equal(c.size, rows + 1);
}

#define THREADS 8
#define EACH    60

struct worker {
    struct kc_audit *log;
    unsigned id, own, lost;
    bool failed;
};

/* Every thread appends rows of its own, posts some, and fights for the same claims as the others. */
static void *work(void *arg)
{
    struct worker *w = arg;
    char uid[16];
    KC_ARENA_SCOPE(a);
    (void)snprintf(uid, sizeof uid, "w-%u", w->id);
    for (unsigned i = 0; i < EACH; i++) {
        struct kc_err err = {0};
        struct kc_row r = row_of(KC_ROW_REQUESTED, uid);
        char nonce[16];
        (void)snprintf(nonce, sizeof nonce, "n-%u", i);
        if (kc_audit_append(w->log, &(struct kc_audit_batch){.rows = &r, .n_rows = 1, .nonce = nonce}, NULL, &err))
            w->own++;
        else if (err.class == KC_CONFLICT)
            w->lost++;
        else
            w->failed = true;
        struct kc_row shared = row_of(KC_ROW_FINISHED, "shared");
        if (!kc_audit_append(w->log, &(struct kc_audit_batch){.rows = &shared, .n_rows = 1, .once = nonce}, NULL,
                             &err) ||
            !kc_audit_post(w->log, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, &err))
            w->failed = true;
        struct kc_audit_row *rows;
        size_t n;
        if (!kc_audit_rows(w->log, uid, a, &rows, &n, &err) || n < w->own)
            w->failed = true;
    }
    return NULL;
}

static void many_threads(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct worker w[THREADS];
    pthread_t t[THREADS];
    unsigned own = 0, lost = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        w[i] = (struct worker){.log = l, .id = i};
        assert_int_equal(pthread_create(&t[i], NULL, work, &w[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
        assert_false(w[i].failed);
        own += w[i].own;
        lost += w[i].lost;
    }
    assert_true(kc_audit_available(l));
    kc_audit_close(l);
    assert_int_equal(own, EACH); /* each nonce went to exactly one */
    assert_int_equal(lost, (THREADS - 1) * EACH);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM nonces"), EACH);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM once"), EACH);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entries"), EACH + EACH + THREADS * EACH);
    /* What queued during a commit shared the next one. */
    assert_true(sql_number(f, "SELECT count(*) FROM head") < sql_number(f, "SELECT count(*) FROM entries"));
    struct kc_audit_report r;
    assert_true(
        kc_audit_verify(f->url, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, NULL));
    assert_true(r.passed);
}

/* Somebody else holds the database: what waits fails, what was posted is stored once it is free again. */
static void store_away_and_back(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    sqlite3 *db;
    struct kc_row r = row_of(KC_ROW_DENIED, "posted");
    append_simple(l, "r-1", "");
    usleep(200 * 1000);
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_true(kc_audit_post(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, &err));
    struct kc_row waiting = row_of(KC_ROW_REQUESTED, "r-1");
    assert_false(kc_audit_append(l, &(struct kc_audit_batch){.rows = &waiting, .n_rows = 1}, NULL, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_string_equal(err.reason, "AuditUnavailable");
    assert_false(kc_audit_available(l));
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    struct kc_audit_row *rows;
    size_t n = 0;
    for (int i = 0; i < 300 && !n; i++) {
        usleep(100 * 1000);
        assert_true(kc_audit_rows(l, "posted", f->a, &rows, &n, &err));
    }
    assert_int_equal(n, 1);
    assert_int_equal(append_simple(l, "r-1", ""), 2);
    assert_true(kc_audit_available(l));
    kc_audit_close(l);
}

/* Rows that went into a deleted file would be found by nobody. */
static void file_deleted(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    struct kc_row r = row_of(KC_ROW_REQUESTED, "r-1");
    append_simple(l, "r-1", "");
    assert_int_equal(rename(f->path, kc_arena_printf(f->a, "%s.moved", f->path)), 0);
    assert_false(kc_audit_append(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, NULL, &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "moved or deleted"));
    assert_int_equal(rename(kc_arena_printf(f->a, "%s.moved", f->path), f->path), 0);
    for (int i = 0; i < 300 && !kc_audit_available(l); i++)
        usleep(100 * 1000);
    append_simple(l, "r-1", "");
    kc_audit_close(l);
}

static void refuses_batches(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    struct kc_row ok = row_of(KC_ROW_REQUESTED, "r-1"), nobody = row_of(KC_ROW_REQUESTED, ""), bad = ok;
    struct kc_row two[2] = {ok, row_of(KC_ROW_INTENT, "r-1")};
    bad.message = "\xff";
    struct kc_row good_then_bad[2] = {ok, bad};
    const struct {
        const char *name;
        struct kc_audit_batch b;
    } cases[] = {
        {"no rows", {.rows = &ok}},
        {"a row that does not encode", {.rows = &bad, .n_rows = 1}},
        {"a second row that does not encode", {.rows = good_then_bad, .n_rows = 2}},
        {"an intent that is not first", {.rows = two, .n_rows = 2}},
        {"a nonce for nobody", {.rows = &nobody, .n_rows = 1, .nonce = "n"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (kc_audit_append(l, &cases[i].b, NULL, &err))
            fail_msg("%s: taken", cases[i].name);
        assert_int_equal(err.class, KC_INVALID);
        assert_false(kc_audit_post(l, &cases[i].b, &err));
    }
    kc_audit_close(l);
    assert_int_equal(sql_number(f, "SELECT count(*) FROM entries"), 0);
}

#define BOTH(T)                                                                                                        \
    T(appends_and_reads), T(blobs), T(steps_happen_once), T(nonces_and_runs), T(once), T(one_key), T(checkpoints),     \
        T(many_threads), T(refuses_batches)
#define SQLITE(fn) cmocka_unit_test_setup_teardown(fn, fixture_up, fixture_down)
#define POSTGRES(fn)                                                                                                   \
    {                                                                                                                  \
#fn "_postgres", fn, fixture_up_postgres, fixture_down, NULL                                                   \
    }

int main(void)
{
    const struct CMUnitTest sqlite[] = {
        BOTH(SQLITE),
        SQLITE(file_is_private),
        SQLITE(one_writer),
        SQLITE(refuses_to_open),
        SQLITE(rows_are_never_changed),
        SQLITE(store_away_and_back),
        SQLITE(file_deleted),
    };
    const struct CMUnitTest postgres[] = {BOTH(POSTGRES)};
    int failed = cmocka_run_group_tests(sqlite, NULL, NULL);
    return fixture_postgres() ? failed + cmocka_run_group_tests(postgres, NULL, NULL) : failed;
}
