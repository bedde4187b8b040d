/* Durable appends a second, one writer and 64, against a bare loop of INSERT and COMMIT into one table with the same
 * journal and the same bytes, in the same run and the same folder: bench_audit [FOLDER], default /var/tmp.
 *
 * An append is an entry with its leaf hash, the interior hashes it completes, a head, and a checkpoint a second: the
 * ratio says what the transparency log costs over a table of rows. */
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/audit/log.h"
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

static sqlite3 *open_bare(const char *path)
{
    sqlite3 *db;
    must(sqlite3_open(path, &db) == SQLITE_OK &&
             sqlite3_exec(db,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                          "CREATE TABLE rows(idx INTEGER PRIMARY KEY, entry BLOB NOT NULL)",
                          NULL, NULL, NULL) == SQLITE_OK,
         "the bare table");
    return db;
}

static unsigned run_bare(sqlite3 *db)
{
    KC_ARENA_SCOPE(a);
    sqlite3_stmt *insert;
    unsigned n = 0;
    must(sqlite3_prepare_v2(db, "INSERT INTO rows(entry) VALUES(?1)", -1, &insert, NULL) == SQLITE_OK, "prepare");
    for (int64_t end = kc_mono_ms() + MS; kc_mono_ms() < end; n++) {
        struct kc_row r = row_of(kc_unix_ms());
        size_t len;
        kc_arena_reset(a);
        r.type = KC_ROW_REQUESTED;
        const char *entry = kc_row_encode(a, &r, &len, NULL);
        must(sqlite3_bind_blob64(insert, 1, entry, len, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_step(insert) == SQLITE_DONE,
             "insert");
        (void)sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
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

int main(int argc, char **argv)
{
    char folder[256], path[300], bare_path[300], clean[300];
    double bare[ROUNDS], one[ROUNDS], many[ROUNDS];
    struct kc_err err = {0};
    (void)snprintf(folder, sizeof folder, "%s/kc-bench-XXXXXX", argc > 1 ? argv[1] : "/var/tmp");
    must(mkdtemp(folder) != NULL, "cannot make a folder");
    (void)snprintf(path, sizeof path, "%s/audit.db", folder);
    (void)snprintf(bare_path, sizeof bare_path, "%s/bare.db", folder);
    struct kc_signer *signer = kc_signer_generate("bench", &err);
    struct kc_audit *l =
        kc_audit_open(&(struct kc_audit_options){.store = path, .origin = "bench", .signer = signer}, &err);
    must(l != NULL, err.message);
    sqlite3 *db = open_bare(bare_path);
    /* Each round has all three, so that a slow second of the disk falls on one as likely as on another. */
    for (unsigned i = 0; i < ROUNDS; i++) {
        bare[i] = run_bare(db) * 1000.0 / MS;
        one[i] = run_writers(l, 1) * 1000.0 / MS;
        many[i] = run_writers(l, WRITERS) * 1000.0 / MS;
    }
    sqlite3_close(db);
    (void)kc_audit_close(l);
    (void)kc_signer_destroy(signer);
    (void)snprintf(clean, sizeof clean, "rm -rf %s", folder);
    must(system(clean) == 0, "cannot remove the folder");
    double b = median(bare), o = median(one), m = median(many);
    printf("{\"bench\":\"audit\",\"bare_per_s\":%.0f,\"one_writer_per_s\":%.0f,\"writers_%d_per_s\":%.0f,"
           "\"one_writer_ratio\":%.2f,\"writers_%d_ratio\":%.2f}\n",
           b, o, WRITERS, m, o / b, WRITERS, m / b);
    printf("%-28s %12s %8s\n%-28s %10.0f/s %7.2fx\n%-28s %10.0f/s %7.2fx\n64 writers%-18s %10.0f/s %7.2fx\n",
           "durable appends", "median", "ratio", "bare INSERT and COMMIT", b, 1.0, "one writer", o, o / b, "", m,
           m / b);
    return 0;
}
