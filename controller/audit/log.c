#include "controller/audit/log.h"

#include <stdlib.h>
#include <string.h>

#include "controller/audit/readers.h"
#include "controller/audit/store.h"
#include "controller/audit/writer.h"

struct kc_audit {
    struct kc_audit_store *store; /* the writer's while it runs */
    struct kc_audit_writer *writer;
    struct kc_audit_readers *readers;
    bool remote; /* it answers from elsewhere: reads do not wait for a store that is away */
};

static bool claim_origin(struct kc_audit_store *s, const char *origin, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    const char *stored;
    if (!s->ops->origin(s, a, &stored, err))
        return false;
    if (!stored)
        return s->ops->put_origin(s, origin, err);
    return KC_STREQ(stored, origin) ||
           kc_fail(err, KC_INVALID, "OtherLog",
                   "this is the log of %s, not of %s: one store holds one log: give another path", stored, origin);
}

/* What was signed must still be there, and by the key that we sign with. */
static bool check_checkpoint(struct kc_audit_store *s, uint64_t size, const struct kc_signer *signer,
                             struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    struct kc_checkpoint c;
    struct kc_stored_head head;
    const char *note;
    uint64_t at;
    bool found;
    if (!s->ops->checkpoint(s, KC_NEWEST, a, &at, &note, err))
        return false;
    if (!note)
        return true;
    if (!kc_checkpoint_open(a, note, strlen(note), NULL, &c, err))
        return kc_wrap(err, "the checkpoint stored for size %llu", (unsigned long long)at);
    if (signer && !kc_audit_same_key(a, note, signer, err))
        return false;
    if (c.size != at || c.size > size)
        return kc_fail(err, KC_INVALID, "Tampered", "a checkpoint was signed over %llu entries, and %llu are left",
                       (unsigned long long)c.size, (unsigned long long)size);
    if (!s->ops->head(s, at, &head, &found, err))
        return false;
    return (found && memcmp(head.root.b, c.root.b, sizeof c.root.b) == 0) ||
           kc_fail(err, KC_INVALID, "Tampered", "the root at size %llu is not the one that was signed",
                   (unsigned long long)at);
}

static bool check_store(struct kc_audit_store *s, const struct kc_audit_options *o, struct kc_err *err)
{
    struct kc_tree tree;
    uint64_t named;
    if (!s->ops->begin(s, true, err))
        return false;
    if (claim_origin(s, o->origin, err) && kc_audit_store_tree(s, &tree, &named, err) &&
        check_checkpoint(s, tree.size, o->signer, err) && s->ops->commit(s, err))
        return true;
    s->ops->rollback(s);
    return false;
}

struct kc_audit *kc_audit_open(const struct kc_audit_options *o, struct kc_err *err)
{
    struct kc_audit *l = calloc(1, sizeof *l);
    if (!l)
        abort();
    l->remote = !kc_audit_store_path(o->store);
    l->readers = kc_audit_readers_create(o->store);
    l->store = kc_audit_store_open(o->store, KC_STORE_WRITE, err);
    if (!l->store)
        return kc_audit_close(l);
    if (!check_store(l->store, o, err)) {
        KC_ARENA_SCOPE(a);
        kc_wrap(err, "audit store %s", kc_audit_store_name(a, o->store));
        return kc_audit_close(l);
    }
    l->writer = kc_audit_writer_start(l->store, o, err);
    return l->writer ? l : kc_audit_close(l);
}

struct kc_audit *kc_audit_close(struct kc_audit *l)
{
    if (!l)
        return NULL;
    (void)kc_audit_writer_stop(l->writer);
    (void)kc_audit_readers_destroy(l->readers);
    (void)kc_audit_store_close(l->store);
    free(l);
    return NULL;
}

bool kc_audit_append(struct kc_audit *l, const struct kc_audit_batch *b, int64_t *ret_first, struct kc_err *err)
{
    struct kc_job *j = kc_job_create(b, false, err);
    bool ok = j && kc_audit_writer_run(l->writer, j, err);
    if (ok && !j->ok) {
        ok = false;
        if (err)
            *err = j->err;
    }
    if (ok && ret_first)
        *ret_first = j->first;
    (void)kc_job_destroy(j);
    return ok;
}

bool kc_audit_post(struct kc_audit *l, const struct kc_audit_batch *b, struct kc_err *err)
{
    struct kc_job *j = kc_job_create(b, true, err);
    if (j && kc_audit_writer_run(l->writer, j, err))
        return true;
    (void)kc_job_destroy(j);
    return false;
}

