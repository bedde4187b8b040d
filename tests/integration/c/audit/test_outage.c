/* A PostgreSQL server that goes away while rows are appended: stopped, killed, silent, or with its answers lost on the
 * way. What was acknowledged is there once, what was refused is not there, what was posted comes. The server is this
 * program's own (hack/postgres). */
#include "tests/unit/audit/fixture.h"

#include <signal.h>

#include "controller/audit/verify.h"
#include "proxy.h"

static char server[64]; /* its folder */
static struct proxy proxy;

static int run(const char *command)
{
    char line[256];
    (void)snprintf(line, sizeof line, "%s/hack/postgres %s", KC_SOURCE_DIR, command);
    return system(line);
}

static void serverctl(const char *verb, const char *how)
{
    char command[160];
    (void)snprintf(command, sizeof command, "%s %s %s >/dev/null", verb, server, how);
    assert_int_equal(run(command), 0);
}

static long number_in(const char *file)
{
    char path[128], text[32] = "";
    (void)snprintf(path, sizeof path, "%s/%s", server, file);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_non_null(fgets(text, sizeof text, f));
    (void)fclose(f);
    return strtol(text, NULL, 10);
}

static int server_up(void **state)
{
    char command[160], password[64] = "", uri[256], path[128];
    (void)state;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(server, sizeof server, "%s/kc-outage-%ld", tmp ? tmp : "/tmp", (long)getpid());
    (void)snprintf(command, sizeof command, "up %s >/dev/null", server);
    if (run(command) != 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/password", server);
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    assert_non_null(fgets(password, sizeof password, f));
    (void)fclose(f);
    password[strcspn(password, "\n")] = '\0';
    (void)snprintf(uri, sizeof uri, "postgresql://kubechat_owner:%s@127.0.0.1:%ld/postgres?sslrootcert=%s/ca.crt",
                   password, number_in("port"), server);
    return setenv("KUBECHAT_TEST_POSTGRES", uri, 1) == 0 && proxy_up(&proxy, (uint16_t)number_in("port")) ? 0 : -1;
}

static int server_down(void **state)
{
    char command[128];
    (void)state;
    proxy_down(&proxy);
    (void)snprintf(command, sizeof command, "down %s", server);
    return run(command);
}

/* The log as it is reached over the proxy. */
static struct kc_audit *open_over_proxy(const struct fixture *f)
{
    struct kc_err err = {0};
    const char *url = replaced(f->a, f->url, kc_arena_printf(f->a, ":%ld/", number_in("port")),
                               kc_arena_printf(f->a, ":%u/", proxy.port));
    struct kc_audit *l =
        kc_audit_open(&(struct kc_audit_options){.store = url, .origin = ORIGIN, .signer = f->signer}, &err);
    if (!l)
        fail_msg("%s", err.message);
    return l;
}

static void wait_available(struct kc_audit *l, int64_t ms)
{
    int64_t end = kc_mono_ms() + ms;
    while (!kc_audit_available(l) && kc_mono_ms() < end)
        usleep(20 * 1000);
    assert_true(kc_audit_available(l));
}

static void assert_verifies(const struct fixture *f, uint64_t entries)
{
    struct kc_audit_report r;
    struct kc_err err = {0};
    if (!kc_audit_verify(f->reader, &(struct kc_audit_verify_options){.public_key = f->public_key}, f->a, &r, &err))
        fail_msg("%s", err.message);
    for (unsigned c = 0; c < KC_AUDIT_CHECKS; c++)
        if (r.checks[c].failures)
            fail_msg("%s: %s", kc_audit_check_name(c), r.checks[c].findings[0]);
    if (entries)
        assert_int_equal(r.entries, entries);
}

static bool try_append(struct kc_audit *l, const char *uid, struct kc_err *err)
{
    struct kc_row r = row_of(KC_ROW_REQUESTED, uid);
    return kc_audit_append(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, NULL, err);
}

/* Away for a while: who waits is told at once, what was posted stays, and everything goes on by itself. */
static void away_and_back(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_err err = {0};
    struct kc_audit_row *rows;
    size_t n;
    append_simple(l, "r-1", "");
    assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, &err));
    serverctl("stop", "fast");
    for (unsigned i = 0; i < 50; i++) {
        struct kc_row r = row_of(KC_ROW_DENIED, "posted");
        r.message = kc_arena_printf(f->a, "%u", i);
        assert_true(kc_audit_post(l, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, &err));
    }
    assert_false(try_append(l, "r-1", &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_string_equal(err.reason, "AuditUnavailable");
    for (int64_t end = kc_mono_ms() + 3000; kc_mono_ms() < end; usleep(50 * 1000)) {
        int64_t start = kc_mono_ms();
        assert_false(try_append(l, "r-1", &err));
        assert_int_equal(err.class, KC_UNAVAILABLE);
        assert_false(kc_audit_rows(l, "r-1", f->a, &rows, &n, &err));
        assert_int_equal(err.class, KC_UNAVAILABLE);
        assert_false(kc_audit_available(l));
        assert_in_range(kc_mono_ms() - start, 0, 4000);
    }
    serverctl("start", "");
    wait_available(l, 60000);
    assert_true(try_append(l, "r-1", &err));
    assert_true(kc_audit_rows(l, "posted", f->a, &rows, &n, &err));
    assert_int_equal(n, 50);
    for (unsigned i = 0; i < n; i++)
        assert_non_null(strstr(rows[i].entry, kc_arena_printf(f->a, "\"message\":\"%u\"", i)));
    kc_audit_close(l);
    assert_verifies(f, 52);
}

/* A connection that died while nothing was going on is replaced without anybody noticing. */
static void restart_between_appends(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = fixture_open(f);
    struct kc_audit_row *rows;
    size_t n;
    struct kc_err err = {0};
    for (int i = 0; i < 6; i++) {
        append_simple(l, "r-1", "");
        append_simple(l, "r-1", "");
        assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, &err));
        assert_int_equal(n, 2 * i + 2);
        while (sql_number(f, "SELECT coalesce(max(size), 0) FROM checkpoints") < 2 * i + 2)
            usleep(100 * 1000);
        usleep(200 * 1000); /* the checkpoint is signed: nothing is under way */
        serverctl("stop", i % 2 ? "fast" : "immediate");
        serverctl("start", "");
    }
    kc_audit_close(l);
    assert_verifies(f, 12);
}

