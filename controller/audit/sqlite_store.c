/* The SQLite store's functions, each one statement. */
#include "controller/audit/sqlite_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controller/audit/sqlite_schema.h"

static const char *const sql[Q_ALL] = {
    [Q_BEGIN_READ] = "BEGIN",
    [Q_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_ROLLBACK] = "ROLLBACK",
    [Q_PUT_ORIGIN] = "INSERT INTO log VALUES(1, ?1)",
    [Q_PUT_ENTRY] = "INSERT INTO entries VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): statements longer than a line
    [Q_PUT_ENTRY_BLOB] = "INSERT INTO entry_blobs SELECT ?1, ?2 WHERE NOT EXISTS"
                         " (SELECT 1 FROM entry_blobs WHERE idx=?1 AND digest=?2)",
    [Q_PUT_NODE] = "INSERT INTO nodes VALUES(?1, ?2, ?3)",
    [Q_PUT_BLOB] = "INSERT INTO blobs SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE digest=?1)",
    [Q_PUT_HEAD] = "INSERT INTO head VALUES(?1, ?2, ?3, ?4)",
    [Q_PUT_CHECKPOINT] = "INSERT INTO checkpoints VALUES(?1, ?2, ?3)",
    [Q_ORIGIN] = "SELECT origin FROM log",
    [Q_LEAF] = "SELECT leaf_hash FROM entries WHERE idx=?1",
    [Q_NODE] = "SELECT hash FROM nodes WHERE level=?1 AND idx=?2",
    [Q_HEAD_NEWEST] = "SELECT size, root, checkpoint, time FROM head ORDER BY size DESC LIMIT 1",
    [Q_HEAD_AT] = "SELECT size, root, checkpoint, time FROM head WHERE size=?1",
    [Q_CHECKPOINT_NEWEST] = "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1",
    [Q_CHECKPOINT_AT] = "SELECT size, note FROM checkpoints WHERE size=?1",
    [Q_BLOB] = "SELECT bytes FROM blobs WHERE digest=?1",
    [Q_HAS_BLOB] = "SELECT 1 FROM blobs WHERE digest=?1",
    [Q_ENTRY_BLOB] = "SELECT 1 FROM entry_blobs WHERE idx=?1 AND digest=?2",
    [Q_ENTRIES] =
        "SELECT idx, entry, leaf_hash, time, type, request_uid FROM entries WHERE idx>=?1 AND idx<?2 ORDER BY idx",
    [Q_ENTRIES_OF] = "SELECT idx, entry, leaf_hash, time, type, request_uid FROM entries"
                     " WHERE idx>=?1 AND idx<?2 AND request_uid=?3 AND request_uid<>'' ORDER BY idx",
    [Q_BLOBS] = "SELECT digest, bytes FROM blobs ORDER BY digest",
    [Q_CHECKPOINTS] = "SELECT size, note FROM checkpoints ORDER BY size",
    [Q_INTEGRITY] = "PRAGMA integrity_check(20)",
    [Q_COUNT + KC_TABLE_ENTRIES] = "SELECT count(*) FROM entries",
    [Q_COUNT + KC_TABLE_HEAD] = "SELECT count(*) FROM head",
    [Q_COUNT + KC_TABLE_NODES] = "SELECT count(*) FROM nodes",
    [Q_COUNT + KC_TABLE_BLOBS] = "SELECT count(*) FROM blobs",
    [Q_COUNT + KC_TABLE_ENTRY_BLOBS] = "SELECT count(*) FROM entry_blobs",
    [Q_COUNT + KC_TABLE_CHECKPOINTS] = "SELECT count(*) FROM checkpoints",
    /* Claims: the keys are parameters 1.., whose it is 5, the entry 6. Read: whose, entry, then the keys. */
    [Q_CLAIM_PUT + KC_CLAIM_ONCE] = "INSERT INTO once VALUES(?1, ?2, ?3, ?6)",
    [Q_CLAIM_PUT + KC_CLAIM_INTENT] = "INSERT INTO intents VALUES(?1, ?2, ?3, ?4, ?6)",
    [Q_CLAIM_PUT + KC_CLAIM_OUTCOME] = "INSERT INTO outcomes VALUES(?1, ?2, ?3, ?4, ?6)",
    [Q_CLAIM_PUT + KC_CLAIM_NONCE] = "INSERT INTO nonces VALUES(?1, ?5, ?6)",
    [Q_CLAIM_PUT + KC_CLAIM_RUN] = "INSERT INTO runs VALUES(?1, ?2, ?3, ?5, ?6)",
    [Q_CLAIM_GET + KC_CLAIM_ONCE] = "SELECT request_uid, idx FROM once WHERE request_uid=?1 AND type=?2 AND key=?3",
    [Q_CLAIM_GET + KC_CLAIM_INTENT] = "SELECT request_uid, idx FROM intents"
                                      " WHERE request_uid=?1 AND plan_digest=?2 AND step=?3 AND attempt=?4",
    [Q_CLAIM_GET + KC_CLAIM_OUTCOME] = "SELECT request_uid, idx FROM outcomes"
                                       " WHERE request_uid=?1 AND plan_digest=?2 AND step=?3 AND attempt=?4",
    [Q_CLAIM_GET + KC_CLAIM_NONCE] = "SELECT request_uid, idx FROM nonces WHERE nonce=?1",
    [Q_CLAIM_GET + KC_CLAIM_RUN] = "SELECT request_uid, idx FROM runs WHERE ns=?1 AND name=?2 AND spec_digest=?3",
    [Q_CLAIM_ALL + KC_CLAIM_ONCE] = "SELECT request_uid, idx, request_uid, type, key FROM once",
    [Q_CLAIM_ALL + KC_CLAIM_INTENT] = "SELECT request_uid, idx, request_uid, plan_digest, step, attempt FROM intents",
    [Q_CLAIM_ALL + KC_CLAIM_OUTCOME] = "SELECT request_uid, idx, request_uid, plan_digest, step, attempt FROM outcomes",
    [Q_CLAIM_ALL + KC_CLAIM_NONCE] = "SELECT request_uid, idx, nonce FROM nonces",
    [Q_CLAIM_ALL + KC_CLAIM_RUN] = "SELECT request_uid, idx, ns, name, spec_digest FROM runs",
};

