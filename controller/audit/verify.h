/* verify: recomputes a whole log from its entries and compares everything that the store says with it.
 *
 * Works beside a manager that writes: it sees one snapshot. store is a URL (store.h). Trusts nothing in it; without a
 * public key the signatures are not checked, and only a checkpoint that was kept elsewhere shows that a log was cut or
 * written anew as a whole.
 */
#pragma once

#include "controller/audit/tree.h"

struct kc_audit_verify_options {
    const char *public_key; /* NULL: signatures are not checked */
    const char *checkpoint; /* a note kept outside the store; NULL: none */
    size_t checkpoint_len;
};

enum kc_audit_check {
    KC_AUDIT_DATABASE,    /* the database's own structure, and the triggers against change */
    KC_AUDIT_ENTRIES,     /* none missing, each in canonical form and as its columns say */
    KC_AUDIT_HASHES,      /* every leaf and interior hash */
    KC_AUDIT_HEADS,       /* the root after every transaction */
    KC_AUDIT_CHECKPOINTS, /* signatures, sizes and roots; none missing */
    KC_AUDIT_BLOBS,       /* every blob named is there and fits its digest */
    KC_AUDIT_FACTS,       /* intents, outcomes, nonces, runs: as the entries claim them, each once */
    KC_AUDIT_KEPT,        /* the checkpoint that was kept outside */
    KC_AUDIT_CHECKS
};
const char *kc_audit_check_name(enum kc_audit_check c);

#define KC_AUDIT_SHOWN 5 /* findings of one check that are told in full */

struct kc_audit_check_result {
    uint64_t failures;
    const char *findings[KC_AUDIT_SHOWN]; /* as many as failures, at most KC_AUDIT_SHOWN */
};

struct kc_audit_report {
    const char *origin; /* "": an empty store */
    uint64_t entries, heads, checkpoints, blobs, intents, outcomes;
    struct kc_hash root;
    uint64_t signed_size; /* of the newest checkpoint; entries beyond it have no signature over them yet */
    bool signatures_checked, kept_checked;
    struct kc_audit_check_result checks[KC_AUDIT_CHECKS];
    bool passed;
};

/* False only when the store cannot be read at all, or an option is wrong (INVALID): what does not fit is in the report.
 * Its strings live as long as a. */
KC_CHECK bool kc_audit_verify(const char *store, const struct kc_audit_verify_options *o, struct kc_arena *a,
                              struct kc_audit_report *ret, struct kc_err *err);
