/* The PostgreSQL store's functions that read, and its connection's life. */
#include "controller/audit/pg_store.h"

#include <stdlib.h>
#include <string.h>

#include "controller/audit/pg_schema.h"
#include "controller/base/clock.h"

bool kc_pg_ready(struct kc_pg *s, struct kc_err *err)
{
    if (kc_pg_connected(&s->conn))
        return true;
    s->in_tx = false;
    if (!kc_pg_connect(&s->conn, err) || !kc_pg_check_version(&s->conn, err) ||
        (s->write && !kc_pg_check_writer(&s->conn, err)))
        goto fail;
    for (unsigned i = s->write ? 0 : P_NEWEST; i < P_ALL; i++)
        kc_pg_prepare(&s->conn, kc_pg_statements[i].name, kc_pg_statements[i].sql);
    if (kc_pg_exchange(&s->conn, "preparing", err))
        return true;
fail:
    kc_pg_disconnect(&s->conn);
    return false;
}

PGresult *kc_pg_ask(struct kc_pg *s, enum kc_pg_query q, const struct kc_pg_params *p, const char *what,
                    struct kc_err *err)
{
    struct kc_err why = {0};
    for (int i = 0; i < 2; i++) {
        bool used = kc_pg_connected(&s->conn);
        if (!used && s->in_tx) {
            kc_fail(&why, KC_UNAVAILABLE, "ConnectionLost", "audit store %s: %s: the connection was lost", s->uri.name,
                    what);
            break;
        }
        if (!kc_pg_ready(s, &why))
            break;
        kc_pg_queue(&s->conn, kc_pg_statements[q].name, p);
        if (kc_pg_exchange(&s->conn, what, &why))
            return kc_pg_take(&s->conn, 0);
        if (!used || s->in_tx || kc_pg_connected(&s->conn))
            break;
    }
    if (err)
        *err = why;
    return NULL;
}

struct kc_hash kc_pg_hash(const PGresult *r, int row, int col)
{
    struct kc_hash h = {0};
    if (PQgetlength(r, row, col) == (int)sizeof h.b)
        memcpy(h.b, PQgetvalue(r, row, col), sizeof h.b);
    return h;
}

static void close_store(struct kc_audit_store *store)
{
    struct kc_pg *s = kc_pg_of(store);
    kc_pg_forget(s);
    for (unsigned i = 0; i < P_PUTS; i++)
        kc_pg_columns_finish(&s->w.puts[i]);
    kc_pg_columns_finish(&s->w.entries);
    kc_buf_finish(&s->w.nodes);
    free(s->w.note);
    kc_pg_disconnect(&s->conn);
    (void)kc_arena_destroy(s->a);
    free(s);
}

static bool begin(struct kc_audit_store *store, bool write, struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    if (write)
        return kc_pg_begin_write(s, err);
    if (!kc_pg_ready(s, err))
        return false;
    kc_pg_queue_sql(&s->conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL);
    s->in_tx = kc_pg_exchange(&s->conn, "beginning", err);
    return s->in_tx;
}

static bool commit(struct kc_audit_store *store, struct kc_err *err)
{
    return kc_pg_commit_write(kc_pg_of(store), err);
}

static void rollback(struct kc_audit_store *store)
{
    struct kc_pg *s = kc_pg_of(store);
    kc_pg_forget(s);
    if (s->in_tx && kc_pg_connected(&s->conn)) {
        kc_pg_queue_sql(&s->conn, "ROLLBACK", NULL);
        if (!kc_pg_exchange(&s->conn, "rolling back", NULL))
            kc_pg_disconnect(&s->conn);
    }
    s->in_tx = false;
}

static bool origin(struct kc_audit_store *store, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    PGresult *r = kc_pg_ask(kc_pg_of(store), P_GET_ORIGIN, NULL, "reading the origin", err);
    if (r)
        *ret = PQntuples(r) ? kc_arena_strdup(a, kc_pg_text(r, 0, 0)) : NULL;
    PQclear(r);
    return r != NULL;
}

static bool node(struct kc_audit_store *store, unsigned level, uint64_t idx, struct kc_hash *ret, bool *ret_found,
                 struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    struct kc_pg_params p = {0};
    if (s->w.pending && !level && idx == s->w.head.size && !s->w.beyond) {
        *ret_found = false;
        return true;
    }
    *ret_found = kc_pg_edge_node(s, level, idx, ret);
    if (*ret_found)
        return true;
    if (level)
        kc_pg_add_int(&p, level);
    kc_pg_add_int(&p, (int64_t)idx);
    PGresult *r = kc_pg_ask(s, level ? P_GET_NODE : P_GET_LEAF, &p, "reading a hash", err);
    *ret_found = r && PQntuples(r);
    if (*ret_found)
        *ret = kc_pg_hash(r, 0, 0);
    PQclear(r);
    return r != NULL;
}