/* NULL with err. Whoever takes it ends with done(). */
static sqlite3_stmt *take(struct kc_sqlite *s, unsigned q, struct kc_err *err)
{
    if (!s->stmts[q] &&
        sqlite3_prepare_v3(s->db, sql[q], -1, SQLITE_PREPARE_PERSISTENT, &s->stmts[q], NULL) != SQLITE_OK)
        kc_sqlite_fail(s->db, "preparing", err);
    return s->stmts[q];
}

static void done(sqlite3_stmt *st)
{
    (void)sqlite3_reset(st);
    (void)sqlite3_clear_bindings(st);
}

static void bind_int(sqlite3_stmt *st, int at, int64_t v)
{
    (void)sqlite3_bind_int64(st, at, v);
}

/* The bytes stay the caller's: they live until done(). */
static void bind_text(sqlite3_stmt *st, int at, const char *v)
{
    (void)sqlite3_bind_text(st, at, v, -1, SQLITE_STATIC);
}

static void bind_bytes(sqlite3_stmt *st, int at, const void *p, size_t len)
{
    (void)sqlite3_bind_blob64(st, at, len ? p : "", len, SQLITE_STATIC);
}

/* For statements without a result. A parameter that could not be bound shows as a NULL that the table refuses. */
static bool run(struct kc_sqlite *s, sqlite3_stmt *st, const char *what, struct kc_err *err)
{
    bool ok = sqlite3_step(st) == SQLITE_DONE || kc_sqlite_fail(s->db, what, err);
    done(st);
    return ok;
}

/* The next row. False with *ret_failed unset at the end of the result. */
static bool next(struct kc_sqlite *s, sqlite3_stmt *st, bool *ret_failed, struct kc_err *err)
{
    int rc = sqlite3_step(st);
    *ret_failed = rc != SQLITE_ROW && rc != SQLITE_DONE;
    if (*ret_failed)
        kc_sqlite_fail(s->db, "reading", err);
    return rc == SQLITE_ROW;
}

static const char *text_of(sqlite3_stmt *st, int col)
{
    const char *t = (const char *)sqlite3_column_text(st, col);
    return t ? t : "";
}

