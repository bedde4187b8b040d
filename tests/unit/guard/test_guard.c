#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/guard/guard.h"
#include "tests/unit/guard/policies.h"

#define NOW        INT64_C(1764000000000)
#define THE_DIGEST "sha256:0011"

struct who_case {
    const char *username, *group;
    const char *requester, *approver; /* reason of the refusal; NULL: welcome */
};

static void who_may_ask_and_approve(void **state)
{
    (void)state;
    static const struct who_case cases[] = {
        {"ana", "sre", NULL, NULL},
        {"ana", "system:authenticated", NULL, NULL},
        {"ana@example.com", NULL, NULL, NULL},
        {"systematic", "systems", NULL, NULL},
        {"", NULL, "Anonymous", "Anonymous"},
        {NULL, NULL, "Anonymous", "Anonymous"},
        {"system:admin", NULL, "SystemUser", "SystemUser"},
        {"system:anonymous", NULL, "SystemUser", "SystemUser"},
        {"system:node:n1", "system:nodes", "SystemUser", "SystemUser"},
        {"system:serviceaccount", NULL, "SystemUser", "SystemUser"},
        {"system:serviceaccount:", NULL, "SystemUser", "SystemUser"},
        {"system:serviceaccount:shop", NULL, "SystemUser", "SystemUser"},
        {"system:serviceaccount::bot", NULL, "SystemUser", "SystemUser"},
        {"system:serviceaccount:shop:bot:x", NULL, "SystemUser", "SystemUser"},
        {"system:serviceaccount:shop:bot", NULL, NULL, "ServiceAccountApproval"},
        {"system:serviceaccount:shop:bot", "system:serviceaccounts:shop", NULL, "ServiceAccountApproval"},
        {"system:serviceaccount:shop:bot", "system:masters", "SystemGroup", "ServiceAccountApproval"},
        {"ana", "system:masters", "SystemGroup", "SystemGroup"},
        {"ana", "system:serviceaccounts", "SystemGroup", "SystemGroup"},
        {"ana", "system:serviceaccounts:kube-system", "SystemGroup", "SystemGroup"},
        {"ana", "system:authenticated:extra", "SystemGroup", "SystemGroup"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct who_case *c = &cases[i];
        const char *groups[] = {"dev", c->group};
        struct kc_identity who = {.username = c->username, .groups = {groups, c->group ? 2 : 1}};
        struct kc_err err = {0};
        assert_int_equal(kc_guard_requester(&who, &err), c->requester == NULL);
        assert_string_equal(err.reason, kc_or(c->requester, ""));
        assert_int_equal(err.class, c->requester ? KC_FORBIDDEN : KC_NONE);
        err = (struct kc_err){0};
        assert_int_equal(kc_guard_approver(&who, &err), c->approver == NULL);
        assert_string_equal(err.reason, kc_or(c->approver, ""));
        assert_int_equal(err.class, c->approver ? KC_FORBIDDEN : KC_NONE);
    }
}

/* A request with one step and its approvals; each test alters what it is about. */
struct scene {
    struct kc_chatrequest_spec spec;
    struct kc_record_step steps[2];
    struct kc_change changes[2];
    struct kc_plan_record plan;
    struct kc_approval approvals[3];
    struct kc_judged_approval judged[3];
    struct kc_guard_input in;
};

static void set_scene(struct scene *s, enum kc_effect effect)
{
    *s = (struct scene){0};
    s->spec.requested_by.who.username = "ana";
    s->changes[0] = (struct kc_change){.path = "spec.replicas", .from = "3", .to = "5"};
    for (int i = 0; i < 2; i++)
        s->steps[i] =
            (struct kc_record_step){.action = {.verb = kc_verb_find("scale"), .target = {.ns = "shop", .name = "web"}},
                                    .effect = effect,
                                    .changes = &s->changes[i],
                                    .n_changes = 1,
                                    .reversible = KC_REVERSIBLE};
    s->plan = (struct kc_plan_record){.steps = s->steps, .n_steps = 1};
    s->in = (struct kc_guard_input){.spec = &s->spec,
                                    .created_at = NOW - KC_MINUTE_MS,
                                    .cluster = "prod-eu",
                                    .ns = "chat",
                                    .plan = &s->plan,
                                    .plan_digest = THE_DIGEST,
                                    .approvals = s->judged,
                                    .now = NOW};
}

static struct kc_approval *decide(struct scene *s, const char *username, enum kc_decision decision)
{
    size_t i = s->in.n_approvals++;
    s->approvals[i] = (struct kc_approval){.who.username = username,
                                           .decision = decision,
                                           .plan_digest = THE_DIGEST,
                                           .confirm = "",
                                           .comment = "",
                                           .time = NOW - KC_SECOND_MS};
    s->judged[i] = (struct kc_judged_approval){.approval = &s->approvals[i], .seal_valid = true, .may_approve = true};
    return &s->approvals[i];
}

static struct kc_verdict judge(struct kc_arena *a, const struct scene *s)
{
    struct kc_guard_input in = s->in;
    struct kc_verdict v;
    in.policies = no_policies(a);
    kc_guard_judge(a, &in, &v);
    return v;
}

static void some_plans_may_never_run(void **state)
{
    (void)state;
    static const struct {
        const char *name, *username, *reason;
        bool read_only;
        enum kc_effect effect;
        int64_t age;
    } cases[] = {
        {"a person's change", "ana", "", false, KC_MUTATING, KC_HOUR_MS},
        {"a person's read", "ana", "", true, KC_READ_ONLY, KC_HOUR_MS},
        {"readOnly and a change", "ana", "ReadOnlyRequest", true, KC_MUTATING, KC_HOUR_MS},
        {"readOnly and a deletion", "ana", "ReadOnlyRequest", true, KC_DESTRUCTIVE, KC_HOUR_MS},
        {"a service account's read", "system:serviceaccount:ci:bot", "", false, KC_READ_ONLY, KC_HOUR_MS},
        {"a service account's change", "system:serviceaccount:ci:bot", "ServiceAccountChange", false, KC_MUTATING, 0},
        {"the system's", "system:kube-scheduler", "RequesterRefused", false, KC_READ_ONLY, 0},
        {"nobody's", "", "RequesterRefused", false, KC_READ_ONLY, 0},
        {"a day old", "ana", "", false, KC_MUTATING, KC_IDENTITY_VALID_MS},
        {"too old", "ana", "IdentityTooOld", false, KC_MUTATING, KC_IDENTITY_VALID_MS + 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, cases[i].effect);
        s.spec.requested_by.who.username = cases[i].username;
        s.spec.read_only = cases[i].read_only;
        s.in.created_at = NOW - cases[i].age;
        struct kc_verdict v = judge(a, &s);
        if (v.refused != (*cases[i].reason != '\0') || !KC_STREQ(v.reason, cases[i].reason))
            fail_msg("%s: %s", cases[i].name, v.reason);
        assert_int_equal(v.refused, strlen(v.message) > 0 && v.refused);
    }
}

static void reads_need_nobody(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, KC_READ_ONLY);
    struct kc_verdict v = judge(a, &s);
    assert_int_equal(v.required, 0);
    assert_int_equal(v.granted, 0);
    assert_string_equal(v.said[0].v[0], "default: reads need no approval");
    assert_string_equal(v.confirm, "");
    assert_int_equal(v.risk, KC_RISK_LOW);
}

