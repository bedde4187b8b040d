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

/* A list's items may come without apiVersion and kind; others' objects are refused with INVALID. */
KC_CHECK bool kc_check_type(const json_t *object, const char *kind, struct kc_err *err);
