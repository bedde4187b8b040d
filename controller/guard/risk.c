/* Risk by effect, scope and reversibility. What people are told; approvals are decided by effect and policy.
 *
 *   step                                      risk
 *   reads                                     Low
 *   scale, more replicas, at most twice       Low
 *   scale, more than twice as many            Medium   may not fit, costs
 *   scale, fewer replicas                     Medium   less capacity
 *   scale to 0                                High     what depends on it stops
 *   rollout restart                           Medium   pods are replaced by the same; there is nothing to take back
 *   any other mutating step                   Medium   High when it cannot be taken back
 *   destructive                               High     Critical when it cannot be wholly taken back
 *   a plan in doubt                           one step more (record.h, doubt)
 *
 * A verb with more to say has a row in by_verb.
 */
#include <string.h>

#include "controller/guard/guard.h"

/* False: the changes say nothing about a number of replicas. */
static bool replicas_change(const struct kc_record_step *s, int64_t *ret_from, int64_t *ret_to)
{
    for (size_t i = 0; i < s->n_changes; i++)
        if (KC_STREQ(s->changes[i].path, "spec.replicas"))
            return kc_parse_int(kc_or(s->changes[i].from, "0"), 0, INT32_MAX, ret_from) &&
                   kc_parse_int(kc_or(s->changes[i].to, "0"), 0, INT32_MAX, ret_to);
    return false;
}

static enum kc_risk risk_of_scale(const struct kc_record_step *s)
{
    int64_t from, to;
    if (!replicas_change(s, &from, &to))
        return kc_action_int(&s->action, "replicas", 0) == 0 ? KC_RISK_HIGH : KC_RISK_MEDIUM;
    if (to == 0)
        return KC_RISK_HIGH;
    return to < from || to > 2 * from ? KC_RISK_MEDIUM : KC_RISK_LOW;
}

static enum kc_risk risk_of_restart(const struct kc_record_step *s)
{
    (void)s;
    return KC_RISK_MEDIUM;
}

static const struct {
    const char *verb;
    enum kc_risk (*risk)(const struct kc_record_step *s);
} by_verb[] = {
    {"rollout restart", risk_of_restart},
    {"scale", risk_of_scale},
};

enum kc_risk kc_guard_step_risk(const struct kc_record_step *s)
{
    if (s->effect == KC_READ_ONLY)
        return KC_RISK_LOW;
    if (s->effect == KC_DESTRUCTIVE)
        return s->reversible == KC_REVERSIBLE ? KC_RISK_HIGH : KC_RISK_CRITICAL;
    for (size_t i = 0; i < sizeof by_verb / sizeof *by_verb; i++)
        if (KC_STREQ(by_verb[i].verb, s->action.verb->name))
            return by_verb[i].risk(s);
    return s->reversible == KC_IRREVERSIBLE ? KC_RISK_HIGH : KC_RISK_MEDIUM;
}

/* Two planners read the same words differently: whoever approves has to look twice. */
enum kc_risk kc_guard_risk_in(const struct kc_plan_record *plan, enum kc_risk alone)
{
    bool raised = *kc_or(plan->doubt, "") && alone != KC_RISK_NONE && alone < KC_RISK_CRITICAL;
    return raised ? alone + 1 : alone;
}

enum kc_risk kc_guard_risk(const struct kc_plan_record *plan)
{
    enum kc_risk worst = KC_RISK_NONE;
    for (size_t i = 0; i < plan->n_steps; i++)
        if (kc_guard_step_risk(&plan->steps[i]) > worst)
            worst = kc_guard_step_risk(&plan->steps[i]);
    return kc_guard_risk_in(plan, worst);
}
