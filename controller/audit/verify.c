#include "controller/audit/verify.h"

#include <stdlib.h>
#include <string.h>

#include "controller/audit/claims.h"
#include "controller/audit/note.h"
#include "controller/audit/store.h"

struct mark {
    uint64_t size;
    struct kc_hash root;
};

struct verifier {
    struct kc_audit_store *store;
    const struct kc_audit_verify_options *options;
    struct kc_arena *a;       /* the report's */
    struct kc_arena *scratch; /* reset for each entry */
    struct kc_audit_report *report;
    struct kc_tree tree; /* what the entries come to */
    bool broken;         /* an entry is missing: the tree cannot be followed beyond it */
    uint64_t heads_met, blob_names;
    uint64_t claims_met[KC_CLAIM_KINDS];
    struct mark *marks; /* the stored checkpoints by size */
    size_t n_marks, cap_marks, next_mark;
    struct kc_checkpoint kept;
};

const char *kc_audit_check_name(enum kc_audit_check c)
{
    static const char *const names[KC_AUDIT_CHECKS] = {
        [KC_AUDIT_DATABASE] = "database", [KC_AUDIT_ENTRIES] = "entries",         [KC_AUDIT_HASHES] = "hashes",
        [KC_AUDIT_HEADS] = "heads",       [KC_AUDIT_CHECKPOINTS] = "checkpoints", [KC_AUDIT_BLOBS] = "blobs",
        [KC_AUDIT_FACTS] = "facts",       [KC_AUDIT_KEPT] = "kept checkpoint",
    };
    return names[c];
}

static void found(struct verifier *v, enum kc_audit_check check, const char *fmt, ...) KC_PRINTF(3, 4);
static void found(struct verifier *v, enum kc_audit_check check, const char *fmt, ...)
{
    struct kc_audit_check_result *r = &v->report->checks[check];
    if (r->failures < KC_AUDIT_SHOWN) {
        va_list ap;
        va_start(ap, fmt);
        r->findings[r->failures] = kc_arena_vprintf(v->a, fmt, ap);
        va_end(ap);
    }
    r->failures++;
}

