#include "controller/audit/job.h"

#include <stdlib.h>
#include <string.h>

#include "controller/audit/fold.h"

static bool bad(struct kc_err *err, const char *what)
{
    return kc_fail(err, KC_INVALID, "InvalidBatch", "audit batch: %s", what);
}

/* A fact says again what its row says; the row is what is hashed. */
static bool fact_fits(const struct kc_step_fact *f, const struct kc_row *r, enum kc_row_type type, struct kc_err *err)
{
    if (r->type != type)
        return bad(err, "an intent or outcome goes with a first row of its type");
    if (f->attempt < 1 || !*kc_or(f->request_uid, "") || !KC_STREQ(f->request_uid, kc_or(r->request_uid, "")) ||
        !KC_STREQ(kc_or(f->plan_digest, ""), kc_or(r->plan_digest, "")) ||
        !KC_STREQ(kc_or(f->step, ""), kc_or(r->step, "")))
        return bad(
            err, "an intent or outcome has an attempt from 1 on, and the request uid, plan digest and step of its row");
    return true;
}

static bool batch_fits(const struct kc_audit_batch *b, struct kc_err *err)
{
    if (!b->n_rows || b->n_rows > KC_BATCH_ROWS_MAX)
        return bad(err, "1 to 1024 rows");
    for (size_t i = 0; i < b->n_rows; i++)
        if ((b->rows[i].type == KC_ROW_INTENT && (i || !b->intent)) ||
            (b->rows[i].type == KC_ROW_OUTCOME && (i || !b->outcome)))
            return bad(err, "an intent or outcome row is the first of its batch and comes with its fact");
    if ((b->intent && !fact_fits(b->intent, b->rows, KC_ROW_INTENT, err)) ||
        (b->outcome && !fact_fits(b->outcome, b->rows, KC_ROW_OUTCOME, err)))
        return false;
    if ((b->nonce || b->run_spec_digest) && !*kc_or(b->rows[0].request_uid, ""))
        return bad(err, "a nonce or run is claimed for a request with a uid");
    for (size_t i = 0; i < b->n_blobs; i++)
        if (b->blobs[i].len > KC_BLOB_MAX)
            return bad(err, "a blob is longer than 16 MiB");
    return true;
}

/* What is too long for an entry becomes blobs, which every row that is not has nothing to do with. */
static const char *encode_long_row(struct kc_job *j, const struct kc_row *r, struct kc_row *ret, size_t *ret_len,
                                   struct kc_err *err)
{
    struct kc_folded parts[KC_FOLD_PARTS];
    size_t n;
    if (!kc_row_fold(j->a, r, ret, parts, &n, err))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        j->blobs[j->n_blobs++] =
            (struct kc_job_blob){.digest = parts[i].digest, .bytes = parts[i].bytes, .len = parts[i].len};
        j->size += parts[i].len;
    }
    return kc_row_encode(j->a, ret, ret_len, err);
}

static bool encode_row(struct kc_job *j, const struct kc_row *r, struct kc_err *err)
{
    struct kc_job_row *out = &j->rows[j->n_rows];
    struct kc_stored_entry *e = &out->entry;
    struct kc_row folded;
    struct kc_err why = {0};
    e->bytes = kc_row_encode(j->a, r, &e->len, &why);
    if (!e->bytes && KC_STREQ(why.reason, "RowTooLong")) {
        e->bytes = encode_long_row(j, r, &folded, &e->len, &why);
        r = &folded;
    }
    if (!e->bytes) {
        if (err)
            *err = why;
        return kc_wrap(err, "row %zu", j->n_rows);
    }
    e->leaf = kc_leaf_hash(e->bytes, e->len);
    e->time = r->time;
    e->type = kc_row_type_name(r->type);
    e->request_uid = kc_arena_strdup(j->a, kc_or(r->request_uid, ""));
    out->blobs = (struct kc_strs){.v = kc_arena_array(j->a, r->blobs.n, sizeof *out->blobs.v)};
    for (size_t i = 0; i < r->blobs.n; i++)
        out->blobs.v[out->blobs.n++] = kc_arena_strdup(j->a, r->blobs.v[i]);
    j->size += e->len;
    j->n_rows++;
    return true;
}

