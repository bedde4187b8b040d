/* tables: the descriptor tables of this part, shared by its files and by its tests. */
#pragma once

#include "api/aiprovider.h"
#include "api/auditpolicy.h"
#include "api/chatrequest.h"
#include "api/descriptor.h"

extern const struct kc_table kc_meta_table;             /* struct kc_meta */
extern const struct kc_table kc_identity_table;         /* struct kc_identity */
extern const struct kc_table kc_spec_table;             /* struct kc_chatrequest_spec */
extern const struct kc_table kc_status_table;           /* struct kc_chatrequest_status */
extern const struct kc_table kc_condition_table;        /* struct kc_condition_item */
extern const struct kc_table kc_chatrequest_table;      /* spec and status of a struct kc_chatrequest */
extern const struct kc_table kc_auditpolicy_spec_table; /* struct kc_auditpolicy_spec */
extern const struct kc_table kc_auditpolicy_table;      /* spec and status of a struct kc_auditpolicy */

/* Names by enum value; end with NULL. */
extern const char *const kc_truth_names[];
extern const char *const kc_condition_names[];
extern const char *const kc_phase_names[];

/* The tables that an object of a kind is decoded by. */
struct kc_custom_tables {
    const char *kind;
    const struct kc_table *spec, *status;
};
/* Fills meta, spec and status (of the tables' sizes) from a whole object; strict: unknown fields of spec fail. A list's
 * items may come without apiVersion and kind; others' objects are refused. INVALID names kind, object and field. */
KC_CHECK bool kc_custom_decode(struct kc_arena *a, const json_t *object, const struct kc_custom_tables *k, bool strict,
                               struct kc_meta *meta, void *spec, void *status, struct kc_err *err);
KC_CHECK bool kc_custom_decode_status(struct kc_arena *a, const json_t *object, const struct kc_table *table, void *ret,
                                      struct kc_err *err); /* an object without one has an empty one */
