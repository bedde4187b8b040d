/* Durable appends a second, one writer and 64, against a bare loop of INSERT and COMMIT into one table of the same
 * database with the same bytes, in the same run: bench_audit [FOLDER], default /var/tmp, on SQLite; and on PostgreSQL
 * when KUBECHAT_TEST_POSTGRES names a server (hack/postgres), where the bare loop is one prepared INSERT a round trip,
 * over the same kind of connection. Both flush every commit to the disk.
 *
 * An append is an entry with its leaf hash, the interior hashes it completes, a head, and a checkpoint a second: the
 * ratio says what the transparency log costs over a table of rows. */
#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/audit/log.h"
#include "controller/audit/migrate.h"
#include "controller/base/clock.h"

#define ROUNDS  5
#define MS      1000 /* of each kind in each round */
#define WRITERS 64

static struct kc_row row_of(int64_t time)
{
    return (struct kc_row){.type = KC_ROW_INTENT,
                           .time = time,
                           .cluster_uid = "6f0cdb6c-0000-4000-8000-000000000001",
                           .who = {.username = "ana@example.com", .uid = "u-1001"},
                           .request_ns = "shop",
                           .request_name = "bump-checkout",
                           .request_uid = "705ab4f5-6393-11e8-b7cc-42010a800002",
                           .plan_digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                           .step = "1",
                           .command = "kubectl scale deployment/checkout --namespace=shop --replicas=5",
                           .target = "apps/v1/Deployment/shop/checkout",
                           .result = "Pending",
                           .reason = "Approved",
                           .message = "three hundred bytes and a few more, as rows of a real request have them"};
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_audit: %s\n", what);
    exit(1);
}

/* A row's bytes, fresh each time. */
static const char *entry_of(struct kc_arena *a, size_t *ret_len)
{
    struct kc_row r = row_of(kc_unix_ms());
    kc_arena_reset(a);
    r.type = KC_ROW_REQUESTED;
    return kc_row_encode(a, &r, ret_len, NULL);
}

/* What is measured: a store, and a bare table beside it. */
struct subject {
    const char *name;
    char folder[256], url[1024], owner[1024], database[64];
    sqlite3 *file;
    PGconn *server;
    sqlite3_stmt *insert;
};

static void sqlite_up(struct subject *b, const char *where)
{
    char path[300];
    (void)snprintf(b->folder, sizeof b->folder, "%s/kc-bench-XXXXXX", where);
    must(mkdtemp(b->folder) != NULL, "cannot make a folder");
    (void)snprintf(b->url, sizeof b->url, "%s/audit.db", b->folder);
    (void)snprintf(path, sizeof path, "%s/bare.db", b->folder);
    must(sqlite3_open(path, &b->file) == SQLITE_OK &&
             sqlite3_exec(b->file,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                          "CREATE TABLE rows(idx INTEGER PRIMARY KEY, entry BLOB NOT NULL)",
                          NULL, NULL, NULL) == SQLITE_OK &&
             sqlite3_prepare_v2(b->file, "INSERT INTO rows(entry) VALUES(?1)", -1, &b->insert, NULL) == SQLITE_OK,
         "the bare table");
}

static void sqlite_insert(struct subject *b, const char *entry, size_t len)
{
    must(sqlite3_bind_blob64(b->insert, 1, entry, len, SQLITE_STATIC) == SQLITE_OK &&
             sqlite3_step(b->insert) == SQLITE_DONE,
         "insert");
    (void)sqlite3_reset(b->insert);
}

static void sqlite_down(struct subject *b)
{
    char clean[300];
    sqlite3_finalize(b->insert);
    sqlite3_close(b->file);
    (void)snprintf(clean, sizeof clean, "rm -rf %s", b->folder);
    must(system(clean) == 0, "cannot remove the folder");
}

static void exec(PGconn *c, const char *sql)
{
    PGresult *r = PQexec(c, sql);
    must(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK, PQerrorMessage(c));
    PQclear(r);
}

static void replace(char out[1024], const char *s, const char *what, const char *by)
{
    const char *at = strstr(s, what);
    must(at != NULL, "KUBECHAT_TEST_POSTGRES is not what hack/postgres prints");
    (void)snprintf(out, 1024, "%.*s%s%s", (int)(at - s), s, by, at + strlen(what));
}

static void postgres_up(struct subject *b, const char *where)
{
    char uuid[37], sql[160];
    struct kc_err err = {0};
    struct kc_audit_migrated done;
    PGconn *admin = PQconnectdb(where);
    (void)snprintf(b->database, sizeof b->database, "kc_%s", kc_uuid(uuid));
    (void)snprintf(sql, sizeof sql, "CREATE DATABASE \"%s\" TEMPLATE template0", b->database);
    exec(admin, sql);
    PQfinish(admin);
    (void)snprintf(sql, sizeof sql, "/%s?", b->database);
    replace(b->owner, where, "/postgres?", sql);
    replace(b->url, b->owner, "kubechat_owner", "kubechat_writer");
    must(kc_audit_migrate(
             b->owner,
             &(struct kc_audit_migrate_options){.writer = "kubechat_writer", .partition_rows = KC_PARTITION_ROWS},
             &done, &err),
         err.message);
    b->server = PQconnectdb(b->owner);
    exec(b->server, "CREATE TABLE bare(idx bigserial PRIMARY KEY, entry bytea NOT NULL)");
    PQclear(PQprepare(b->server, "bare", "INSERT INTO bare(entry) VALUES($1)", 0, NULL));
}

