/* claims: the facts that a batch records once, as a table, and how an entry names them. Pure. */
#pragma once

#include "controller/audit/row.h"
#include "controller/audit/store.h"

/* What a kind is about, and what happens to a batch that brings one which is there already. */
enum kc_claim_rule {
    KC_HELD_DONE,    /* the batch succeeds and nothing of it is stored: the earlier row says it all */
    KC_HELD_REFUSED, /* the batch is refused, whoever holds it */
    KC_HELD_OWN,     /* the batch is refused unless the same request holds it */
};
struct kc_claim_type {
    const char *what; /* for messages */
    unsigned keys;
    enum kc_claim_rule rule;
};
extern const struct kc_claim_type kc_claim_types[KC_CLAIM_KINDS];

/* The claims that a row carries, in the order of the kinds; at most KC_CLAIM_KINDS. Strings are the row's or a's. */
size_t kc_row_claims_of(struct kc_arena *a, const struct kc_row *r, struct kc_claim out[KC_CLAIM_KINDS]);
