/* policy set: the AuditPolicies as they stand at one moment, with the labels of the namespaces that they ask about.
 *
 * Filled by one thread, then shared: from then on immutable and reference-counted, so that admission, a visit and the
 * status writer may each hold one while the next is being made. Pure.
 *
 * A policy that cannot be understood is never skipped. What cannot be decoded at all (written for another version of
 * the definition) might say anything: it stays in the set by its name and holds up every change (guard.h). One whose
 * namespaceSelector alone cannot be evaluated is in force in every namespace.
 */
#pragma once

#include "api/auditpolicy.h"

enum kc_policy_fault { KC_POLICY_SOUND, KC_POLICY_SELECTOR_INVALID, KC_POLICY_UNREADABLE };

struct kc_policy {
    const char *name;
    enum kc_policy_fault fault;
    const char *why;               /* of the fault; "": none */
    struct kc_auditpolicy decoded; /* KC_POLICY_UNREADABLE: only status and meta's version and generation */
};

struct kc_policy_set;

struct kc_policy_set *kc_policy_set_create(void); /* empty, with one reference */
/* object is an AuditPolicy as the API server has it; nothing of it is kept. */
void kc_policy_set_add(struct kc_policy_set *s, const json_t *object);
/* One that did not even reach us whole. */
void kc_policy_set_add_unreadable(struct kc_policy_set *s, const char *name, const char *why);
/* Whether any policy asks about labels: without one, namespaces need not be added. */
bool kc_policy_set_asks_labels(const struct kc_policy_set *s);
void kc_policy_set_add_namespace(struct kc_policy_set *s, const char *name, const struct kc_label *labels, size_t n);

const struct kc_policy_set *kc_policy_set_ref(const struct kc_policy_set *s);   /* accepts NULL */
const struct kc_policy_set *kc_policy_set_unref(const struct kc_policy_set *s); /* accepts NULL, returns NULL */

/* In the order of their names. */
const struct kc_policy *const *kc_policy_set_list(const struct kc_policy_set *s, size_t *ret_n);
/* NULL: a namespace that was not added. */
const struct kc_label *kc_policy_set_labels(const struct kc_policy_set *s, const char *ns, size_t *ret_n);

/* The Ready condition that a policy should show: True with the way in which it is in force (Enforced, Warns, DryRun,
 * Suspends) or False with SelectorInvalid or Unreadable. *ret_message lives in a. */
enum kc_truth kc_policy_ready(struct kc_arena *a, const struct kc_policy *p, const char **ret_reason,
                              const char **ret_message);