/* A connection to read through, for give(). NULL with err. */
static struct kc_audit_store *take(struct kc_audit *l, struct kc_err *err)
{
    if (l->remote && !kc_audit_writer_available(l->writer))
        return kc_audit_writer_refuse(l->writer, err), NULL;
    struct kc_err why = {0};
    struct kc_audit_store *s = kc_audit_readers_take(l->readers, &why);
    if (!s && why.class == KC_UNAVAILABLE)
        kc_audit_writer_suspect(l->writer, &why);
    if (!s && err)
        *err = why;
    return s;
}

/* ok, why: how the read went. One that failed for want of the store lets the writer look at once. Returns ok. */
static bool give(struct kc_audit *l, struct kc_audit_store *s, bool ok, const struct kc_err *why, struct kc_err *err)
{
    kc_audit_readers_give(l->readers, s);
    if (!ok && l->remote && why->class == KC_UNAVAILABLE)
        kc_audit_writer_suspect(l->writer, why);
    if (!ok && err)
        *err = *why;
    return ok;
}

struct rows {
    struct kc_arena *a;
    struct kc_audit_row *v;
    size_t n, cap;
};

static bool take_row(void *arg, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct rows *r = arg;
    struct kc_audit_row row = {.index = e->idx, .entry = kc_arena_strndup(r->a, e->bytes, e->len), .len = e->len};
    if (!kc_row_type_parse(e->type, &row.type))
        return kc_fail(err, KC_INVALID, "UnknownType",
                       "audit entry %lld: type \"%.40s\" is none that this kubechat knows", (long long)e->idx, e->type);
    if (r->n == r->cap) {
        r->cap = r->cap ? 2 * r->cap : 16;
        struct kc_audit_row *v = kc_arena_array(r->a, r->cap, sizeof *v);
        if (r->n)
            memcpy(v, r->v, r->n * sizeof *v);
        r->v = v;
    }
    r->v[r->n++] = row;
    return true;
}

bool kc_audit_rows(struct kc_audit *l, const char *request_uid, struct kc_arena *a, struct kc_audit_row **ret,
                   size_t *ret_n, struct kc_err *err)
{
    struct rows r = {.a = a};
    struct kc_err why = {0};
    struct kc_audit_store *s = take(l, err);
    if (!s || !give(l, s, s->ops->entries(s, 0, UINT64_MAX, request_uid, take_row, &r, &why), &why, err))
        return false;
    *ret = r.v;
    *ret_n = r.n;
    return true;
}

const char *kc_audit_blob(struct kc_audit *l, const char *digest, struct kc_arena *a, size_t *ret_len,
                          struct kc_err *err)
{
    const char *bytes;
    size_t len;
    struct kc_err why = {0};
    struct kc_audit_store *s = take(l, err);
    if (!s || !give(l, s, s->ops->blob(s, digest, a, &bytes, &len, &why), &why, err))
        return NULL;
    if (!bytes)
        return kc_fail(err, KC_NOT_FOUND, "NotFound", "audit blob %s: not in the store", digest), NULL;
    if (!KC_STREQ(kc_digest_string(a, bytes, len), digest))
        return kc_fail(err, KC_INVALID, "Tampered", "audit blob %s: its bytes were changed", digest), NULL;
    *ret_len = len;
    return bytes;
}

static bool owner(struct kc_audit *l, struct kc_claim c, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    bool found;
    struct kc_err why = {0};
    struct kc_audit_store *s = take(l, err);
    if (!s || !give(l, s, s->ops->claim(s, &c, a, &found, &why), &why, err))
        return false;
    *ret = found ? c.request_uid : "";
    return true;
}

bool kc_audit_nonce_owner(struct kc_audit *l, const char *nonce, struct kc_arena *a, const char **ret,
                          struct kc_err *err)
{
    return owner(l, (struct kc_claim){.kind = KC_CLAIM_NONCE, .key = {nonce}}, a, ret, err);
}

bool kc_audit_run_owner(struct kc_audit *l, const char *ns, const char *name, const char *spec_digest,
                        struct kc_arena *a, const char **ret, struct kc_err *err)
{
    return owner(l, (struct kc_claim){.kind = KC_CLAIM_RUN, .key = {ns, name, spec_digest}}, a, ret, err);
}

bool kc_audit_checkpoint(struct kc_audit *l, struct kc_arena *a, const char **ret, struct kc_err *err)
{
    uint64_t size;
    const char *note;
    struct kc_err why = {0};
    struct kc_audit_store *s = take(l, err);
    if (!s || !give(l, s, s->ops->checkpoint(s, KC_NEWEST, a, &size, &note, &why), &why, err))
        return false;
    *ret = note;
    return true;
}

bool kc_audit_available(struct kc_audit *l)
{
    return kc_audit_writer_available(l->writer);
}