/* The commit happened, or did not, and nobody said so: it is found out, with others at the log or without. */
static void lost_answers(void **state)
{
    static const struct {
        const char *name;
        enum line line;
        int after;   /* messages that get through before */
        bool others; /* another replica appends between, so that the transaction takes two round trips */
    } cases[] = {
        {"answer to a commit", LINE_LOSES_ANSWER, 0, false},
        {"commit", LINE_LOSES_REQUEST, 0, false},
        {"answer to the beginning", LINE_LOSES_ANSWER, 0, true},
        {"beginning", LINE_LOSES_REQUEST, 0, true},
        {"answer to the reading of the edge", LINE_LOSES_ANSWER, 1, true},
        {"commit, others at work", LINE_LOSES_REQUEST, 2, true},
        {"answer to a commit, others at work", LINE_LOSES_ANSWER, 2, true},
    };
    const struct fixture *f = *state;
    struct kc_audit *other = fixture_open(f);
    struct kc_audit_row *rows;
    size_t n;
    unsigned expected = 0;
    for (unsigned round = 0; round < 4; round++)
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            struct kc_audit *l = open_over_proxy(f);
            struct kc_err err = {0};
            unsigned before = atomic_load(&proxy.broken);
            for (int k = 0; k < 3; k++, expected++)
                append_simple(l, "r-1", "");
            if (cases[i].others) {
                append_simple(other, "r-1", "");
                assert_true(try_append(l, "r-1", &err)); /* it notices that it is not alone */
                append_simple(other, "r-1", "");
                expected += 3;
            }
            atomic_store(&proxy.countdown, cases[i].after);
            atomic_store(&proxy.line, cases[i].line);
            if (!try_append(l, "r-1", &err))
                fail_msg("%s: %s", cases[i].name, err.message);
            expected++;
            assert_int_equal(atomic_load(&proxy.broken), before + 1);
            assert_true(kc_audit_rows(other, "r-1", f->a, &rows, &n, &err));
            if (n != expected)
                fail_msg("%s: %zu rows, %u were appended", cases[i].name, n, expected);
            kc_audit_close(l);
        }
    kc_audit_close(other);
    assert_verifies(f, expected);
}

/* Nothing comes back and nothing breaks: noticed within ten seconds of an idle machine, and at once by those who come
 * later. */
static void silence(void **state)
{
    const struct fixture *f = *state;
    struct kc_audit *l = open_over_proxy(f);
    struct kc_err err = {0};
    struct kc_audit_row *rows;
    size_t n;
    append_simple(l, "r-1", "");
    append_simple(l, "r-1", "");
    atomic_store(&proxy.line, LINE_SILENT);
    int64_t start = kc_mono_ms();
    assert_false(try_append(l, "lost", &err));
    assert_int_equal(err.class, KC_UNAVAILABLE);
    assert_non_null(strstr(err.message, "not known yet"));
    assert_in_range(kc_mono_ms() - start, 0, 30000);
    for (int i = 0; i < 20; i++, usleep(50 * 1000)) {
        start = kc_mono_ms();
        assert_false(try_append(l, "r-1", &err));
        assert_false(kc_audit_rows(l, "r-1", f->a, &rows, &n, &err));
        assert_in_range(kc_mono_ms() - start, 0, 4000);
    }
    atomic_store(&proxy.line, LINE_WHOLE);
    wait_available(l, 60000);
    assert_true(try_append(l, "r-1", &err));
    assert_true(kc_audit_rows(l, "r-1", f->a, &rows, &n, &err));
    assert_int_equal(n, 3);
    kc_audit_close(l);
    assert_verifies(f, 0);
}

#define THREADS 6

