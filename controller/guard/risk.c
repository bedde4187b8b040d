/* Risk by effect, scope and reversibility: what people are told and what policies may ask by (minRisk). Reads are Low.
 * Of the table the first row that fits tells; where none does:
 *
 *   step                                      risk
 *   mutating                                  Medium   High when it cannot be taken back
 *   destructive                               High     Critical when it cannot be wholly taken back
 *
 *   deferred (record.h)                       at least Medium when mutating, High when destructive: what it comes to
 *                                             is seen when its turn comes
 *
 * --force and --force-conflicts are one step riskier, too.
 *
 *   a step over several objects               risk
 *   at most ten                               that of the riskiest of them
 *   more than ten; all objects of their       one step riskier than that: nobody looks at each of so many
 *     kind in a namespace or in the cluster
 *   a drain, however many pods                that of the riskiest: budgets let go of them one after the other
 *
 * Every step of a plan in doubt (record.h) is one step riskier: two planners read the same words differently, and
 * whoever approves has to look twice.
 */
#include <string.h>

#include "controller/guard/guard.h"

#define METADATA "metadata."
#define FEW      10 /* objects of one step */

/* False: the changes say nothing about a number of replicas. */
static bool replicas_change(const struct kc_record_step *s, int64_t *ret_from, int64_t *ret_to)
{
    for (size_t i = 0; i < s->n_changes; i++)
        if (KC_STREQ(s->changes[i].path, "spec.replicas"))
            return kc_parse_int(kc_or(s->changes[i].from, "0"), 0, INT32_MAX, ret_from) &&
                   kc_parse_int(kc_or(s->changes[i].to, "0"), 0, INT32_MAX, ret_to);
    return false;
}

static bool stops(const struct kc_record_step *s)
{
    int64_t from, to;
    return replicas_change(s, &from, &to)
               ? to == 0
               : KC_STREQ(s->action.verb->name, "scale") && kc_action_int(&s->action, "replicas", 0) == 0;
}

static bool grows_a_little(const struct kc_record_step *s)
{
    int64_t from, to;
    return replicas_change(s, &from, &to) && to >= from && to <= 2 * from;
}

static bool controlled(const struct kc_record_step *s)
{
    return *kc_or(s->controller, "") != '\0';
}

/* Labels and annotations, as far as the dry runs show. */
static bool metadata_alone(const struct kc_record_step *s)
{
    for (size_t i = 0; i < s->n_changes; i++)
        if (!kc_str_starts(s->changes[i].path, METADATA))
            return false;
    return s->n_changes > 0;
}

/* Its name comes back while its containers may still run where the node does not answer: two at a time of what is to
 * be there once. */
static bool may_be_there_twice(const struct kc_record_step *s)
{
    return kc_action_flag(&s->action, "force") && kc_str_starts(kc_or(s->controller, ""), "StatefulSet/");
}

static bool opens_to_the_outside(const struct kc_record_step *s)
{
    const char *type = kc_or(kc_action_flag(&s->action, "type"), "ClusterIP");
    return !KC_STREQ(type, "ClusterIP");
}

/* A new pod takes its place that has nothing of what was done in this one. */
static bool replaceable(const struct kc_record_step *s)
{
    const char *controller = kc_or(s->controller, "");
    return kc_str_starts(controller, "ReplicaSet/") || kc_str_starts(controller, "DaemonSet/");
}

/* A container that may do to the node whatever it likes. */
static bool privileged(const struct kc_record_step *s)
{
    return kc_action_flag(&s->action, "privileged") ||
           KC_STREQ(kc_or(kc_action_flag(&s->action, "profile"), ""), "sysadmin");
}

static bool is_there(const struct kc_record_step *s)
{
    return kc_step_deed(s) == KC_DEED_UPDATE;
}

#define ROLES     "|Role|ClusterRole|RoleBinding|ClusterRoleBinding|ServiceAccount|"
#define GATES     "|ValidatingWebhookConfiguration|MutatingWebhookConfiguration|ValidatingAdmissionPolicy|"
#define WORKLOADS "|Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|"
#define FRONTS    "|Service|Ingress|EndpointSlice|NetworkPolicy|"
#define SETTINGS  "|ConfigMap|HorizontalPodAutoscaler|PodDisruptionBudget|"

