/* ruling: what the AuditPolicies, or the defaults where none speaks, ask of one step. Pure; internal to the guard.
 *
 * Everything lives in the arena that is given, or as long as the policy set.
 */
#pragma once

#include "controller/guard/policy_set.h"

/* Approvals that somebody asks for; all demands have to be met. */
struct kc_demand {
    const struct kc_approval_rule *rule;
    const char *policy; /* NULL: the default */
};

struct kc_ruling {
    struct kc_demand *demands;
    size_t n_demands;
    bool confirmed;               /* approvals have to type cluster and namespace */
    bool captures_secrets;        /* a Secret too is kept as it was before */
    const char *reason, *refusal; /* "", "": the step may go on; else never */
    struct kc_strs said;          /* by policies and defaults, for people: "production: two approvals" */
    struct kc_strs warned;        /* those of said that whoever asks is to be warned of */
};

/* What is known of a step and of whoever asks for it. */
struct kc_subject {
    const char *cluster, *request_ns;
    const struct kc_identity *who;
    const char *group, *kind, *ns, *name; /* of the object that changes; ns "" for none */
    enum kc_effect effect;
    enum kc_risk risk;   /* KC_RISK_NONE: not known yet */
    bool way_back;       /* it takes back what a failed plan of the same request did */
    const char *forcing; /* "kubectl delete --force of pod/shop/web"; NULL: it does not say --force */
    bool unplaced;       /* which objects it forces is not known yet: it is judged where a policy may allow it at all */
};

/* set may be empty, not NULL. Policies that cannot be read are not the matter of a step. */
void kc_rule_on(struct kc_arena *a, const struct kc_policy_set *set, const struct kc_subject *x, struct kc_ruling *ret);

/* "two approvals by other people in dba or sre" */
const char *kc_demand_text(struct kc_arena *a, const struct kc_approval_rule *r, int64_t n);