static void one_approval_for_a_change(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, KC_MUTATING);
    struct kc_verdict v = judge(a, &s);
    assert_int_equal(v.required, 1);
    assert_int_equal(v.granted, 0);
    assert_false(v.other_person);
    assert_string_equal(v.confirm, "");
    assert_string_equal(v.message, "waiting for 1 approval");

    decide(&s, "ana", KC_APPROVE); /* the requester's own will do */
    v = judge(a, &s);
    assert_int_equal(v.granted, 1);
    decide(&s, "bob", KC_APPROVE);
    v = judge(a, &s);
    assert_int_equal(v.granted, 1); /* of 1 */
}

static void unsealed(struct scene *s)
{
    s->judged[0].seal_valid = false;
}
static void unauthorised(struct scene *s)
{
    s->judged[0].may_approve = false;
}
static void of_another_plan(struct scene *s)
{
    s->approvals[0].plan_digest = "sha256:0022";
}
static void of_no_plan(struct scene *s)
{
    s->approvals[0].plan_digest = "";
}
static void too_old(struct scene *s)
{
    s->approvals[0].time = NOW - KC_IDENTITY_VALID_MS - 1;
}
static void by_a_machine(struct scene *s)
{
    s->approvals[0].who.username = "system:serviceaccount:ci:bot";
}
static void by_a_master(struct scene *s)
{
    static const char *groups[] = {"system:masters"};
    s->approvals[0].who.groups = (struct kc_strs){groups, 1};
}
static void undecided(struct scene *s)
{
    s->approvals[0].decision = KC_DECISION_NONE;
}