static bool head(struct kc_audit_store *store, uint64_t size, struct kc_stored_head *ret, bool *ret_found,
                 struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    struct kc_pg_params p = {0};
    if (size == KC_NEWEST && s->w.pending) {
        *ret_found = s->w.head.size != 0;
        if (*ret_found)
            *ret = s->w.head;
        return true;
    }
    if (size != KC_NEWEST)
        kc_pg_add_int(&p, (int64_t)size);
    PGresult *r = kc_pg_ask(s, size == KC_NEWEST ? P_GET_HEAD_NEWEST : P_GET_HEAD, &p, "reading a head", err);
    *ret_found = r && PQntuples(r);
    if (*ret_found)
        *ret = (struct kc_stored_head){.size = (uint64_t)kc_pg_int(r, 0, 0),
                                       .root = kc_pg_hash(r, 0, 1),
                                       .checkpoint = (uint64_t)kc_pg_int(r, 0, 2),
                                       .time = kc_pg_int(r, 0, 3)};
    PQclear(r);
    return r != NULL;
}

static bool checkpoint(struct kc_audit_store *store, uint64_t size, struct kc_arena *a, uint64_t *ret_size,
                       const char **ret_note, struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    struct kc_pg_params p = {0};
    if (size == KC_NEWEST && s->w.pending) {
        *ret_size = s->w.checkpoint;
        *ret_note = s->w.checkpoint ? kc_arena_strdup(a, s->w.note) : NULL;
        return true;
    }
    if (size != KC_NEWEST)
        kc_pg_add_int(&p, (int64_t)size);
    PGresult *r =
        kc_pg_ask(s, size == KC_NEWEST ? P_GET_CHECKPOINT_NEWEST : P_GET_CHECKPOINT, &p, "reading a checkpoint", err);
    bool found = r && PQntuples(r);
    if (r) {
        *ret_size = found ? (uint64_t)kc_pg_int(r, 0, 0) : 0;
        *ret_note = found ? kc_arena_strdup(a, kc_pg_text(r, 0, 1)) : NULL;
    }
    PQclear(r);
    return r != NULL;
}

static bool blob(struct kc_audit_store *store, const char *digest, struct kc_arena *a, const char **ret,
                 size_t *ret_len, struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    struct kc_pg_params p = {0};
    if (!a && kc_pg_pending_blob(s, digest)) {
        *ret = "";
        return true;
    }
    kc_pg_add_text(&p, digest);
    PGresult *r = kc_pg_ask(s, a ? P_GET_BLOB : P_HAS_BLOB, &p, "reading a blob", err);
    if (r)
        *ret = PQntuples(r) ? "" : NULL;
    if (r && PQntuples(r) && a) {
        *ret_len = (size_t)PQgetlength(r, 0, 0);
        char *copy = kc_arena_alloc(a, *ret_len + 1);
        memcpy(copy, PQgetvalue(r, 0, 0), *ret_len);
        *ret = copy;
    }
    PQclear(r);
    return r != NULL;
}

static bool entry_blob(struct kc_audit_store *store, int64_t idx, const char *digest, bool *ret_found,
                       struct kc_err *err)
{
    struct kc_pg_params p = {0};
    kc_pg_add_int(&p, idx);
    kc_pg_add_text(&p, digest);
    PGresult *r = kc_pg_ask(kc_pg_of(store), P_HAS_ENTRY_BLOB, &p, "reading a blob's name", err);
    *ret_found = r && PQntuples(r);
    PQclear(r);
    return r != NULL;
}

static bool claim(struct kc_audit_store *store, struct kc_claim *c, struct kc_arena *a, bool *ret_found,
                  struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    struct kc_pg_params p = {0};
    *ret_found = kc_pg_pending_claim(s, c);
    if (*ret_found)
        return true;
    for (unsigned i = 0; i < kc_claim_types[c->kind].keys; i++)
        kc_pg_add_text(&p, c->key[i]);
    PGresult *r = kc_pg_ask(s, P_GET_CLAIM + c->kind, &p, kc_claim_types[c->kind].what, err);
    *ret_found = r && PQntuples(r);
    if (*ret_found) {
        c->request_uid = kc_arena_strdup(a, kc_pg_text(r, 0, 0));
        c->idx = kc_pg_int(r, 0, 1);
    }
    PQclear(r);
    return r != NULL;
}

