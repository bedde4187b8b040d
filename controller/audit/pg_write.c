/* The PostgreSQL store's write transaction. */
#include <stdlib.h>
#include <string.h>

#include "controller/audit/pg_store.h"

#define T KC_PG_TEXT
#define I KC_PG_INT
#define B KC_PG_BYTES
static const enum kc_pg_type types[P_PUTS][KC_PG_COLUMNS] = {
    [P_ORIGIN] = {T},
    [P_BLOBS] = {T, B},
    [P_ENTRY_BLOBS] = {I, T},
    [P_CLAIMS + KC_CLAIM_ONCE] = {T, T, T, I},
    [P_CLAIMS + KC_CLAIM_INTENT] = {T, T, T, T, I},
    [P_CLAIMS + KC_CLAIM_OUTCOME] = {T, T, T, T, I},
    [P_CLAIMS + KC_CLAIM_NONCE] = {T, T, I},
    [P_CLAIMS + KC_CLAIM_RUN] = {T, T, T, T, I},
    [P_CHECKPOINT] = {I, T, I},
};
static const enum kc_pg_type entry_types[KC_PG_COLUMNS] = {I, B, B, I, T, T, B};
#undef T
#undef I
#undef B

static void clear(struct kc_pg_columns *c, const enum kc_pg_type of[KC_PG_COLUMNS])
{
    memcpy(c->types, of, sizeof c->types);
    kc_pg_columns_clear(c);
}

static void forget_pending(struct kc_pg_write *w)
{
    for (unsigned i = 0; i < P_PUTS; i++)
        clear(&w->puts[i], types[i]);
    clear(&w->entries, entry_types);
    kc_buf_clear(&w->nodes);
    w->next = (struct kc_stored_head){0};
    w->next_checkpoint = 0;
    w->pending = kc_map_destroy(w->pending);
    w->a = kc_arena_destroy(w->a);
}

void kc_pg_forget(struct kc_pg *s)
{
    forget_pending(&s->w);
    s->w.known = s->w.alone = s->w.lazy = false;
    memset(s->w.edge, 0, sizeof s->w.edge);
}

static void set_checkpoint(struct kc_pg_write *w, uint64_t size, const char *note)
{
    free(w->note);
    w->checkpoint = size;
    w->note = strdup(note);
    if (!w->note)
        abort();
}

/* Under the lock: the newest head and checkpoint, and whether the head is where our last transaction left it. */
static void take_newest(struct kc_pg_write *w, const PGresult *r)
{
    struct kc_stored_head head = {.size = (uint64_t)kc_pg_int(r, 0, 0),
                                  .root = kc_pg_hash(r, 0, 1),
                                  .checkpoint = (uint64_t)kc_pg_int(r, 0, 2),
                                  .time = kc_pg_int(r, 0, 3)};
    w->alone = w->known && head.size == w->head.size && memcmp(head.root.b, w->head.root.b, sizeof head.root.b) == 0;
    if (!w->alone)
        memset(w->edge, 0, sizeof w->edge);
    w->head = head;
    w->beyond = kc_pg_int(r, 0, 6) != 0;
    w->known = true;
    set_checkpoint(w, (uint64_t)kc_pg_int(r, 0, 4), kc_pg_text(r, 0, 5));
}

static bool begin_now(struct kc_pg *s, struct kc_err *err)
{
    kc_pg_queue(&s->conn, kc_pg_statements[P_BEGIN].name, NULL);
    kc_pg_queue(&s->conn, kc_pg_statements[P_LOCK].name, NULL);
    kc_pg_queue(&s->conn, kc_pg_statements[P_NEWEST].name, NULL);
    s->in_tx = true;
    if (!kc_pg_exchange(&s->conn, "beginning", err))
        return false;
    take_newest(&s->w, s->conn.results[2]);
    return true;
}

/* A connection that died since the last transaction is found out here, before anything is at stake. */
static bool begin_anew(struct kc_pg *s, struct kc_err *err)
{
    struct kc_err why = {0};
    bool used = kc_pg_connected(&s->conn);
    if (!kc_pg_ready(s, err))
        return false;
    if (begin_now(s, &why) || (used && !kc_pg_connected(&s->conn) && kc_pg_ready(s, &why) && begin_now(s, &why)))
        return true;
    if (err)
        *err = why;
    return false;
}

bool kc_pg_begin_write(struct kc_pg *s, struct kc_err *err)
{
    struct kc_pg_write *w = &s->w;
    forget_pending(w);
    w->lazy = kc_pg_connected(&s->conn) && w->known && w->alone && w->head.size;
    if (!w->lazy && !begin_anew(s, err))
        return false;
    w->a = kc_arena_create();
    w->pending = kc_map_create(NULL);
    return true;
}