static bool add_blob(struct kc_job *j, const struct kc_blob *b, bool copy, struct kc_err *err)
{
    const char *digest = kc_digest_string(j->a, b->bytes, b->len);
    bool named = false;
    for (size_t i = 0; i < j->n_rows && !named; i++)
        named = kc_strs_has(&j->rows[i].blobs, digest);
    if (!named)
        return kc_fail(err, KC_INVALID, "InvalidBatch", "audit batch: blob %zu (%s) is named by none of its rows",
                       j->n_blobs, digest);
    j->blobs[j->n_blobs++] = (struct kc_job_blob){
        .digest = digest, .bytes = copy ? kc_arena_memdup(j->a, b->bytes, b->len) : b->bytes, .len = b->len};
    j->size += b->len;
    return true;
}

/* The first row with what the batch claims for it: the claims are part of the entry. */
static struct kc_row first_row(const struct kc_audit_batch *b)
{
    const struct kc_step_fact *f = b->intent ? b->intent : b->outcome;
    struct kc_row r = b->rows[0];
    r.claims = (struct kc_row_claims){.once = kc_or(b->once, ""),
                                      .nonce = kc_or(b->nonce, ""),
                                      .run = kc_or(b->run_spec_digest, ""),
                                      .attempt = f ? f->attempt : 0};
    return r;
}

static bool fill(struct kc_job *j, const struct kc_audit_batch *b, bool posted, struct kc_err *err)
{
    if (!batch_fits(b, err))
        return false;
    struct kc_row first = first_row(b);
    j->rows = kc_arena_array(j->a, b->n_rows, sizeof *j->rows);
    j->blobs = kc_arena_array(j->a, b->n_blobs + b->n_rows * KC_FOLD_PARTS, sizeof *j->blobs);
    for (size_t i = 0; i < b->n_rows; i++) {
        struct kc_row r = i ? b->rows[i] : first;
        if (i)
            r.claims = (struct kc_row_claims){0};
        if (!encode_row(j, &r, err))
            return false;
    }
    for (size_t i = 0; i < b->n_blobs; i++)
        if (!add_blob(j, &b->blobs[i], posted, err))
            return false;
    j->n_claims = kc_row_claims_of(j->a, &first, j->claims);
    /* A posted job outlives the batch. */
    for (size_t i = 0; posted && i < j->n_claims; i++) {
        j->claims[i].request_uid = kc_arena_strdup(j->a, j->claims[i].request_uid);
        for (unsigned k = 0; k < kc_claim_types[j->claims[i].kind].keys; k++)
            j->claims[i].key[k] = kc_arena_strdup(j->a, j->claims[i].key[k]);
    }
    return true;
}

struct kc_job *kc_job_create(const struct kc_audit_batch *b, bool posted, struct kc_err *err)
{
    struct kc_job *j = calloc(1, sizeof *j);
    if (!j || pthread_cond_init(&j->finished, NULL) != 0)
        abort();
    j->a = kc_arena_create();
    j->posted = posted;
    j->first = -1;
    return fill(j, b, posted, err) ? j : kc_job_destroy(j);
}

struct kc_job *kc_job_destroy(struct kc_job *j)
{
    if (!j)
        return NULL;
    (void)pthread_cond_destroy(&j->finished);
    (void)kc_arena_destroy(j->a);
    free(j);
    return NULL;
}

static void refuse(struct kc_job *j, const struct kc_claim *ours, const struct kc_claim *held)
{
    long long idx = (long long)held->idx;
    switch (ours->kind) {
    case KC_CLAIM_NONCE:
        kc_fail(&j->err, KC_CONFLICT, "Exists",
                "the nonce belongs to the request with uid %s (entry %lld): this request is a copy of that one: create "
                "a new one",
                held->request_uid, idx);
        break;
    case KC_CLAIM_RUN:
        kc_fail(
            &j->err, KC_CONFLICT, "Exists",
            "%s/%s ran with this spec before, as the request with uid %s (entry %lld): it runs once: use another name",
            ours->key[0], ours->key[1], held->request_uid, idx);
        break;
    default:
        kc_fail(&j->err, KC_CONFLICT, "Exists",
                "the %s of step %s, attempt %s, of plan %s is recorded already (entry %lld)",
                kc_claim_types[ours->kind].what, ours->key[2], ours->key[3], ours->key[1], idx);
    }
}

/* An outcome answers an intent. */
static bool intent_there(struct kc_job *j, struct kc_audit_store *s, const struct kc_claim *outcome, bool *ret,
                         struct kc_err *err)
{
    struct kc_claim intent = *outcome;
    intent.kind = KC_CLAIM_INTENT;
    if (!s->ops->claim(s, &intent, j->a, ret, err))
        return false;
    if (!*ret)
        kc_fail(&j->err, KC_INVALID, "NoIntent",
                "outcome of step %s, attempt %s, of plan %s: no intent was recorded for it", outcome->key[2],
                outcome->key[3], outcome->key[1]);
    return true;
}