static void only_good_approvals_count(void **state)
{
    (void)state;
    static const struct {
        void (*alter)(struct scene *);
        const char *says;
    } cases[] = {
        {unsealed, "its seal does not fit"},
        {unauthorised, "lacks the verb approve"},
        {of_another_plan, "it is for another plan"},
        {of_no_plan, "it is for another plan"},
        {too_old, "older than 24 h"},
        {by_a_machine, "only people approve"},
        {by_a_master, "system:masters"},
        {undecided, "waiting for 1 approval"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, KC_MUTATING);
        decide(&s, "bob", KC_APPROVE);
        assert_int_equal(judge(a, &s).granted, 1);
        cases[i].alter(&s);
        struct kc_verdict v = judge(a, &s);
        assert_int_equal(v.granted, 0);
        assert_false(v.refused);
        if (!strstr(v.message, cases[i].says))
            fail_msg("%s", v.message);
        decide(&s, "carol", KC_APPROVE); /* does not stand in the way of a good one */
        assert_int_equal(judge(a, &s).granted, 1);
    }
}

static void destruction_needs_somebody_else_who_spells_it_out(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, KC_DESTRUCTIVE);
    struct kc_verdict v = judge(a, &s);
    assert_int_equal(v.required, 1);
    assert_true(v.other_person);
    assert_string_equal(v.confirm, "prod-eu/shop");
    assert_non_null(strstr(v.message, "by another person, confirmed with prod-eu/shop"));

    decide(&s, "ana", KC_APPROVE)->confirm = "prod-eu/shop";
    v = judge(a, &s);
    assert_int_equal(v.granted, 0);
    assert_non_null(strstr(v.message, "the requester's own approval"));

    decide(&s, "bob", KC_APPROVE)->confirm = "prod-eu/pay";
    v = judge(a, &s);
    assert_int_equal(v.granted, 0);
    assert_non_null(strstr(v.message, "confirmed with \"prod-eu/shop\""));

    decide(&s, "bob", KC_APPROVE)->confirm = "prod-eu/shop"; /* a second, better one of his */
    assert_int_equal(judge(a, &s).granted, 1);
}

static void the_gravest_step_decides(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, KC_READ_ONLY);
    s.plan.n_steps = 2;
    s.steps[1].effect = KC_DESTRUCTIVE;
    s.steps[1].action.target.ns = "pay";
    s.steps[1].reversible = KC_IRREVERSIBLE;
    struct kc_verdict v = judge(a, &s);
    assert_true(v.other_person);
    assert_string_equal(v.confirm, "prod-eu/pay");
    assert_int_equal(v.risk, KC_RISK_CRITICAL);
}

