/* auditpolicy: the AuditPolicy custom resource (kubechat.io/v1alpha1, cluster-scoped) as plain data: what a platform
 * team asks of changes before they are made.
 *
 * As in chatrequest.h: everything pointed to lives in the arena that it was decoded into, strings are never NULL after
 * decoding, absent lists have n 0. Field meanings, limits and defaults: the descriptor tables in auditpolicy.c, which
 * also make crds/ and the decoder. What follows from a policy is decided in controller/guard/.
 */
#pragma once

#include "api/chatrequest.h"
#include "api/descriptor.h"

#define KC_AUDITPOLICY_KIND     "AuditPolicy"
#define KC_AUDITPOLICY_RESOURCE "auditpolicies"
#define KC_READY                "Ready" /* the one condition of its status */

extern const struct kc_mapping kc_auditpolicy_mapping;

enum kc_selector_operator {
    KC_SELECTOR_NONE,
    KC_SELECTOR_IN,
    KC_SELECTOR_NOT_IN,
    KC_SELECTOR_EXISTS,
    KC_SELECTOR_DOES_NOT_EXIST
};
struct kc_selector_term {
    const char *key;
    enum kc_selector_operator op;
    struct kc_strs values;
};
/* metav1.LabelSelector: everything in it has to hold; an empty one matches everything. */
struct kc_label_selector {
    const struct kc_label *labels;
    size_t n_labels;
    struct kc_selector_term *terms;
    size_t n_terms;
};

/* Lists of names may end in '*' (kc_format_name_pattern). An empty list says nothing: everything matches. */
struct kc_policy_match {
    struct kc_strs clusters, namespaces;
    struct kc_label_selector namespace_selector;
    struct kc_strs effects; /* names of enum kc_effect */
    struct kc_strs kinds;   /* "Deployment", "Ingress.networking.k8s.io" */
};

enum kc_enforcement { KC_ENFORCEMENT_ENFORCE, KC_ENFORCEMENT_WARN, KC_ENFORCEMENT_DRY_RUN };

/* In order of strictness. */
enum kc_confirm { KC_CONFIRM_UNSAID, KC_CONFIRM_NEVER, KC_CONFIRM_DESTRUCTIVE, KC_CONFIRM_MUTATING };

struct kc_context_lock {
    struct kc_strs request_namespaces; /* none: the one that the step changes */
    enum kc_confirm confirm;
};

struct kc_approval_rule {
    struct kc_strs effects; /* none: every change */
    enum kc_risk min_risk;  /* KC_RISK_NONE: any */
    int64_t required;
    struct kc_strs groups; /* none: whoever may approve */
    bool allow_requester;
};

struct kc_service_account_rule {
    const char *ns, *name;
    struct kc_strs namespaces; /* where it may change something; none: wherever the policy applies */
};

/* In order of strictness. */
enum kc_force_rule { KC_FORCE_UNSAID, KC_FORCE_ALLOWED, KC_FORCE_REFUSED };

struct kc_capture_rule {
    bool secrets;
};

struct kc_way_back_rule {
    bool automatic;
};

struct kc_auditpolicy_spec {
    struct kc_policy_match match;
    enum kc_enforcement enforcement;
    bool locked; /* contextLock is there */
    struct kc_context_lock context_lock;
    struct kc_approval_rule *approvals;
    size_t n_approvals;
    struct kc_service_account_rule *service_accounts;
    size_t n_service_accounts;
    struct kc_capture_rule capture;
    bool says_way_back; /* rollback is there */
    struct kc_way_back_rule way_back;
    enum kc_force_rule force;
    bool suspend;
};

struct kc_auditpolicy_status {
    int64_t observed_generation;
    struct kc_condition_item *conditions;
    size_t n_conditions;
};

struct kc_auditpolicy {
    struct kc_meta meta;
    struct kc_auditpolicy_spec spec;
    struct kc_auditpolicy_status status;
};

/* Decodes a whole object. The spec is always read strictly: a field that this version does not know might be the one
 * that says no. INVALID names the policy, the field, its value and the limit. */
KC_CHECK bool kc_auditpolicy_decode(struct kc_arena *a, const json_t *object, struct kc_auditpolicy *ret,
                                    struct kc_err *err);
/* The status alone, also of an object whose spec cannot be decoded. */
KC_CHECK bool kc_auditpolicy_decode_status(struct kc_arena *a, const json_t *object, struct kc_auditpolicy_status *ret,
                                           struct kc_err *err);
json_t *kc_auditpolicy_encode_spec(const struct kc_auditpolicy_spec *s);     /* new reference */
json_t *kc_auditpolicy_encode_status(const struct kc_auditpolicy_status *s); /* new reference */

/* "Enforce", "Warn", "DryRun". */
const char *kc_enforcement_name(enum kc_enforcement e);

/* Whether the selector can be evaluated at all; the definition's rules let through what only a program can see, such as
 * a label key of the wrong form. INVALID names the field and its value. */
KC_CHECK bool kc_label_selector_check(const struct kc_label_selector *s, struct kc_err *err);
bool kc_label_selector_matches(const struct kc_label_selector *s, const struct kc_label *labels, size_t n);
/* name against one pattern of a list: the name itself, or its beginning and '*'. */
bool kc_name_matches(const char *pattern, const char *name);
