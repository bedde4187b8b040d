/* fixture: a store in a folder of its own, and rows for it. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "controller/audit/log.h"
#include "controller/base/clock.h"

#define ORIGIN "kubechat.io/test"

struct fixture {
    char folder[64];
    char path[80];
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
    f->public_key = kc_signer_public(f->signer, f->a);
    *state = f;
    return 0;
}

static inline int fixture_down(void **state)
{
    struct fixture *f = *state;
    char command[96];
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
        kc_audit_open(&(struct kc_audit_options){.path = f->path, .origin = ORIGIN, .signer = f->signer}, &err);
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

/* Somebody at the file with another tool. */
static inline void sql(const struct fixture *f, const char *statements)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, statements, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

static inline int64_t sql_number(const struct fixture *f, const char *query)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, query, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}