static void a_reject_ends_it(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, KC_MUTATING);
    decide(&s, "bob", KC_APPROVE);
    decide(&s, "carol", KC_REJECT)->comment = "freeze";
    struct kc_verdict v = judge(a, &s);
    assert_true(v.rejected);
    assert_string_equal(v.message, "rejected by carol: freeze");

    s.approvals[1].plan_digest = "sha256:0022"; /* to an earlier plan: still a no */
    s.approvals[1].time = NOW - 2 * KC_IDENTITY_VALID_MS;
    assert_true(judge(a, &s).rejected);
    s.judged[1].may_approve = false;
    assert_false(judge(a, &s).rejected);
    s.approvals[1].who.username = "ana"; /* the requester may take it back */
    assert_true(judge(a, &s).rejected);
    s.judged[1].seal_valid = false;
    assert_false(judge(a, &s).rejected);
}

static void risk_by_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum kc_effect effect;
        enum kc_reversible reversible;
        enum kc_risk risk;
    } cases[] = {
        {"3", "5", KC_MUTATING, KC_REVERSIBLE, KC_RISK_LOW},
        {"3", "6", KC_MUTATING, KC_REVERSIBLE, KC_RISK_LOW},
        {"3", "7", KC_MUTATING, KC_REVERSIBLE, KC_RISK_MEDIUM},
        {"0", "1", KC_MUTATING, KC_REVERSIBLE, KC_RISK_MEDIUM},
        {"", "1", KC_MUTATING, KC_REVERSIBLE, KC_RISK_MEDIUM},
        {"3", "2", KC_MUTATING, KC_REVERSIBLE, KC_RISK_MEDIUM},
        {"3", "0", KC_MUTATING, KC_REVERSIBLE, KC_RISK_HIGH},
        {"1", "", KC_MUTATING, KC_REVERSIBLE, KC_RISK_HIGH},
        {"1", "2147483647", KC_MUTATING, KC_REVERSIBLE, KC_RISK_MEDIUM},
        {"x", "y", KC_MUTATING, KC_REVERSIBLE, KC_RISK_HIGH}, /* the action's own 0 */
        {"3", "5", KC_DESTRUCTIVE, KC_REVERSIBLE, KC_RISK_HIGH},
        {"3", "5", KC_DESTRUCTIVE, KC_PARTIAL, KC_RISK_CRITICAL},
        {"3", "0", KC_READ_ONLY, KC_REVERSIBLE_NONE, KC_RISK_LOW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scene s;
        set_scene(&s, cases[i].effect);
        s.changes[0].from = cases[i].from;
        s.changes[0].to = cases[i].to;
        s.steps[0].reversible = cases[i].reversible;
        if (kc_guard_risk(&s.plan) != cases[i].risk)
            fail_msg("%s -> %s: %s", cases[i].from, cases[i].to, kc_risk_name(kc_guard_risk(&s.plan)));
    }
    struct scene s;
    set_scene(&s, KC_MUTATING);
    s.plan.n_steps = 2;
    s.changes[1] = (struct kc_change){.path = "spec.replicas", .from = "3", .to = "0"};
    s.plan.doubt = "kubectl scale deployment/other --replicas=1";
    assert_int_equal(kc_guard_risk(&s.plan), KC_RISK_CRITICAL);
    s.plan.doubt = "";
    assert_int_equal(kc_guard_risk(&s.plan), KC_RISK_HIGH);
    s.plan.n_steps = 0;
    assert_int_equal(kc_guard_risk(&s.plan), KC_RISK_NONE);
}