struct worker {
    struct kc_audit *log;
    unsigned id, tried, acknowledged, refused, unknown;
    atomic_bool *stop;
    struct kc_arena *a;
    char *fate; /* of each row: a(cknowledged), r(efused), u(nknown) */
};
#define ROWS_MAX 100000

/* Rows without any claim: nothing but the writer's care keeps one from being stored twice. */
static void *keep_appending(void *arg)
{
    struct worker *w = arg;
    for (; !atomic_load(w->stop) && w->tried < ROWS_MAX; w->tried++) {
        char uid[32];
        struct kc_err err = {0};
        (void)snprintf(uid, sizeof uid, "w%u-%u", w->id, w->tried);
        bool ok = try_append(w->log, uid, &err), unknown = !ok && strstr(err.message, "not known yet");
        w->fate[w->tried] = ok ? 'a' : unknown ? 'u' : 'r';
        w->acknowledged += ok;
        w->unknown += unknown;
        w->refused += !ok && !unknown;
        if (!ok)
            usleep(10 * 1000);
    }
    return NULL;
}

/* The server takes that for a crash of its own and starts over: until then nobody gets in. */
static void kill_writers_backend(const struct fixture *f)
{
    int64_t end = kc_mono_ms() + 60000;
    long pid = (long)sql_number(f, "SELECT coalesce(min(pid), 0) FROM pg_stat_activity WHERE usename = "
                                   "'kubechat_writer' AND datname = current_database()");
    if (!pid)
        return;
    assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
    while ((kill((pid_t)pid, 0) == 0 || PQping(f->owner) != PQPING_OK) && kc_mono_ms() < end)
        usleep(20 * 1000);
}

static void stop_at_once(const struct fixture *f)
{
    (void)f;
    serverctl("stop", "immediate");
    usleep(300 * 1000);
    serverctl("start", "");
}

static void restart(const struct fixture *f)
{
    (void)f;
    serverctl("stop", "fast");
    serverctl("start", "");
}

static void count_rows(const struct fixture *f, const struct worker *w)
{
    PGconn *c = PQconnectdb(f->owner);
    PGresult *r = PQexec(c, kc_arena_printf(f->a,
                                            "SELECT substr(request_uid, %d), count(*) FROM kubechat.entries WHERE "
                                            "request_uid LIKE 'w%u-%%' GROUP BY 1",
                                            w->id > 9 ? 5 : 4, w->id));
    char *seen = calloc(ROWS_MAX, 1);
    assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(r); i++) {
        long row = strtol(PQgetvalue(r, i, 0), NULL, 10);
        seen[row] = 1;
        if (!KC_STREQ(PQgetvalue(r, i, 1), "1"))
            fail_msg("row %ld of appender %u is there %s times", row, w->id, PQgetvalue(r, i, 1));
    }
    for (unsigned i = 0; i < w->tried; i++) {
        if (w->fate[i] == 'a' && !seen[i])
            fail_msg("row %u of appender %u was acknowledged and is lost", i, w->id);
        if (w->fate[i] == 'r' && seen[i])
            fail_msg("row %u of appender %u was refused and is there", i, w->id);
    }
    free(seen);
    PQclear(r);
    PQfinish(c);
}

static void killed_under_load(void **state)
{
    static void (*const blows[])(const struct fixture *f) = {kill_writers_backend, stop_at_once, restart,
                                                             kill_writers_backend, stop_at_once, kill_writers_backend};
    const struct fixture *f = *state;
    struct kc_audit *logs[2] = {fixture_open(f), fixture_open(f)};
    struct worker w[THREADS];
    pthread_t t[THREADS];
    atomic_bool stop = false;
    unsigned acknowledged = 0, refused = 0, unknown = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        w[i] = (struct worker){.log = logs[i % 2], .id = i, .stop = &stop, .fate = calloc(ROWS_MAX, 1)};
        assert_int_equal(pthread_create(&t[i], NULL, keep_appending, &w[i]), 0);
    }
    for (size_t i = 0; i < sizeof blows / sizeof *blows; i++) {
        usleep(700 * 1000);
        blows[i](f);
        wait_available(logs[0], 60000);
        wait_available(logs[1], 60000);
    }
    usleep(500 * 1000);
    atomic_store(&stop, true);
    for (unsigned i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(t[i], NULL), 0);
        acknowledged += w[i].acknowledged;
        refused += w[i].refused;
        unknown += w[i].unknown;
    }
    kc_audit_close(logs[0]);
    kc_audit_close(logs[1]);
    for (unsigned i = 0; i < THREADS; i++) {
        count_rows(f, &w[i]);
        free(w[i].fate);
    }
    print_message("%u acknowledged, %u refused, %u unknown\n", acknowledged, refused, unknown);
    assert_true(acknowledged > 100);
    assert_verifies(f, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_up_postgres, fixture_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(away_and_back), TEST(restart_between_appends), TEST(lost_answers), TEST(silence), TEST(killed_under_load),
    };
    return cmocka_run_group_tests(tests, server_up, server_down);
}