/* A hash of another length is damage; it reads as zeros, which fit nothing. */
static struct kc_hash hash_of(sqlite3_stmt *st, int col)
{
    struct kc_hash h = {0};
    const void *p = sqlite3_column_blob(st, col);
    if (p && sqlite3_column_bytes(st, col) == (int)sizeof h.b)
        memcpy(h.b, p, sizeof h.b);
    return h;
}

static void close_store(struct kc_audit_store *store)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    for (size_t i = 0; i < Q_ALL; i++)
        sqlite3_finalize(s->stmts[i]);
    sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    free(s->path);
    free(s);
}

/* A file that was moved or deleted would take rows that nobody finds again. */
static bool still_there(struct kc_sqlite *s, struct kc_err *err)
{
    int moved = 0;
    (void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return !moved || kc_fail(err, KC_UNAVAILABLE, "StoreMoved",
                             "audit store %s: the file was moved or deleted: put it back or restart", s->path);
}

static bool begin(struct kc_audit_store *store, bool write, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    if (write && !still_there(s, err))
        return false;
    sqlite3_stmt *st = take(s, write ? Q_BEGIN_WRITE : Q_BEGIN_READ, err);
    return st && run(s, st, "beginning", err);
}

static bool commit(struct kc_audit_store *store, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_COMMIT, err);
    return st && run(s, st, "committing", err);
}

static void rollback(struct kc_audit_store *store)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    /* Some failures have rolled back by themselves. */
    sqlite3_stmt *st = sqlite3_get_autocommit(s->db) ? NULL : take(s, Q_ROLLBACK, NULL);
    if (st)
        (void)run(s, st, "rolling back", NULL);
}

static bool put_origin(struct kc_audit_store *store, const char *origin, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_ORIGIN, err);
    if (!st)
        return false;
    bind_text(st, 1, origin);
    return run(s, st, "storing the origin", err);
}

static bool put_entry(struct kc_audit_store *store, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_ENTRY, err);
    if (!st)
        return false;
    bind_int(st, 1, e->idx);
    bind_bytes(st, 2, e->bytes, e->len);
    bind_bytes(st, 3, e->leaf.b, sizeof e->leaf.b);
    bind_int(st, 4, e->time);
    bind_text(st, 5, e->type);
    bind_text(st, 6, e->request_uid);
    return run(s, st, "storing an entry", err);
}

static bool put_entry_blob(struct kc_audit_store *store, int64_t idx, const char *digest, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_ENTRY_BLOB, err);
    if (!st)
        return false;
    bind_int(st, 1, idx);
    bind_text(st, 2, digest);
    return run(s, st, "storing a blob's name", err);
}

static bool put_node(struct kc_audit_store *store, unsigned level, uint64_t idx, const struct kc_hash *h,
                     struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_NODE, err);
    if (!st)
        return false;
    bind_int(st, 1, level);
    bind_int(st, 2, (int64_t)idx);
    bind_bytes(st, 3, h->b, sizeof h->b);
    return run(s, st, "storing a hash", err);
}

static bool put_blob(struct kc_audit_store *store, const char *digest, const char *bytes, size_t len,
                     struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_BLOB, err);
    if (!st)
        return false;
    bind_text(st, 1, digest);
    bind_bytes(st, 2, bytes, len);
    return run(s, st, "storing a blob", err);
}

static bool put_head(struct kc_audit_store *store, const struct kc_stored_head *h, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_HEAD, err);
    if (!st)
        return false;
    bind_int(st, 1, (int64_t)h->size);
    bind_bytes(st, 2, h->root.b, sizeof h->root.b);
    bind_int(st, 3, (int64_t)h->checkpoint);
    bind_int(st, 4, h->time);
    return run(s, st, "storing the head", err);
}

static bool put_checkpoint(struct kc_audit_store *store, uint64_t size, const char *note, int64_t time,
                           struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_PUT_CHECKPOINT, err);
    if (!st)
        return false;
    bind_int(st, 1, (int64_t)size);
    bind_text(st, 2, note);
    bind_int(st, 3, time);
    return run(s, st, "storing a checkpoint", err);
}