static void risk_of_each_verb(void **state)
{
    (void)state;
    static struct kc_change metadata = {.path = "metadata.labels.tier", .from = "", .to = "front"};
    static struct kc_change image = {.path = "spec.template.spec.containers[name=web].image", .from = "a", .to = "b"};
    static struct kc_change to_zero = {.path = "spec.replicas", .from = "3", .to = ""};
    static const struct {
        const char *verb, *kind;
        enum kc_effect effect;
        enum kc_reversible reversible;
        struct kc_change *change;
        const char *controller;
        enum kc_risk risk;
    } cases[] = {
        {"rollout restart", "Deployment", KC_MUTATING, KC_IRREVERSIBLE, &image, "", KC_RISK_MEDIUM},
        {"rollout undo", "Deployment", KC_MUTATING, KC_REVERSIBLE, &image, "", KC_RISK_MEDIUM},
        {"rollout pause", "Deployment", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"rollout resume", "Deployment", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_MEDIUM},
        {"set image", "Deployment", KC_MUTATING, KC_REVERSIBLE, &image, "", KC_RISK_MEDIUM},
        {"set env", "Deployment", KC_MUTATING, KC_PARTIAL, &image, "", KC_RISK_MEDIUM},
        {"set resources", "Deployment", KC_MUTATING, KC_REVERSIBLE, &image, "", KC_RISK_MEDIUM},
        {"set serviceaccount", "Deployment", KC_MUTATING, KC_REVERSIBLE, &image, "", KC_RISK_HIGH},
        {"label", "Deployment", KC_MUTATING, KC_REVERSIBLE, &metadata, "", KC_RISK_LOW},
        {"label", "Node", KC_MUTATING, KC_REVERSIBLE, &metadata, "", KC_RISK_MEDIUM},
        {"label", "Namespace", KC_MUTATING, KC_REVERSIBLE, &metadata, "", KC_RISK_MEDIUM},
        {"label", "Pod", KC_MUTATING, KC_REVERSIBLE, &metadata, "ReplicaSet/web-1a", KC_RISK_MEDIUM},
        {"label", "Widget", KC_MUTATING, KC_REVERSIBLE, &image, "", KC_RISK_MEDIUM}, /* something changes it further */
        {"annotate", "Pod", KC_MUTATING, KC_REVERSIBLE, &metadata, "", KC_RISK_LOW},
        {"annotate", "Namespace", KC_MUTATING, KC_REVERSIBLE, &metadata, "", KC_RISK_MEDIUM},
        {"cordon", "Node", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"uncordon", "Node", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"taint", "Node", KC_MUTATING, KC_PARTIAL, NULL, "", KC_RISK_MEDIUM},
        {"taint", "Node", KC_DESTRUCTIVE, KC_REVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"taint", "Node", KC_DESTRUCTIVE, KC_PARTIAL, NULL, "", KC_RISK_CRITICAL},
        {"autoscale", "Deployment", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_MEDIUM},
        {"expose", "Deployment", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"create namespace", "Namespace", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"create serviceaccount", "ServiceAccount", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"create configmap", "ConfigMap", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"create job", "Job", KC_MUTATING, KC_PARTIAL, NULL, "", KC_RISK_MEDIUM},
        {"patch", "Deployment", KC_MUTATING, KC_IRREVERSIBLE, &image, "", KC_RISK_HIGH},
        {"patch", "Deployment", KC_MUTATING, KC_REVERSIBLE, &image, "", KC_RISK_MEDIUM},
        {"patch", "Deployment", KC_MUTATING, KC_REVERSIBLE, &to_zero, "", KC_RISK_HIGH},
        {"patch", "Deployment", KC_MUTATING, KC_IRREVERSIBLE, &metadata, "", KC_RISK_MEDIUM},
        {"patch", "ClusterRole", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"patch", "Namespace", KC_MUTATING, KC_REVERSIBLE, &metadata, "", KC_RISK_HIGH},
        {"apply", "ConfigMap", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"apply", "Deployment", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_MEDIUM},
        {"apply", "RoleBinding", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"create", "Namespace", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_LOW},
        {"create", "Widget", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_MEDIUM},
        {"create", "ClusterRole", KC_MUTATING, KC_REVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"replace", "Deployment", KC_MUTATING, KC_PARTIAL, &to_zero, "", KC_RISK_HIGH},
        {"exec", "Pod", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "ReplicaSet/web-1a", KC_RISK_HIGH},
        {"exec", "Pod", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "DaemonSet/log", KC_RISK_HIGH},
        {"exec", "Pod", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "StatefulSet/db", KC_RISK_CRITICAL},
        {"exec", "Pod", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL},
        {"debug", "Pod", KC_MUTATING, KC_IRREVERSIBLE, NULL, "ReplicaSet/web-1a", KC_RISK_HIGH},
        {"delete", "Pod", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "ReplicaSet/web-1a", KC_RISK_MEDIUM},
        {"delete", "Pod", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"delete", "PersistentVolumeClaim", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "Database/shop", KC_RISK_CRITICAL},
        {"delete", "Deployment", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"delete", "Service", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"delete", "ConfigMap", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_HIGH},
        {"delete", "Secret", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL},
        {"delete", "Namespace", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL},
        {"delete", "PersistentVolumeClaim", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL},
        {"delete", "Node", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL},
        {"delete", "Widget", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL},
        {"delete", "Set", KC_DESTRUCTIVE, KC_IRREVERSIBLE, NULL, "", KC_RISK_CRITICAL}, /* part of a word is none */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_record_step s = {.action = {.verb = kc_verb_find(cases[i].verb), .target.kind = cases[i].kind},
                                   .effect = cases[i].effect,
                                   .reversible = cases[i].reversible,
                                   .changes = cases[i].change,
                                   .n_changes = cases[i].change != NULL,
                                   .controller = cases[i].controller};
        if (kc_guard_step_risk(&s) != cases[i].risk)
            fail_msg("%s %s: %s", cases[i].verb, cases[i].kind, kc_risk_name(kc_guard_step_risk(&s)));
    }
}