/* Where the transaction goes on from; under the lock that is known. */
static void add_place(const struct kc_pg_write *w, struct kc_pg_params *p)
{
    kc_pg_add_int(p, w->lazy ? (int64_t)w->head.size : 0);
    kc_pg_add_bytes(p, w->head.root.b, sizeof w->head.root.b);
    kc_pg_add_int(p, (int64_t)w->checkpoint);
}

/* The last column of the newest entry: its nodes came behind it. */
static void end_entry(struct kc_pg_write *w)
{
    if (w->entries.at)
        kc_pg_col_bytes(&w->entries, w->nodes.len ? w->nodes.data : "", w->nodes.len);
    kc_buf_clear(&w->nodes);
}

static void queue_append(struct kc_pg *s)
{
    struct kc_pg_params p = {0};
    end_entry(&s->w);
    add_place(&s->w, &p);
    bool one = kc_pg_columns_row(&s->w.entries, &p);
    if (!one)
        kc_pg_columns_params(&s->w.entries, &p);
    kc_pg_add_int(&p, (int64_t)s->w.next.size);
    kc_pg_add_bytes(&p, s->w.next.root.b, sizeof s->w.next.root.b);
    kc_pg_add_int(&p, (int64_t)s->w.next.checkpoint);
    kc_pg_add_int(&p, s->w.next.time);
    kc_pg_queue(&s->conn, kc_pg_statements[one ? P_APPEND_ONE : P_APPEND].name, &p);
}

static void queue_expect_head(struct kc_pg *s)
{
    struct kc_pg_params p = {0};
    add_place(&s->w, &p);
    kc_pg_queue(&s->conn, kc_pg_statements[P_EXPECT_HEAD].name, &p);
}

static void queue_puts(struct kc_pg *s)
{
    bool placed = !s->w.lazy;
    if (s->w.next.size) {
        queue_append(s);
        placed = true;
    }
    for (unsigned i = 0; i < P_PUTS; i++) {
        struct kc_pg_params p = {0};
        if (!s->w.puts[i].n_rows)
            continue;
        if (!placed)
            queue_expect_head(s);
        placed = true;
        kc_pg_columns_params(&s->w.puts[i], &p);
        kc_pg_queue(&s->conn, kc_pg_statements[i].name, &p);
    }
}

/* Under the lock nobody else can have been first. */
static bool fail_commit(const struct kc_pg *s, struct kc_err *err)
{
    if (!s->w.lazy && err && err->class == KC_CONFLICT)
        err->class = KC_INVALID;
    return false;
}

bool kc_pg_commit_write(struct kc_pg *s, struct kc_err *err)
{
    struct kc_pg_write *w = &s->w;
    if (!kc_pg_connected(&s->conn) && (!w->lazy || !kc_pg_ready(s, err)))
        return kc_fail(err, KC_UNAVAILABLE, "CannotConnect", "audit store %s: the connection was lost", s->uri.name);
    /* With nothing to say, a round trip still tells whether the server is there. */
    queue_puts(s);
    if (s->in_tx)
        kc_pg_queue(&s->conn, kc_pg_statements[P_COMMIT].name, NULL);
    if (!kc_pg_exchange(&s->conn, "appending", err))
        return fail_commit(s, err);
    s->in_tx = false;
    if (w->next.size)
        w->head = w->next;
    if (w->next_checkpoint)
        set_checkpoint(w, w->next_checkpoint, w->next_note);
    forget_pending(w);
    return true;
}

/* Kind and keys behind each other, each ended by a character that none of them has. */
static const char *claim_key(struct kc_arena *a, const struct kc_claim *c)
{
    const char *key = kc_arena_printf(a, "%d", (int)c->kind);
    for (unsigned i = 0; i < kc_claim_types[c->kind].keys; i++)
        key = kc_arena_printf(a, "%s\x1f%s", key, c->key[i]);
    return key;
}

bool kc_pg_pending_claim(const struct kc_pg *s, struct kc_claim *c)
{
    const struct kc_claim *held = s->w.pending ? kc_map_get(s->w.pending, claim_key(s->w.a, c)) : NULL;
    if (held) {
        c->request_uid = held->request_uid;
        c->idx = held->idx;
    }
    return held != NULL;
}

bool kc_pg_pending_blob(const struct kc_pg *s, const char *digest)
{
    return s->w.pending && kc_map_get(s->w.pending, digest);
}

/* All of it at once: the levels are rows of one statement. */
static bool load_edge(struct kc_pg *s)
{
    struct kc_pg_params p = {0};
    kc_pg_add_int(&p, (int64_t)s->w.head.size);
    PGresult *r = kc_pg_ask(s, P_EDGE, &p, "reading the edge", NULL);
    for (int i = 0; r && i < PQntuples(r); i++) {
        unsigned level = (unsigned)kc_pg_int(r, i, 0) & 63;
        s->w.edge[level].idx = (uint64_t)kc_pg_int(r, i, 1);
        s->w.edge[level].hash = kc_pg_hash(r, i, 2);
        s->w.edge[level].known = true;
    }
    PQclear(r);
    return r != NULL;
}