static bool origin(struct kc_audit_store *store, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_ORIGIN, err);
    bool failed = true;
    if (!st)
        return false;
    *ret = next(s, st, &failed, err) ? kc_arena_strdup(a, text_of(st, 0)) : NULL;
    done(st);
    return !failed;
}

static bool node(struct kc_audit_store *store, unsigned level, uint64_t idx, struct kc_hash *ret, bool *ret_found,
                 struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, level ? Q_NODE : Q_LEAF, err);
    bool failed = true;
    if (!st)
        return false;
    if (level)
        bind_int(st, 1, level);
    bind_int(st, level ? 2 : 1, (int64_t)idx);
    *ret_found = next(s, st, &failed, err);
    if (*ret_found)
        *ret = hash_of(st, 0);
    done(st);
    return !failed;
}

static bool head(struct kc_audit_store *store, uint64_t size, struct kc_stored_head *ret, bool *ret_found,
                 struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, size == KC_NEWEST ? Q_HEAD_NEWEST : Q_HEAD_AT, err);
    bool failed = true;
    if (!st)
        return false;
    if (size != KC_NEWEST)
        bind_int(st, 1, (int64_t)size);
    *ret_found = next(s, st, &failed, err);
    if (*ret_found)
        *ret = (struct kc_stored_head){.size = (uint64_t)sqlite3_column_int64(st, 0),
                                       .root = hash_of(st, 1),
                                       .checkpoint = (uint64_t)sqlite3_column_int64(st, 2),
                                       .time = sqlite3_column_int64(st, 3)};
    done(st);
    return !failed;
}

static bool checkpoint(struct kc_audit_store *store, uint64_t size, struct kc_arena *a, uint64_t *ret_size,
                       const char **ret_note, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, size == KC_NEWEST ? Q_CHECKPOINT_NEWEST : Q_CHECKPOINT_AT, err);
    bool failed = true;
    if (!st)
        return false;
    if (size != KC_NEWEST)
        bind_int(st, 1, (int64_t)size);
    bool found = next(s, st, &failed, err);
    *ret_size = found ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    *ret_note = found ? kc_arena_strdup(a, text_of(st, 1)) : NULL;
    done(st);
    return !failed;
}

static bool blob(struct kc_audit_store *store, const char *digest, struct kc_arena *a, const char **ret,
                 size_t *ret_len, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, a ? Q_BLOB : Q_HAS_BLOB, err);
    bool failed = true;
    if (!st)
        return false;
    bind_text(st, 1, digest);
    bool found = next(s, st, &failed, err);
    *ret = found ? "" : NULL;
    if (found && a) {
        const char *bytes = sqlite3_column_blob(st, 0);
        *ret_len = (size_t)sqlite3_column_bytes(st, 0);
        char *copy = kc_arena_alloc(a, *ret_len + 1);
        if (*ret_len)
            memcpy(copy, bytes, *ret_len);
        *ret = copy;
    }
    done(st);
    return !failed;
}

static bool entry_blob(struct kc_audit_store *store, int64_t idx, const char *digest, bool *ret_found,
                       struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_ENTRY_BLOB, err);
    bool failed = true;
    if (!st)
        return false;
    bind_int(st, 1, idx);
    bind_text(st, 2, digest);
    *ret_found = next(s, st, &failed, err);
    done(st);
    return !failed;
}

static void bind_keys(sqlite3_stmt *st, const struct kc_claim *c)
{
    for (unsigned i = 0; i < kc_claim_types[c->kind].keys; i++)
        bind_text(st, (int)i + 1, c->key[i]);
}

static bool put_claim(struct kc_audit_store *store, const struct kc_claim *c, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_CLAIM_PUT + c->kind, err);
    if (!st)
        return false;
    bind_keys(st, c);
    if (c->kind == KC_CLAIM_NONCE || c->kind == KC_CLAIM_RUN) /* elsewhere the request is a key */
        bind_text(st, 5, c->request_uid);
    bind_int(st, 6, c->idx);
    return run(s, st, kc_claim_types[c->kind].what, err);
}