static const struct {
    const char *verbs; /* "|label|annotate|" */
    enum kc_effect effect;
    const char *kinds;                            /* of the target, the same way; NULL: any */
    bool (*when)(const struct kc_record_step *s); /* NULL: always */
    enum kc_risk risk;                            /* why: */
} rows[] = {
    {"|scale|", KC_MUTATING, NULL, stops, KC_RISK_HIGH},         /* what depends on it stops */
    {"|scale|", KC_MUTATING, NULL, grows_a_little, KC_RISK_LOW}, /* at most twice as many */
    {"|scale|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM},        /* less capacity, or more than may fit */

    {"|rollout pause|", KC_MUTATING, NULL, NULL, KC_RISK_LOW}, /* what runs goes on */
    /* Pods are replaced bit by bit, and the last ReplicaSet stays to go back to. */
    {"|rollout restart|rollout undo|rollout resume|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM},
    {"|set image|set env|set resources|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM},
    {"|set subject|", KC_MUTATING, NULL, NULL, KC_RISK_HIGH},        /* who may do what */
    {"|set selector|", KC_MUTATING, NULL, NULL, KC_RISK_HIGH},       /* requests go to other pods, or to none */
    {"|set serviceaccount|", KC_MUTATING, NULL, NULL, KC_RISK_HIGH}, /* the pods' rights are others */

    /* Schedulers, namespace selectors and Pod Security read these labels; services and controllers those of pods. */
    {"|label|", KC_MUTATING, "|Node|Namespace|Pod|", NULL, KC_RISK_MEDIUM},
    {"|annotate|", KC_MUTATING, "|Node|Namespace|", NULL, KC_RISK_MEDIUM},
    {"|label|annotate|", KC_MUTATING, NULL, metadata_alone, KC_RISK_LOW},

    {"|cordon|uncordon|", KC_MUTATING, NULL, NULL, KC_RISK_LOW}, /* no pod moves */
    /* Its services lose it, and where it comes up again is another matter; budgets are kept, a blocked eviction waits.
     */
    {"|evict|drain|", KC_DESTRUCTIVE, NULL, NULL, KC_RISK_HIGH},
    {"|taint|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM}, /* NoExecute is destructive */

    {"|run|", KC_MUTATING, NULL, privileged, KC_RISK_HIGH}, /* it may do to the node what it likes */
    /* Pods come and go. */
    {"|autoscale|create job|create cronjob|create deployment|run|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM},
    {"|expose|", KC_MUTATING, NULL, opens_to_the_outside, KC_RISK_HIGH},
    {"|create service nodeport|create service loadbalancer|create ingress|", KC_MUTATING, NULL, NULL,
     KC_RISK_HIGH}, /* the same: it opens to the outside */
    {"|create role|create clusterrole|create rolebinding|create clusterrolebinding|", KC_MUTATING, NULL, NULL,
     KC_RISK_HIGH}, /* who may do what */
    /* What is made or evicted from now on may be refused, or go before others. */
    {"|create quota|create poddisruptionbudget|create priorityclass|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM},
    {"|expose|create namespace|create serviceaccount|create configmap|create service clusterip|"
     "create service externalname|",
     KC_MUTATING, NULL, NULL, KC_RISK_LOW}, /* nothing that is there changes */

    {"|patch|", KC_MUTATING, NULL, stops, KC_RISK_HIGH},
    {"|patch|", KC_MUTATING, ROLES GATES "|Node|Namespace|", NULL, KC_RISK_HIGH}, /* who may do what, and where */
    {"|patch|", KC_MUTATING, NULL, metadata_alone, KC_RISK_MEDIUM},               /* any of it, finalizers too */

    /* A whole object: what it makes of one that is there is as far-reaching as a patch. */
    {"|apply|replace|", KC_MUTATING, NULL, stops, KC_RISK_HIGH},
    {"|apply|create|replace|", KC_MUTATING, ROLES GATES "|Node|", NULL, KC_RISK_HIGH},
    {"|apply|replace|", KC_MUTATING, "|Namespace|", is_there, KC_RISK_HIGH},
    {"|apply|replace|", KC_MUTATING, NULL, is_there, KC_RISK_MEDIUM},
    {"|apply|create|", KC_MUTATING, "|ConfigMap|Namespace|", NULL, KC_RISK_LOW}, /* nothing that is there changes */
    {"|apply|create|", KC_MUTATING, NULL, NULL, KC_RISK_MEDIUM},                 /* pods come, traffic moves */

    /* Whatever a command does beyond its pod, nothing takes back; what it does in it, where the pod keeps its state. */
    {"|exec|", KC_DESTRUCTIVE, NULL, replaceable, KC_RISK_HIGH},
    {"|exec|", KC_DESTRUCTIVE, NULL, NULL, KC_RISK_CRITICAL},
    {"|debug|", KC_MUTATING, NULL, privileged, KC_RISK_CRITICAL},
    {"|debug|", KC_MUTATING, NULL, NULL, KC_RISK_HIGH}, /* somebody's image beside the pod's own, until the pod goes */

    {"|delete|", KC_DESTRUCTIVE, "|Pod|", may_be_there_twice, KC_RISK_CRITICAL}, /* both write to one volume */
    /* Its controller makes it again. */
    {"|delete|", KC_DESTRUCTIVE, "|Pod|" WORKLOADS FRONTS SETTINGS, controlled, KC_RISK_MEDIUM},
    /* Whoever has the manifest brings it back. */
    {"|delete|", KC_DESTRUCTIVE, "|Pod|" WORKLOADS FRONTS SETTINGS, NULL, KC_RISK_HIGH},
    /* Everything else is Critical: namespaces, volumes and claims, nodes, Secrets, roles, custom resources and whatever
     * their operators take down with them. */
};

static bool is_among(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = list; len && (p = strstr(p, word)) != NULL; p++)
        if (p > list && p[-1] == '|' && p[len] == '|')
            return true;
    return false;
}

static enum kc_risk by_table(const struct kc_record_step *s)
{
    const char *kind = kc_or(s->action.target.kind, "");

    if (s->effect == KC_READ_ONLY)
        return KC_RISK_LOW;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].effect == s->effect && is_among(rows[i].verbs, s->action.verb->name) &&
            (!rows[i].kinds || is_among(rows[i].kinds, kind)) && (!rows[i].when || rows[i].when(s)))
            return rows[i].risk;
    if (s->effect == KC_DESTRUCTIVE)
        return s->reversible == KC_REVERSIBLE ? KC_RISK_HIGH : KC_RISK_CRITICAL;
    return s->reversible == KC_IRREVERSIBLE ? KC_RISK_HIGH : KC_RISK_MEDIUM;
}

/* Taking fields away from who manages them is a step riskier than setting them; going on where kubectl stops is, too.
 */
static enum kc_risk risk_shown(const struct kc_record_step *s)
{
    enum kc_risk risk = by_table(s);
    bool forced = kc_action_flag(&s->action, "force") || kc_action_flag(&s->action, "force-conflicts");

    return s->effect != KC_READ_ONLY && forced && risk < KC_RISK_CRITICAL ? risk + 1 : risk;
}

enum kc_risk kc_guard_step_risk(const struct kc_record_step *s)
{
    enum kc_risk risk = risk_shown(s), least = s->effect == KC_DESTRUCTIVE ? KC_RISK_HIGH : KC_RISK_MEDIUM;
    return s->deferred && s->effect != KC_READ_ONLY && risk < least ? least : risk;
}

/* Each pod waits for the budgets' room, so that how many there are says little. */
static bool paced(const struct kc_record_step *s)
{
    return KC_STREQ(s->action.verb->name, "evict");
}

static enum kc_risk one_riskier(enum kc_risk risk)
{
    return risk != KC_RISK_NONE && risk < KC_RISK_CRITICAL ? risk + 1 : risk;
}

enum kc_risk kc_guard_group_risk(const struct kc_plan_record *plan, size_t first, size_t end)
{
    enum kc_risk worst = KC_RISK_NONE;
    size_t n = 0;

    for (size_t i = first; i < end; i++) {
        const struct kc_record_step *s = &plan->steps[i];
        enum kc_risk risk = kc_guard_step_risk(s);
        worst = risk > worst ? risk : worst;
        n += s->effect != KC_READ_ONLY && !paced(s);
    }
    if (n > FEW || (n > 1 && plan->steps[first].all))
        worst = one_riskier(worst);
    return *kc_or(plan->doubt, "") ? one_riskier(worst) : worst;
}

enum kc_risk kc_guard_risk(const struct kc_plan_record *plan)
{
    enum kc_risk worst = KC_RISK_NONE;

    for (size_t i = 0, end; i < plan->n_steps; i = end) {
        end = kc_plan_group_end(plan, i);
        enum kc_risk risk = kc_guard_group_risk(plan, i, end);
        worst = risk > worst ? risk : worst;
    }
    return worst;
}