/* A forced delete is High at least; of a pod that may then run twice, and of one that nothing brings back, Critical. */
static void to_force_is_riskier(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const struct {
        const char *verb, *kind, *controller, *force;
        enum kc_risk risk;
    } cases[] = {
        {"delete", "Pod", "ReplicaSet/web-1a", "false", KC_RISK_MEDIUM},
        {"delete", "Pod", "ReplicaSet/web-1a", "true", KC_RISK_HIGH},
        {"delete", "Pod", "StatefulSet/db", "false", KC_RISK_MEDIUM},
        {"delete", "Pod", "StatefulSet/db", "true", KC_RISK_CRITICAL},
        {"delete", "Pod", "", "true", KC_RISK_CRITICAL},
        {"delete", "ConfigMap", "", "true", KC_RISK_CRITICAL},
        {"delete", "Namespace", "", "true", KC_RISK_CRITICAL},
        {"evict", "Pod", "ReplicaSet/web-1a", "false", KC_RISK_HIGH},
        {"evict", "Pod", "", "true", KC_RISK_CRITICAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kc_target target = {"", "v1", cases[i].kind, "pods", "shop", "x"};
        const struct kc_flag_value force = {"force", cases[i].force};
        struct kc_record_step s = {
            .effect = KC_DESTRUCTIVE, .reversible = KC_PARTIAL, .controller = cases[i].controller};
        struct kc_err err = {0};
        if (!kc_action_make(a, cases[i].verb, &target, &force, 1, NULL, 0, &s.action, &err))
            fail_msg("%s", err.message);
        if (kc_guard_step_risk(&s) != cases[i].risk)
            fail_msg("case %zu: %s", i, kc_risk_name(kc_guard_step_risk(&s)));
    }
}

/* What it comes to is not known yet: a step that shows nothing of itself is no small one. */
static void what_is_deferred_is_not_low(void **state)
{
    (void)state;
    static const struct {
        const char *verb;
        enum kc_effect effect;
        bool deferred;
        enum kc_risk risk;
    } cases[] = {
        {"create configmap", KC_MUTATING, false, KC_RISK_LOW},
        {"create configmap", KC_MUTATING, true, KC_RISK_MEDIUM},
        {"set serviceaccount", KC_MUTATING, true, KC_RISK_HIGH},
        {"delete", KC_DESTRUCTIVE, true, KC_RISK_HIGH},
        {"get", KC_READ_ONLY, true, KC_RISK_LOW},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_record_step s = {.action = {.verb = kc_verb_find(cases[i].verb), .target = {.kind = "ConfigMap"}},
                                   .effect = cases[i].effect,
                                   .reversible = KC_REVERSIBLE,
                                   .deferred = cases[i].deferred};
        if (kc_guard_step_risk(&s) != cases[i].risk)
            fail_msg("%s: %s", cases[i].verb, kc_risk_name(kc_guard_step_risk(&s)));
    }
}

/* What is there may be relied on; what others manage is theirs. */
static void to_change_what_is_there_is_riskier(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const struct {
        const char *uid, *forced;
        enum kc_risk risk;
    } cases[] = {{"", "false", KC_RISK_LOW},
                 {"u-1", "false", KC_RISK_MEDIUM},
                 {"", "true", KC_RISK_MEDIUM},
                 {"u-1", "true", KC_RISK_HIGH}};
    const struct kc_target target = {"", "v1", "ConfigMap", "configmaps", "shop", "c"};
    KC_JSON_SCOPE *object =
        json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", "v1", "kind", "ConfigMap", "metadata", "name", "c");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kc_flag_value flags[] = {{"server-side", "true"}, {"force-conflicts", cases[i].forced}};
        struct kc_record_step s = {.effect = KC_MUTATING, .reversible = KC_PARTIAL, .uid = cases[i].uid};
        struct kc_err err = {0};
        if (!kc_action_make_of(a, "apply", &target, object, flags, 2, &s.action, &err))
            fail_msg("%s", err.message);
        assert_int_equal(kc_guard_step_risk(&s), cases[i].risk);
    }
}