static bool claim(struct kc_audit_store *store, struct kc_claim *c, struct kc_arena *a, bool *ret_found,
                  struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_CLAIM_GET + c->kind, err);
    bool failed = true;
    if (!st)
        return false;
    bind_keys(st, c);
    *ret_found = next(s, st, &failed, err);
    if (*ret_found) {
        c->request_uid = kc_arena_strdup(a, text_of(st, 0));
        c->idx = sqlite3_column_int64(st, 1);
    }
    done(st);
    return !failed;
}

static bool count(struct kc_audit_store *store, enum kc_audit_table t, uint64_t *ret, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_COUNT + t, err);
    bool failed = true;
    if (!st)
        return false;
    if (next(s, st, &failed, err))
        *ret = (uint64_t)sqlite3_column_int64(st, 0);
    done(st);
    return !failed;
}

static bool entries(struct kc_audit_store *store, uint64_t from, uint64_t to, const char *request_uid,
                    kc_entry_visitor visit, void *arg, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, request_uid ? Q_ENTRIES_OF : Q_ENTRIES, err);
    bool failed = true, ok = true;
    if (!st)
        return false;
    bind_int(st, 1, (int64_t)from);
    bind_int(st, 2, to > INT64_MAX ? INT64_MAX : (int64_t)to);
    if (request_uid)
        bind_text(st, 3, request_uid);
    while (ok && next(s, st, &failed, err)) {
        struct kc_stored_entry e = {.idx = sqlite3_column_int64(st, 0),
                                    .leaf = hash_of(st, 2),
                                    .time = sqlite3_column_int64(st, 3),
                                    .type = text_of(st, 4),
                                    .request_uid = text_of(st, 5)};
        const char *bytes = sqlite3_column_blob(st, 1);
        e.bytes = bytes ? bytes : "";
        e.len = (size_t)sqlite3_column_bytes(st, 1);
        ok = visit(arg, &e, err);
    }
    done(st);
    return ok && !failed;
}

static bool claims(struct kc_audit_store *store, enum kc_claim_kind kind, kc_claim_visitor visit, void *arg,
                   struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_CLAIM_ALL + kind, err);
    bool failed = true, ok = true;
    if (!st)
        return false;
    while (ok && next(s, st, &failed, err)) {
        struct kc_claim c = {.kind = kind, .request_uid = text_of(st, 0), .idx = sqlite3_column_int64(st, 1)};
        for (unsigned i = 0; i < kc_claim_types[kind].keys; i++)
            c.key[i] = text_of(st, (int)i + 2);
        ok = visit(arg, &c, err);
    }
    done(st);
    return ok && !failed;
}

static bool blobs(struct kc_audit_store *store, kc_blob_visitor visit, void *arg, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_BLOBS, err);
    bool failed = true, ok = true;
    if (!st)
        return false;
    while (ok && next(s, st, &failed, err)) {
        const char *bytes = sqlite3_column_blob(st, 1);
        ok = visit(arg, text_of(st, 0), bytes ? bytes : "", (size_t)sqlite3_column_bytes(st, 1), err);
    }
    done(st);
    return ok && !failed;
}

static bool checkpoints(struct kc_audit_store *store, kc_checkpoint_visitor visit, void *arg, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_CHECKPOINTS, err);
    bool failed = true, ok = true;
    if (!st)
        return false;
    while (ok && next(s, st, &failed, err))
        ok = visit(arg, (uint64_t)sqlite3_column_int64(st, 0), text_of(st, 1), err);
    done(st);
    return ok && !failed;
}

static bool self_check(struct kc_audit_store *store, kc_fault_visitor visit, void *arg, struct kc_err *err)
{
    struct kc_sqlite *s = kc_sqlite_of(store);
    sqlite3_stmt *st = take(s, Q_INTEGRITY, err);
    bool failed = true;
    if (!st)
        return false;
    while (next(s, st, &failed, err))
        if (strcmp(text_of(st, 0), "ok") != 0)
            visit(arg, text_of(st, 0));
    done(st);
    return !failed && kc_sqlite_check_guards(s->db, visit, arg, err);
}

const struct kc_audit_store_ops kc_sqlite_ops = {
    .close = close_store,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .put_origin = put_origin,
    .put_entry = put_entry,
    .put_entry_blob = put_entry_blob,
    .put_node = put_node,
    .put_blob = put_blob,
    .put_claim = put_claim,
    .put_head = put_head,
    .put_checkpoint = put_checkpoint,
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