static bool in_edge(const struct kc_pg_write *w, unsigned level, uint64_t idx)
{
    return w->edge[level].known && w->edge[level].idx == idx;
}

bool kc_pg_edge_node(struct kc_pg *s, unsigned level, uint64_t idx, struct kc_hash *ret)
{
    struct kc_pg_write *w = &s->w;
    bool wanted = w->pending && level < 64 && ((w->head.size >> level) & 1) && idx + 1 == w->head.size >> level;
    if (!wanted || (!in_edge(w, level, idx) && (!load_edge(s) || !in_edge(w, level, idx))))
        return false;
    *ret = w->edge[level].hash;
    return true;
}

static void set_edge(struct kc_pg_write *w, unsigned level, uint64_t idx, const struct kc_hash *h)
{
    w->edge[level].idx = idx;
    w->edge[level].hash = *h;
    w->edge[level].known = true;
}

static void add_text(struct kc_pg_columns *c, const char *v)
{
    kc_pg_col_bytes(c, v, strlen(v));
}

bool kc_pg_put_origin(struct kc_audit_store *store, const char *origin, struct kc_err *err)
{
    (void)err;
    add_text(&kc_pg_of(store)->w.puts[P_ORIGIN], origin);
    return true;
}

bool kc_pg_put_entry(struct kc_audit_store *store, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct kc_pg_write *w = &kc_pg_of(store)->w;
    struct kc_pg_columns *c = &w->entries;
    (void)err;
    end_entry(w);
    kc_pg_col_int(c, e->idx);
    kc_pg_col_bytes(c, e->bytes, e->len);
    kc_pg_col_bytes(c, e->leaf.b, sizeof e->leaf.b);
    kc_pg_col_int(c, e->time);
    add_text(c, e->type);
    add_text(c, e->request_uid);
    set_edge(w, 0, (uint64_t)e->idx, &e->leaf);
    return true;
}

bool kc_pg_put_entry_blob(struct kc_audit_store *store, int64_t idx, const char *digest, struct kc_err *err)
{
    struct kc_pg_columns *c = &kc_pg_of(store)->w.puts[P_ENTRY_BLOBS];
    (void)err;
    kc_pg_col_int(c, idx);
    add_text(c, digest);
    return true;
}

bool kc_pg_put_node(struct kc_audit_store *store, unsigned level, uint64_t idx, const struct kc_hash *h,
                    struct kc_err *err)
{
    struct kc_pg_write *w = &kc_pg_of(store)->w;
    (void)err;
    kc_buf_add(&w->nodes, h->b, sizeof h->b);
    set_edge(w, level, idx, h);
    return true;
}

bool kc_pg_put_blob(struct kc_audit_store *store, const char *digest, const char *bytes, size_t len, struct kc_err *err)
{
    struct kc_pg *s = kc_pg_of(store);
    struct kc_pg_columns *c = &s->w.puts[P_BLOBS];
    (void)err;
    if (kc_pg_pending_blob(s, digest))
        return true;
    kc_map_put(s->w.pending, digest, s);
    add_text(c, digest);
    kc_pg_col_bytes(c, bytes, len);
    return true;
}

bool kc_pg_put_claim(struct kc_audit_store *store, const struct kc_claim *c, struct kc_err *err)
{
    struct kc_pg_write *w = &kc_pg_of(store)->w;
    struct kc_pg_columns *to = &w->puts[P_CLAIMS + c->kind];
    (void)err;
    for (unsigned i = 0; i < kc_claim_types[c->kind].keys; i++)
        add_text(to, c->key[i]);
    if (c->kind == KC_CLAIM_NONCE || c->kind == KC_CLAIM_RUN) /* elsewhere the request is a key */
        add_text(to, c->request_uid);
    kc_pg_col_int(to, c->idx);
    struct kc_claim *copy = kc_arena_memdup(w->a, c, sizeof *c);
    copy->request_uid = kc_arena_strdup(w->a, c->request_uid);
    kc_map_put(w->pending, claim_key(w->a, c), copy);
    return true;
}

bool kc_pg_put_head(struct kc_audit_store *store, const struct kc_stored_head *h, struct kc_err *err)
{
    (void)err;
    kc_pg_of(store)->w.next = *h;
    return true;
}

bool kc_pg_put_checkpoint(struct kc_audit_store *store, uint64_t size, const char *note, int64_t time,
                          struct kc_err *err)
{
    struct kc_pg_write *w = &kc_pg_of(store)->w;
    struct kc_pg_columns *c = &w->puts[P_CHECKPOINT];
    (void)err;
    kc_pg_col_int(c, (int64_t)size);
    add_text(c, note);
    kc_pg_col_int(c, time);
    w->next_checkpoint = size;
    w->next_note = kc_arena_strdup(w->a, note);
    return true;
}
