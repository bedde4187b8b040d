/* fixture: a store of its own, and rows for it: a SQLite file in a new folder, or a new database on the PostgreSQL
 * server that KUBECHAT_TEST_POSTGRES names (hack/postgres starts one). */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "controller/audit/log.h"
#include "controller/audit/migrate.h"
#include "controller/audit/store.h"
#include "controller/base/clock.h"

#define ORIGIN "kubechat.io/test"

struct fixture {
    char folder[64];
    char path[80];                    /* SQLite */
    const char *url, *owner, *reader; /* what the log opens; PostgreSQL's other roles; NULL for SQLite */
    struct kc_signer *signer;
    struct kc_arena *a;
    const char *public_key;
};

static inline int fixture_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/kc-audit-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/audit.db", f->folder);
    f->signer = kc_signer_generate(ORIGIN, NULL);
    f->a = kc_arena_create();
    f->url = f->path;
    f->public_key = kc_signer_public(f->signer, f->a);
    *state = f;
    return 0;
}

static inline void drop_notice(void *arg, const PGresult *r)
{
    (void)arg;
    (void)r;
}

/* The server's URI, or NULL: then PostgreSQL is not tested. */
static inline const char *fixture_postgres(void)
{
    const char *uri = getenv("KUBECHAT_TEST_POSTGRES");
    if (!uri)
        print_message("PostgreSQL is not tested: KUBECHAT_TEST_POSTGRES is not set (hack/postgres)\n");
    return uri;
}

static inline const char *replaced(struct kc_arena *a, const char *s, const char *what, const char *by)
{
    const char *at = strstr(s, what);
    assert_non_null(at);
    return kc_arena_printf(a, "%.*s%s%s", (int)(at - s), s, by, at + strlen(what));
}

/* As the owner, in autocommit. Returns the first column of the first row, or 0. */
static inline int64_t pg_exec(const char *uri, const char *statements)
{
    PGconn *c = PQconnectdb(uri);
    (void)PQsetNoticeReceiver(c, drop_notice, NULL);
    PGresult *r = PQexec(c, statements);
    if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", statements, PQerrorMessage(c));
    int64_t n = PQntuples(r) && PQnfields(r) ? strtoll(PQgetvalue(r, 0, 0), NULL, 10) : 0;
    PQclear(r);
    PQfinish(c);
    return n;
}

static inline void fixture_migrate(const struct fixture *f, int64_t partition_rows)
{
    struct kc_err err = {0};
    struct kc_audit_migrated done;
    struct kc_audit_migrate_options o = {
        .writer = "kubechat_writer", .reader = "kubechat_reader", .partition_rows = partition_rows};
    if (!kc_audit_migrate(f->owner, &o, &done, &err))
        fail_msg("%s", err.message);
}

/* A database of its own on the server, without tables. */
static inline int fixture_up_database(void **state)
{
    const char *uri = getenv("KUBECHAT_TEST_POSTGRES");
    char uuid[37], name[48];
    (void)fixture_up(state);
    struct fixture *f = *state;
    (void)snprintf(name, sizeof name, "kc_%s", kc_uuid(uuid));
    pg_exec(uri, kc_arena_printf(f->a, "CREATE DATABASE \"%s\" TEMPLATE template0", name));
    f->owner = replaced(f->a, uri, "/postgres?", kc_arena_printf(f->a, "/%s?", name));
    f->url = replaced(f->a, f->owner, "kubechat_owner", "kubechat_writer");
    f->reader = replaced(f->a, f->owner, "kubechat_owner", "kubechat_reader");
    return 0;
}

static inline int fixture_up_postgres(void **state)
{
    (void)fixture_up_database(state);
    fixture_migrate(*state, KC_PARTITION_ROWS);
    return 0;
}

static inline int fixture_down(void **state)
{
    struct fixture *f = *state;
    char command[96];
    if (f->owner) {
        const char *name = strstr(f->owner, "/kc_") + 1;
        pg_exec(getenv("KUBECHAT_TEST_POSTGRES"),
                kc_arena_printf(f->a, "DROP DATABASE \"%.*s\" WITH (FORCE)", (int)strcspn(name, "?"), name));
    }
    (void)snprintf(command, sizeof command, "rm -rf %s", f->folder);
    int rc = system(command);
    (void)kc_signer_destroy(f->signer);
    (void)kc_arena_destroy(f->a);
    free(f);
    return rc;
}

static inline struct kc_audit *fixture_open(const struct fixture *f)
{
    struct kc_err err = {0};
    struct kc_audit *l =
        kc_audit_open(&(struct kc_audit_options){.store = f->url, .origin = ORIGIN, .signer = f->signer}, &err);
    if (!l)
        fail_msg("%s", err.message);
    return l;
}

static inline struct kc_row row_of(enum kc_row_type type, const char *uid)
{
    return (struct kc_row){.type = type,
                           .time = kc_unix_ms(),
                           .cluster_uid = "test",
                           .who = {.username = "ana"},
                           .request_ns = "shop",
                           .request_name = "bump",
                           .request_uid = uid};
}

static inline int64_t append_row(struct kc_audit *l, const struct kc_row *r)
{
    struct kc_err err = {0};
    int64_t first = -1;
    if (!kc_audit_append(l, &(struct kc_audit_batch){.rows = r, .n_rows = 1}, &first, &err))
        fail_msg("%s", err.message);
    return first;
}

static inline int64_t append_simple(struct kc_audit *l, const char *uid, const char *message)
{
    struct kc_row r = row_of(KC_ROW_REQUESTED, uid);
    r.message = message;
    return append_row(l, &r);
}

static inline struct kc_row step_row(enum kc_row_type type, const char *uid)
{
    struct kc_row r = row_of(type, uid);
    r.plan_digest = "sha256:plan";
    r.step = "1";
    return r;
}

static inline bool append_step(struct kc_audit *l, enum kc_row_type type, const char *uid, int64_t attempt,
                               struct kc_err *err)
{
    struct kc_row r = step_row(type, uid);
    struct kc_step_fact fact = {.request_uid = uid, .plan_digest = "sha256:plan", .step = "1", .attempt = attempt};
    return kc_audit_append(l,
                           &(struct kc_audit_batch){.rows = &r,
                                                    .n_rows = 1,
                                                    .intent = type == KC_ROW_INTENT ? &fact : NULL,
                                                    .outcome = type == KC_ROW_OUTCOME ? &fact : NULL},
                           NULL, err);
}

/* Somebody at the database with another tool: with PostgreSQL as its owner. */
static inline void sql(const struct fixture *f, const char *statements)
{
    sqlite3 *db;
    char *message = NULL;
    if (f->owner) {
        pg_exec(f->owner, kc_arena_printf(f->a, "SET search_path = kubechat; %s", statements));
        return;
    }
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, statements, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static inline int64_t sql_number(const struct fixture *f, const char *query)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    if (f->owner)
        return pg_exec(f->owner, kc_arena_printf(f->a, "SET search_path = kubechat; %s", query));
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}