/* How many objects a step is over counts; of a drain they do not. */
static void many_objects_are_riskier(void **state)
{
    (void)state;
    enum { MOST = 12 };
    static const struct {
        const char *name, *verb;
        enum kc_effect effect;
        size_t n;
        bool all;
        const char *part, *doubt;
        enum kc_risk risk;
    } cases[] = {
        {"ten of many", "rollout restart", KC_MUTATING, 10, false, "p", "", KC_RISK_MEDIUM},
        {"more than ten", "rollout restart", KC_MUTATING, 11, false, "p", "", KC_RISK_HIGH},
        {"all there are", "rollout restart", KC_MUTATING, 2, true, "p", "", KC_RISK_HIGH},
        {"all there are, many and in doubt", "rollout restart", KC_MUTATING, 11, true, "p", "x", KC_RISK_CRITICAL},
        {"the only one there is", "rollout restart", KC_MUTATING, 1, true, "", "", KC_RISK_MEDIUM},
        {"as many steps of their own", "rollout restart", KC_MUTATING, 11, false, "", "", KC_RISK_MEDIUM},
        {"looks", "get", KC_READ_ONLY, 11, true, "p", "", KC_RISK_LOW},
        {"evictions", "evict", KC_DESTRUCTIVE, 11, true, "p", "", KC_RISK_HIGH},
        {"nothing is riskier", "delete", KC_DESTRUCTIVE, 11, true, "p", "", KC_RISK_CRITICAL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_record_step steps[MOST] = {0};
        struct kc_plan_record plan = {.steps = steps, .n_steps = cases[i].n, .doubt = cases[i].doubt};
        for (size_t j = 0; j < cases[i].n; j++)
            steps[j] = (struct kc_record_step){
                .action = {.verb = kc_verb_find(cases[i].verb), .target = {.group = "", .kind = "Secret", .name = "s"}},
                .effect = cases[i].effect,
                .reversible = KC_REVERSIBLE,
                .all = cases[i].all && j == 0,
                .part = cases[i].part};
        if (KC_STREQ(cases[i].verb, "delete"))
            steps[0].reversible = KC_IRREVERSIBLE;
        if (kc_guard_risk(&plan) != cases[i].risk)
            fail_msg("%s: %s", cases[i].name, kc_risk_name(kc_guard_risk(&plan)));
    }
}

static void a_step_is_as_risky_as_its_riskiest_part(void **state)
{
    (void)state;
    struct kc_record_step steps[11];
    struct kc_plan_record plan = {.steps = steps, .n_steps = 11};

    for (size_t i = 0; i < 11; i++)
        steps[i] = (struct kc_record_step){.action = {.verb = kc_verb_find("rollout restart"),
                                                      .target = {.group = "apps", .kind = "Deployment", .name = "d"}},
                                           .effect = KC_MUTATING,
                                           .part = "p"};
    steps[4].action.verb = kc_verb_find("set subject");
    assert_int_equal(kc_guard_group_risk(&plan, 0, 10), KC_RISK_HIGH);     /* the riskiest of them */
    assert_int_equal(kc_guard_group_risk(&plan, 0, 11), KC_RISK_CRITICAL); /* and one more than ten */
}

static void a_privileged_debugger_is_critical(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const struct kc_target pod = {"", "v1", "Pod", "pods", "shop", "web"};
    const struct kc_flag_value flags[] = {{"image", "b"}, {"profile", "sysadmin"}};
    struct kc_record_step s = {.effect = KC_MUTATING, .reversible = KC_IRREVERSIBLE};
    struct kc_err err = {0};
    assert_true(kc_action_make(a, "debug", &pod, flags, 2, NULL, 0, &s.action, &err));
    assert_int_equal(kc_guard_step_risk(&s), KC_RISK_CRITICAL);
}

static void to_expose_to_the_outside_is_risky(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    static const struct {
        const char *type;
        enum kc_risk risk;
    } cases[] = {{"ClusterIP", KC_RISK_LOW}, {"NodePort", KC_RISK_HIGH}, {"LoadBalancer", KC_RISK_HIGH}};
    const struct kc_target web = {"apps", "v1", "Deployment", "deployments", "shop", "web"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kc_flag_value flags[] = {{"port", "80"}, {"type", cases[i].type}};
        struct kc_record_step s = {.effect = KC_MUTATING, .reversible = KC_REVERSIBLE};
        struct kc_err err = {0};
        if (!kc_action_make(a, "expose", &web, flags, 2, NULL, 0, &s.action, &err))
            fail_msg("%s", err.message);
        assert_int_equal(kc_guard_step_risk(&s), cases[i].risk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_ask_and_approve),
        cmocka_unit_test(some_plans_may_never_run),
        cmocka_unit_test(reads_need_nobody),
        cmocka_unit_test(one_approval_for_a_change),
        cmocka_unit_test(only_good_approvals_count),
        cmocka_unit_test(destruction_needs_somebody_else_who_spells_it_out),
        cmocka_unit_test(the_gravest_step_decides),
        cmocka_unit_test(a_reject_ends_it),
        cmocka_unit_test(risk_by_the_table),
        cmocka_unit_test(risk_of_each_verb),
        cmocka_unit_test(to_expose_to_the_outside_is_risky),
        cmocka_unit_test(to_force_is_riskier),
        cmocka_unit_test(what_is_deferred_is_not_low),
        cmocka_unit_test(to_change_what_is_there_is_riskier),
        cmocka_unit_test(many_objects_are_riskier),
        cmocka_unit_test(a_step_is_as_risky_as_its_riskiest_part),
        cmocka_unit_test(a_privileged_debugger_is_critical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