static bool same(const struct kc_hash *a, const struct kc_hash *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static void database_fault(void *arg, const char *what)
{
    found(arg, KC_AUDIT_DATABASE, "%s", what);
}

/* Reads every checkpoint, checks its signature and keeps size and root for the walk. */
static bool take_checkpoint(void *arg, uint64_t size, const char *note, struct kc_err *err)
{
    struct verifier *v = arg;
    struct kc_checkpoint c = {0};
    struct kc_err why = {0};
    (void)err;
    v->report->checkpoints++;
    v->report->signed_size = size;
    if (!kc_checkpoint_open(v->a, note, strlen(note), v->options->public_key, &c, &why))
        found(v, KC_AUDIT_CHECKPOINTS, "size %llu: %s", (unsigned long long)size, why.message);
    else if (c.size != size || !KC_STREQ(c.origin, v->report->origin))
        found(v, KC_AUDIT_CHECKPOINTS, "size %llu: the note is for size %llu of %s", (unsigned long long)size,
              (unsigned long long)c.size, c.origin);
    if (v->n_marks == v->cap_marks) {
        v->cap_marks = v->cap_marks ? 2 * v->cap_marks : 64;
        v->marks = realloc(v->marks, v->cap_marks * sizeof *v->marks);
        if (!v->marks)
            abort();
    }
    v->marks[v->n_marks++] = (struct mark){size, c.root};
    return true;
}

static bool check_head(struct verifier *v, const struct kc_hash *root, bool *ret_there, struct kc_err *err)
{
    struct kc_stored_head head;
    uint64_t at;
    const char *note = "";
    if (!v->store->ops->head(v->store, v->tree.size, &head, ret_there, err))
        return false;
    if (!*ret_there)
        return true;
    v->heads_met++;
    if (!same(&head.root, root))
        found(v, KC_AUDIT_HEADS, "size %llu: the root stored is not the root of the entries",
              (unsigned long long)head.size);
    if (head.checkpoint && !v->store->ops->checkpoint(v->store, head.checkpoint, v->scratch, &at, &note, err))
        return false;
    if (!note)
        found(v, KC_AUDIT_CHECKPOINTS, "the checkpoint for size %llu is missing: the head of size %llu names it",
              (unsigned long long)head.checkpoint, (unsigned long long)head.size);
    return true;
}

static void check_kept(struct verifier *v, const struct kc_hash *root)
{
    if (v->options->checkpoint && v->kept.size == v->tree.size && !same(&v->kept.root, root))
        found(v, KC_AUDIT_KEPT,
              "REWRITTEN: the first %llu entries are not the ones that were signed: their root differs from the kept "
              "checkpoint's",
              (unsigned long long)v->kept.size);
}

/* Everything that speaks of the tree at its present size. */
static bool check_size(struct verifier *v, struct kc_err *err)
{
    struct kc_hash root = kc_tree_root(&v->tree);
    bool there;
    if (!check_head(v, &root, &there, err))
        return false;
    check_kept(v, &root);
    while (v->next_mark < v->n_marks && v->marks[v->next_mark].size <= v->tree.size) {
        struct mark *m = &v->marks[v->next_mark++];
        if (m->size == v->tree.size && !same(&m->root, &root))
            found(v, KC_AUDIT_CHECKPOINTS, "size %llu: the root that was signed is not the root of the entries",
                  (unsigned long long)m->size);
    }
    return true;
}

static bool grow(struct verifier *v, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct kc_hash made[64], stored, leaf = kc_leaf_hash(e->bytes, e->len);
    if (!same(&leaf, &e->leaf))
        found(v, KC_AUDIT_HASHES, "entry %lld: its bytes do not fit its hash: the entry was changed",
              (long long)e->idx);
    if (v->broken)
        return true;
    unsigned n = kc_tree_grow(&v->tree, &leaf, made);
    for (unsigned i = 0; i < n; i++) {
        uint64_t at = (v->tree.size >> (i + 1)) - 1;
        bool there;
        if (!v->store->ops->node(v->store, i + 1, at, &stored, &there, err))
            return false;
        if (!there || !same(&stored, &made[i]))
            found(v, KC_AUDIT_HASHES, "level %u, index %llu: the interior hash %s", i + 1, (unsigned long long)at,
                  there ? "does not fit the entries below it" : "is missing");
    }
    return check_size(v, err);
}

static bool check_blob_names(struct verifier *v, const struct kc_stored_entry *e, const struct kc_row *r,
                             struct kc_err *err)
{
    for (size_t i = 0; i < r->blobs.n; i++) {
        const char *digest = r->blobs.v[i], *there;
        bool linked;
        if (!v->store->ops->blob(v->store, digest, NULL, &there, NULL, err) ||
            !v->store->ops->entry_blob(v->store, e->idx, digest, &linked, err))
            return false;
        if (!there)
            found(v, KC_AUDIT_BLOBS, "entry %lld names blob %s, which is missing", (long long)e->idx, digest);
        if (!linked)
            found(v, KC_AUDIT_BLOBS, "entry %lld names blob %s, and entry_blobs does not", (long long)e->idx, digest);
        v->blob_names += linked;
    }
    return true;
}

static bool check_intent_before(struct verifier *v, const struct kc_stored_entry *e, const struct kc_claim *outcome,
                                struct kc_err *err)
{
    struct kc_claim intent = *outcome;
    bool there;
    intent.kind = KC_CLAIM_INTENT;
    if (!v->store->ops->claim(v->store, &intent, v->scratch, &there, err))
        return false;
    if (!there || intent.idx >= e->idx)
        found(v, KC_AUDIT_FACTS, "entry %lld is the outcome of step %s, attempt %s, which has no intent before it",
              (long long)e->idx, outcome->key[2], outcome->key[3]);
    return true;
}

/* The tables of facts are an index of the entries: each claim is in its table, under the entry that made it first. */
static bool check_claims(struct verifier *v, const struct kc_stored_entry *e, const struct kc_row *r,
                         struct kc_err *err)
{
    struct kc_claim claims[KC_CLAIM_KINDS];
    size_t n = kc_row_claims_of(v->scratch, r, claims);
    for (size_t i = 0; i < n; i++) {
        struct kc_claim held = claims[i];
        const struct kc_claim_type *type = &kc_claim_types[held.kind];
        bool there;
        if (!v->store->ops->claim(v->store, &held, v->scratch, &there, err) ||
            (held.kind == KC_CLAIM_OUTCOME && !check_intent_before(v, e, &claims[i], err)))
            return false;
        bool first = there && held.idx == e->idx;
        v->claims_met[held.kind] += first;
        bool again = there && held.idx < e->idx && type->rule == KC_HELD_OWN;
        if (!first && !again)
            found(v, KC_AUDIT_FACTS, "entry %lld: its %s is %s", (long long)e->idx, type->what,
                  there ? "recorded under another entry: two rows for one fact" : "missing from its table");
        else if (!KC_STREQ(held.request_uid, claims[i].request_uid))
            found(v, KC_AUDIT_FACTS, "entry %lld: its %s is recorded for the request with uid %s", (long long)e->idx,
                  type->what, held.request_uid);
    }
    return true;
}

static bool take_entry(void *arg, const struct kc_stored_entry *e, struct kc_err *err)
{
    struct verifier *v = arg;
    struct kc_row row;
    struct kc_err why = {0};
    kc_arena_reset(v->scratch);
    if (e->idx != (int64_t)v->report->entries) {
        found(v, KC_AUDIT_ENTRIES, "entries %llu to %lld are missing", (unsigned long long)v->report->entries,
              (long long)e->idx - 1);
        v->broken = true;
        v->report->entries = (uint64_t)e->idx;
    }
    v->report->entries++;
    if (!grow(v, e, err))
        return false;
    if (!kc_row_decode(v->scratch, e->bytes, e->len, &row, &why)) {
        found(v, KC_AUDIT_ENTRIES, "entry %lld: %s", (long long)e->idx, why.message);
        return true;
    }
    if (!KC_STREQ(kc_row_type_name(row.type), e->type) || row.time != e->time ||
        !KC_STREQ(row.request_uid, e->request_uid))
        found(v, KC_AUDIT_ENTRIES, "entry %lld: its columns time, type and request_uid are not what the entry says",
              (long long)e->idx);
    return check_blob_names(v, e, &row, err) && check_claims(v, e, &row, err);
}

static bool take_blob(void *arg, const char *digest, const char *bytes, size_t len, struct kc_err *err)
{
    struct verifier *v = arg;
    (void)err;
    kc_arena_reset(v->scratch);
    v->report->blobs++;
    if (!KC_STREQ(kc_digest_string(v->scratch, bytes, len), digest))
        found(v, KC_AUDIT_BLOBS, "blob %s: its bytes do not fit its digest: it was changed", digest);
    return true;
}

static bool count_claim(void *arg, const struct kc_claim *c, struct kc_err *err)
{
    (void)c;
    (void)err;
    ++*(uint64_t *)arg;
    return true;
}

/* Rows that no entry accounts for. */
static bool check_counts(struct verifier *v, struct kc_err *err)
{
    struct kc_audit_report *r = v->report;
    struct kc_audit_store *s = v->store;
    uint64_t nodes, names;
    if (!s->ops->count(s, KC_TABLE_HEAD, &r->heads, err) || !s->ops->count(s, KC_TABLE_NODES, &nodes, err) ||
        !s->ops->count(s, KC_TABLE_ENTRY_BLOBS, &names, err))
        return false;
    uint64_t expected = r->entries - (uint64_t)__builtin_popcountll(r->entries);
    if (!v->broken && nodes != expected)
        found(v, KC_AUDIT_HASHES, "%llu interior hashes are stored, %llu belong to %llu entries",
              (unsigned long long)nodes, (unsigned long long)expected, (unsigned long long)r->entries);
    if (!v->broken && r->heads != v->heads_met)
        found(v, KC_AUDIT_HEADS, "%llu heads are of sizes beyond the %llu entries: the last entries were removed",
              (unsigned long long)(r->heads - v->heads_met), (unsigned long long)r->entries);
    if (names != v->blob_names)
        found(v, KC_AUDIT_BLOBS, "entry_blobs has %llu rows, the entries name %llu", (unsigned long long)names,
              (unsigned long long)v->blob_names);
    for (unsigned kind = 0; kind < KC_CLAIM_KINDS; kind++) {
        uint64_t rows = 0;
        if (!s->ops->claims(s, kind, count_claim, &rows, err))
            return false;
        if (rows != v->claims_met[kind])
            found(v, KC_AUDIT_FACTS, "%s: the table has %llu rows, the entries account for %llu",
                  kc_claim_types[kind].what, (unsigned long long)rows, (unsigned long long)v->claims_met[kind]);
    }
    r->intents = v->claims_met[KC_CLAIM_INTENT];
    r->outcomes = v->claims_met[KC_CLAIM_OUTCOME];
    return true;
}

static bool check_ends(struct verifier *v, struct kc_err *err)
{
    struct kc_audit_report *r = v->report;
    struct kc_stored_head newest = {0};
    bool there;
    if (!v->store->ops->head(v->store, KC_NEWEST, &newest, &there, err))
        return false;
    if (newest.size != r->entries)
        found(v, KC_AUDIT_HEADS, "the newest head is of size %llu, and %llu entries are there",
              (unsigned long long)newest.size, (unsigned long long)r->entries);
    for (; !v->broken && v->next_mark < v->n_marks; v->next_mark++)
        found(v, KC_AUDIT_CHECKPOINTS, "TRUNCATED: a checkpoint was signed over %llu entries, and %llu are there",
              (unsigned long long)v->marks[v->next_mark].size, (unsigned long long)r->entries);
    if (v->options->checkpoint && v->kept.size > r->entries)
        found(v, KC_AUDIT_KEPT, "TRUNCATED: the kept checkpoint was signed over %llu entries, and %llu are there",
              (unsigned long long)v->kept.size, (unsigned long long)r->entries);
    if (v->options->checkpoint && r->entries && !KC_STREQ(v->kept.origin, r->origin))
        found(v, KC_AUDIT_KEPT, "the kept checkpoint is of another log: %s, not %s", v->kept.origin, r->origin);
    if (v->options->checkpoint && v->broken)
        found(v, KC_AUDIT_KEPT, "cannot be compared: entries are missing");
    r->root = kc_tree_root(&v->tree);
    return true;
}

static bool walk(struct verifier *v, struct kc_err *err)
{
    struct kc_audit_store *s = v->store;
    const char *origin;
    if (!s->ops->self_check(s, database_fault, v, err) || !s->ops->origin(s, v->a, &origin, err))
        return false;
    v->report->origin = kc_or(origin, "");
    struct kc_hash empty = kc_tree_root(&v->tree);
    check_kept(v, &empty);
    return s->ops->checkpoints(s, take_checkpoint, v, err) &&
           s->ops->entries(s, 0, UINT64_MAX, NULL, take_entry, v, err) && s->ops->blobs(s, take_blob, v, err) &&
           check_counts(v, err) && check_ends(v, err);
}

static bool judge(struct verifier *v, struct kc_err *err)
{
    struct kc_err why = {0};
    if (!v->store->ops->begin(v->store, false, err))
        return false;
    bool ok = walk(v, &why);
    v->store->ops->rollback(v->store);
    /* A file too damaged to be read to its end is a finding. */
    if (!ok && why.class == KC_INVALID)
        found(v, KC_AUDIT_DATABASE, "%s", why.message);
    else if (!ok && err)
        *err = why;
    return ok || why.class == KC_INVALID;
}

bool kc_audit_verify(const char *store, const struct kc_audit_verify_options *o, struct kc_arena *a,
                     struct kc_audit_report *ret, struct kc_err *err)
{
    KC_ARENA_SCOPE(scratch);
    struct kc_audit_report report = {
        .origin = "", .signatures_checked = o->public_key != NULL, .kept_checked = o->checkpoint != NULL};
    struct verifier v = {.options = o, .a = a, .scratch = scratch, .report = &report};
    if (o->public_key && !kc_public_key_check(o->public_key, err))
        return false;
    if (o->checkpoint && !kc_checkpoint_open(a, o->checkpoint, o->checkpoint_len, o->public_key, &v.kept, err))
        return kc_wrap(err, "the kept checkpoint");
    v.store = kc_audit_store_open(store, KC_STORE_SCAN, err);
    bool ok = v.store && judge(&v, err);
    (void)kc_audit_store_close(v.store);
    free(v.marks);
    if (!ok)
        return false;
    report.passed = true;
    for (unsigned i = 0; i < KC_AUDIT_CHECKS; i++)
        report.passed &= !report.checks[i].failures;
    *ret = report;
    return true;
}