static void postgres_insert(struct subject *b, const char *entry, size_t len)
{
    const int length = (int)len, binary = 1;
    PGresult *r = PQexecPrepared(b->server, "bare", 1, &entry, &length, &binary, 1);
    must(PQresultStatus(r) == PGRES_COMMAND_OK, PQerrorMessage(b->server));
    PQclear(r);
}

static void postgres_down(struct subject *b)
{
    char sql[160];
    PQfinish(b->server);
    PGconn *admin = PQconnectdb(getenv("KUBECHAT_TEST_POSTGRES"));
    (void)snprintf(sql, sizeof sql, "DROP DATABASE \"%s\" WITH (FORCE)", b->database);
    exec(admin, sql);
    PQfinish(admin);
}

static const struct kind {
    const char *name;
    void (*up)(struct subject *b, const char *where);
    void (*insert)(struct subject *b, const char *entry, size_t len);
    void (*down)(struct subject *b);
} kinds[] = {
    {"SQLite", sqlite_up, sqlite_insert, sqlite_down},
    {"PostgreSQL", postgres_up, postgres_insert, postgres_down},
};

static unsigned run_bare(const struct kind *k, struct subject *b)
{
    KC_ARENA_SCOPE(a);
    unsigned n = 0;
    for (int64_t end = kc_mono_ms() + MS; kc_mono_ms() < end; n++) {
        size_t len;
        const char *entry = entry_of(a, &len);
        k->insert(b, entry, len);
    }
    return n;
}

struct writer {
    struct kc_audit *log;
    int64_t end;
    unsigned n;
};

static void *run_writer(void *arg)
{
    struct writer *w = arg;
    struct kc_err err = {0};
    for (; kc_mono_ms() < w->end; w->n++) {
        struct kc_row r = row_of(kc_unix_ms());
        r.type = KC_ROW_REQUESTED;
        must(kc_audit_append(w->log, &(struct kc_audit_batch){.rows = &r, .n_rows = 1}, NULL, &err), err.message);
    }
    return NULL;
}

static unsigned run_writers(struct kc_audit *l, unsigned writers)
{
    struct writer w[WRITERS];
    pthread_t t[WRITERS];
    unsigned n = 0;
    int64_t end = kc_mono_ms() + MS;
    for (unsigned i = 0; i < writers; i++) {
        w[i] = (struct writer){.log = l, .end = end};
        must(pthread_create(&t[i], NULL, run_writer, &w[i]) == 0, "a thread");
    }
    for (unsigned i = 0; i < writers; i++) {
        (void)pthread_join(t[i], NULL);
        n += w[i].n;
    }
    return n;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double v[ROUNDS])
{
    qsort(v, ROUNDS, sizeof *v, compare);
    return v[ROUNDS / 2];
}

static void measure(const struct kind *k, const char *where)
{
    double bare[ROUNDS], one[ROUNDS], many[ROUNDS];
    struct subject b = {.name = k->name};
    struct kc_err err = {0};
    k->up(&b, where);
    struct kc_signer *signer = kc_signer_generate("bench", &err);
    struct kc_audit *l =
        kc_audit_open(&(struct kc_audit_options){.store = b.url, .origin = "bench", .signer = signer}, &err);
    must(l != NULL, err.message);
    /* Each round has all three, so that a slow second of the disk falls on one as likely as on another. */
    for (unsigned i = 0; i < ROUNDS; i++) {
        bare[i] = run_bare(k, &b) * 1000.0 / MS;
        one[i] = run_writers(l, 1) * 1000.0 / MS;
        many[i] = run_writers(l, WRITERS) * 1000.0 / MS;
    }
    (void)kc_audit_close(l);
    (void)kc_signer_destroy(signer);
    k->down(&b);
    double base = median(bare), o = median(one), m = median(many);
    printf("{\"bench\":\"audit\",\"store\":\"%s\",\"bare_per_s\":%.0f,\"one_writer_per_s\":%.0f,"
           "\"writers_%d_per_s\":%.0f,\"one_writer_ratio\":%.2f,\"writers_%d_ratio\":%.2f}\n",
           k->name, base, o, WRITERS, m, o / base, WRITERS, m / base);
    printf("%-28s %12s %8s\n%-28s %10.0f/s %7.2fx\n%-28s %10.0f/s %7.2fx\n64 writers%-18s %10.0f/s %7.2fx\n", k->name,
           "median", "ratio", "bare INSERT and COMMIT", base, 1.0, "one writer", o, o / base, "", m, m / base);
}

int main(int argc, char **argv)
{
    const char *server = getenv("KUBECHAT_TEST_POSTGRES");
    measure(&kinds[0], argc > 1 ? argv[1] : "/var/tmp");
    if (server)
        measure(&kinds[1], server);
    else
        fprintf(stderr, "PostgreSQL is not measured: KUBECHAT_TEST_POSTGRES is not set (hack/postgres)\n");
    return 0;
}