/* Once in a verification: not prepared. */
static PGresult *ask_sql(struct kc_pg *s, const char *sql, const char *what, struct kc_err *err)
{
    if (!kc_pg_connected(&s->conn) && (s->in_tx || !kc_pg_ready(s, err)))
        return kc_fail(err, KC_UNAVAILABLE, "ConnectionLost", "audit store %s: %s: the connection was lost",
                       s->uri.name, what),
               NULL;
    kc_pg_queue_sql(&s->conn, sql, NULL);
    return kc_pg_exchange(&s->conn, what, err) ? kc_pg_take(&s->conn, 0) : NULL;
}

static bool count(struct kc_audit_store *store, enum kc_audit_table t, uint64_t *ret, struct kc_err *err)
{
    static const char *const sql[KC_AUDIT_TABLES] = {
        [KC_TABLE_ENTRIES] = "SELECT count(*) FROM entries",
        [KC_TABLE_HEAD] = "SELECT (SELECT count(*) FROM entries WHERE root IS NOT NULL) + (SELECT count(*) FROM head)",
        [KC_TABLE_NODES] =
            "SELECT (SELECT count(*) FROM nodes) + (SELECT coalesce(sum((length(nodes) + 31) / 32), 0) FROM entries)",
        [KC_TABLE_BLOBS] = "SELECT count(*) FROM blobs",
        [KC_TABLE_ENTRY_BLOBS] = "SELECT count(*) FROM entry_blobs",
        [KC_TABLE_CHECKPOINTS] = "SELECT count(*) FROM checkpoints",
    };
    PGresult *r = ask_sql(kc_pg_of(store), sql[t], "counting", err);
    if (r)
        *ret = (uint64_t)kc_pg_int(r, 0, 0);
    PQclear(r);
    return r != NULL;
}

static bool visit_entries(const PGresult *r, kc_entry_visitor visit, void *arg, struct kc_err *err)
{
    for (int i = 0; i < PQntuples(r); i++) {
        struct kc_stored_entry e = {.idx = kc_pg_int(r, i, 0),
                                    .bytes = PQgetvalue(r, i, 1),
                                    .len = (size_t)PQgetlength(r, i, 1),
                                    .leaf = kc_pg_hash(r, i, 2),
                                    .time = kc_pg_int(r, i, 3),
                                    .type = kc_pg_text(r, i, 4),
                                    .request_uid = kc_pg_text(r, i, 5)};
        if (!visit(arg, &e, err))
            return false;
    }
    return true;
}

/* Page by page, so that the visitor may use the connection and memory stays bounded. */
static bool entries(struct kc_audit_store *store, uint64_t from, uint64_t to, const char *request_uid,
                    kc_entry_visitor visit, void *arg, struct kc_err *err)
{
    int64_t at = (int64_t)from, end = to > INT64_MAX ? INT64_MAX : (int64_t)to;
    for (bool ok = true, more = true; ok && more;) {
        struct kc_pg_params p = {0};
        kc_pg_add_int(&p, at);
        kc_pg_add_int(&p, end);
        if (request_uid)
            kc_pg_add_text(&p, request_uid);
        PGresult *r =
            kc_pg_ask(kc_pg_of(store), request_uid ? P_GET_ENTRIES_OF : P_GET_ENTRIES, &p, "reading entries", err);
        ok = r && visit_entries(r, visit, arg, err);
        more = ok && PQntuples(r);
        if (more)
            at = kc_pg_int(r, PQntuples(r) - 1, 0) + 1;
        PQclear(r);
        if (!ok)
            return false;
    }
    return true;
}

static bool visit_claims(const PGresult *r, enum kc_claim_kind kind, kc_claim_visitor visit, void *arg,
                         struct kc_err *err)
{
    for (int i = 0; i < PQntuples(r); i++) {
        struct kc_claim c = {.kind = kind, .request_uid = kc_pg_text(r, i, 0), .idx = kc_pg_int(r, i, 1)};
        for (unsigned k = 0; k < kc_claim_types[kind].keys; k++)
            c.key[k] = kc_pg_text(r, i, (int)k + 2);
        if (!visit(arg, &c, err))
            return false;
    }
    return true;
}