/* What is there already decides the batch's fate. Claims that the request holds itself are left as they are: put[] has
 * the others. */
static enum kc_job_fate check_claims(struct kc_job *j, struct kc_audit_store *s, bool put[KC_CLAIM_KINDS],
                                     struct kc_err *err)
{
    for (size_t i = 0; i < j->n_claims; i++) {
        const struct kc_claim *ours = &j->claims[i];
        struct kc_claim held = *ours;
        enum kc_claim_rule rule = kc_claim_types[ours->kind].rule;
        bool found, answered = true;
        if (!s->ops->claim(s, &held, j->a, &found, err) ||
            (ours->kind == KC_CLAIM_OUTCOME && !intent_there(j, s, ours, &answered, err)))
            return KC_JOB_BROKEN;
        put[i] = !found;
        if (!answered)
            return KC_JOB_REFUSED;
        if (found && rule == KC_HELD_DONE) {
            j->first = held.idx;
            return KC_JOB_KEPT;
        }
        if (found && (rule == KC_HELD_REFUSED || !KC_STREQ(held.request_uid, ours->request_uid))) {
            refuse(j, ours, &held);
            return KC_JOB_REFUSED;
        }
    }
    return KC_JOB_STORED;
}

static bool brought(const struct kc_job *j, const char *digest)
{
    for (size_t i = 0; i < j->n_blobs; i++)
        if (KC_STREQ(j->blobs[i].digest, digest))
            return true;
    return false;
}

/* A row never names a blob that is not there. */
static enum kc_job_fate check_blobs(struct kc_job *j, struct kc_audit_store *s, struct kc_err *err)
{
    for (size_t i = 0; i < j->n_rows; i++)
        for (size_t k = 0; k < j->rows[i].blobs.n; k++) {
            const char *digest = j->rows[i].blobs.v[k], *there = "";
            if (!brought(j, digest) && !s->ops->blob(s, digest, NULL, &there, NULL, err))
                return KC_JOB_BROKEN;
            if (!there) {
                kc_fail(&j->err, KC_INVALID, "NoBlob", "audit row %s names blob %s, which the batch does not bring",
                        j->rows[i].entry.type, digest);
                return KC_JOB_REFUSED;
            }
        }
    return KC_JOB_STORED;
}

static bool put_row(struct kc_job_row *r, struct kc_audit_store *s, struct kc_tree *tree, struct kc_err *err)
{
    struct kc_hash made[64];
    r->entry.idx = (int64_t)tree->size;
    unsigned n = kc_tree_grow(tree, &r->entry.leaf, made);
    bool ok = s->ops->put_entry(s, &r->entry, err);
    for (unsigned i = 0; ok && i < n; i++)
        ok = s->ops->put_node(s, i + 1, (tree->size >> (i + 1)) - 1, &made[i], err);
    for (size_t i = 0; ok && i < r->blobs.n; i++)
        ok = s->ops->put_entry_blob(s, r->entry.idx, r->blobs.v[i], err);
    return ok;
}

static bool put_all(struct kc_job *j, struct kc_audit_store *s, const bool put[KC_CLAIM_KINDS], struct kc_tree *tree,
                    struct kc_err *err)
{
    j->first = (int64_t)tree->size;
    bool ok = true;
    for (size_t i = 0; ok && i < j->n_blobs; i++)
        ok = s->ops->put_blob(s, j->blobs[i].digest, j->blobs[i].bytes, j->blobs[i].len, err);
    for (size_t i = 0; ok && i < j->n_rows; i++)
        ok = put_row(&j->rows[i], s, tree, err);
    for (size_t i = 0; ok && i < j->n_claims; i++) {
        j->claims[i].idx = j->first;
        ok = !put[i] || s->ops->put_claim(s, &j->claims[i], err);
    }
    return ok;
}

enum kc_job_fate kc_job_apply(struct kc_job *j, struct kc_audit_store *s, struct kc_tree *tree, struct kc_err *err)
{
    bool put[KC_CLAIM_KINDS];
    enum kc_job_fate fate = check_claims(j, s, put, err);
    if (fate == KC_JOB_STORED)
        fate = check_blobs(j, s, err);
    if (fate == KC_JOB_STORED && !put_all(j, s, put, tree, err))
        fate = KC_JOB_BROKEN;
    return fate;
}
