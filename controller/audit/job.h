/* job: one batch on its way to the store: checked, encoded and hashed by the thread that brings it, applied by the
 * writer. */
#pragma once

#include <pthread.h>

#include "controller/audit/claims.h"
#include "controller/audit/log.h"
#include "controller/base/list.h"

#define KC_BATCH_ROWS_MAX 1024
#define KC_BLOB_MAX       ((size_t)16 << 20)

struct kc_job_blob {
    const char *digest, *bytes;
    size_t len;
};
struct kc_job_row {
    struct kc_stored_entry entry; /* idx: set when it is stored */
    struct kc_strs blobs;
};

struct kc_job {
    struct kc_node node;
    struct kc_arena *a;
    struct kc_job_row *rows;
    size_t n_rows;
    struct kc_job_blob *blobs;
    size_t n_blobs;
    struct kc_claim claims[KC_CLAIM_KINDS];
    size_t n_claims;
    size_t size; /* bytes of rows and blobs */

    /* Under the writer's lock. */
    bool posted; /* nobody waits for it: the writer frees it */
    bool done, ok;
    pthread_cond_t finished;

    /* The writer's, until done. */
    bool stored;   /* by the last attempt, if that was committed */
    bool doubted;  /* stored, and the answer to the commit was lost */
    int64_t first; /* index of the first row, or of the earlier one that says the same */
    struct kc_err err;
};

/* posted: copies the blobs too; otherwise they stay the caller's. INVALID says which row does not fit. */
struct kc_job *kc_job_create(const struct kc_audit_batch *b, bool posted, struct kc_err *err);
struct kc_job *kc_job_destroy(struct kc_job *j); /* accepts NULL, returns NULL */

enum kc_job_fate {
    KC_JOB_STORED,
    KC_JOB_KEPT,    /* it was there already: nothing stored, which is well */
    KC_JOB_REFUSED, /* nothing stored; why is in j->err */
    KC_JOB_BROKEN,  /* the store failed; why is in *err; the transaction is to be rolled back */
};
/* Within a write transaction; tree is the log's and grows by the job's rows. */
enum kc_job_fate kc_job_apply(struct kc_job *j, struct kc_audit_store *s, struct kc_tree *tree, struct kc_err *err);