/* Within a transaction: a cursor keeps the place. */
static bool claims(struct kc_audit_store *store, enum kc_claim_kind kind, kc_claim_visitor visit, void *arg,
                   struct kc_err *err)
{
#define WALK "DECLARE walk NO SCROLL CURSOR FOR SELECT request_uid, idx, "
    static const char *const sql[KC_CLAIM_KINDS] = {
        [KC_CLAIM_ONCE] = WALK "request_uid, type, key FROM once",
        [KC_CLAIM_INTENT] = WALK "request_uid, plan_digest, step, attempt::text FROM intents",
        [KC_CLAIM_OUTCOME] = WALK "request_uid, plan_digest, step, attempt::text FROM outcomes",
        [KC_CLAIM_NONCE] = WALK "nonce FROM nonces",
        [KC_CLAIM_RUN] = WALK "ns, name, spec_digest FROM runs",
    };
#undef WALK
    struct kc_pg *s = kc_pg_of(store);
    const char *what = kc_claim_types[kind].what;
    PGresult *r = ask_sql(s, sql[kind], what, err);
    for (int n = 1; r && n;) {
        PQclear(r);
        r = ask_sql(s, "FETCH 1000 FROM walk", what, err);
        n = r ? PQntuples(r) : 0;
        if (r && !visit_claims(r, kind, visit, arg, err)) {
            PQclear(r);
            r = NULL;
        }
    }
    if (!r)
        return false;
    PQclear(r);
    r = ask_sql(s, "CLOSE walk", what, err);
    PQclear(r);
    return r != NULL;
}

static bool visit_blob(struct kc_audit_store *store, const char *digest, kc_blob_visitor visit, void *arg,
                       struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *bytes;
    size_t len = 0;
    if (!blob(store, digest, a, &bytes, &len, err))
        return false;
    return !bytes || visit(arg, digest, bytes, len, err);
}

/* One at a time: a blob may be large. */
static bool blobs(struct kc_audit_store *store, kc_blob_visitor visit, void *arg, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *after = "";
    for (int n = 1; n;) {
        struct kc_pg_params p = {0};
        kc_pg_add_text(&p, after);
        PGresult *r = kc_pg_ask(kc_pg_of(store), P_GET_BLOB_NAMES, &p, "reading blobs", err);
        if (!r)
            return false;
        n = PQntuples(r);
        bool ok = true;
        for (int i = 0; ok && i < n; i++)
            ok = visit_blob(store, kc_pg_text(r, i, 0), visit, arg, err);
        kc_arena_reset(a);
        after = n ? kc_arena_strdup(a, kc_pg_text(r, n - 1, 0)) : "";
        PQclear(r);
        if (!ok)
            return false;
    }
    return true;
}

static bool checkpoints(struct kc_audit_store *store, kc_checkpoint_visitor visit, void *arg, struct kc_err *err)
{
    int64_t after = 0;
    for (int n = 1; n;) {
        struct kc_pg_params p = {0};
        kc_pg_add_int(&p, after);
        PGresult *r = kc_pg_ask(kc_pg_of(store), P_GET_CHECKPOINTS, &p, "reading checkpoints", err);
        bool ok = r != NULL;
        n = r ? PQntuples(r) : 0;
        for (int i = 0; ok && i < n; i++) {
            after = kc_pg_int(r, i, 0);
            ok = visit(arg, (uint64_t)after, kc_pg_text(r, i, 1), err);
        }
        PQclear(r);
        if (!ok)
            return false;
    }
    return true;
}

static bool self_check(struct kc_audit_store *store, kc_fault_visitor visit, void *arg, struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    return kc_pg_ready(s, err) && kc_pg_check_guards(&s->conn, visit, arg, err);
}

static const struct kc_audit_store_ops ops = {
    .close = close_store,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put_origin = kc_pg_put_origin,
    .put_entry = kc_pg_put_entry,
    .put_entry_blob = kc_pg_put_entry_blob,
    .put_node = kc_pg_put_node,
    .put_blob = kc_pg_put_blob,
    .put_claim = kc_pg_put_claim,
    .put_head = kc_pg_put_head,
    .put_checkpoint = kc_pg_put_checkpoint,
    .origin = origin,
    .node = node,
    .head = head,
    .checkpoint = checkpoint,
    .blob = blob,
    .entry_blob = entry_blob,
    .claim = claim,
    .count = count,
    .entries = entries,
    .claims = claims,
    .blobs = blobs,
    .checkpoints = checkpoints,
    .self_check = self_check,
};

struct kc_audit_store *kc_pg_open(const char *uri, enum kc_store_use use, struct kc_err *err)
{
    struct kc_pg *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->store.ops = &ops;
    s->a = kc_arena_create();
    s->write = use == KC_STORE_WRITE;
    s->conn = (struct kc_pg_conn){
        .uri = &s->uri, .patient = use == KC_STORE_SCAN, .backoff = {.base_ms = 100, .max_ms = KC_SECOND_MS}};
    if (kc_pg_uri_parse(s->a, uri, &s->uri, err) && kc_pg_ready(s, err))
        return &s->store;
    return kc_audit_store_close(&s->store);
}
