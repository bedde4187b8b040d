/* What AuditPolicies make of plans. */
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
#define STEPS      3

/* ana, in namespace shop, scales web there from 3 to 5; each case says what is otherwise. */
struct scene {
    struct kc_chatrequest_spec spec;
    struct kc_record_step steps[STEPS];
    struct kc_change changes[STEPS];
    struct kc_plan_record plan;
    struct kc_approval approvals[4];
    struct kc_judged_approval judged[4];
    struct kc_guard_input in;
};

static void set_scene(struct scene *s, const struct kc_policy_set *policies)
{
    *s = (struct scene){.spec.requested_by.who.username = "ana"};
    for (int i = 0; i < STEPS; i++) {
        s->changes[i] = (struct kc_change){.path = "spec.replicas", .from = "3", .to = "5"};
        s->steps[i] = (struct kc_record_step){
            .action = {.verb = kc_verb_find("scale"),
                       .target = {.group = "apps", .kind = "Deployment", .ns = "shop", .name = "web"}},
            .effect = KC_MUTATING,
            .changes = &s->changes[i],
            .n_changes = 1,
            .reversible = KC_REVERSIBLE};
    }
    s->plan = (struct kc_plan_record){.steps = s->steps, .n_steps = 1};
    s->in = (struct kc_guard_input){.spec = &s->spec,
                                    .created_at = NOW - KC_MINUTE_MS,
                                    .cluster = "prod-eu",
                                    .ns = "shop",
                                    .plan = &s->plan,
                                    .plan_digest = THE_DIGEST,
                                    .policies = policies,
                                    .approvals = s->judged,
                                    .now = NOW};
}

static struct kc_approval *approve(struct scene *s, const char *username, const char *group)
{
    static const char *groups[4][1];
    size_t i = s->in.n_approvals++;
    groups[i][0] = group;
    s->approvals[i] = (struct kc_approval){.who = {.username = username, .groups = {groups[i], group ? 1 : 0}},
                                           .decision = KC_APPROVE,
                                           .plan_digest = THE_DIGEST,
                                           .confirm = "",
                                           .comment = "",
                                           .time = NOW - KC_SECOND_MS};
    s->judged[i] = (struct kc_judged_approval){.approval = &s->approvals[i], .seal_valid = true, .may_approve = true};
    return &s->approvals[i];
}

static struct kc_verdict judge(struct kc_arena *a, const struct scene *s)
{
    struct kc_verdict v;
    kc_guard_judge(a, &s->in, &v);
    return v;
}

static const char *said(struct kc_arena *a, const struct kc_strs *s)
{
    KC_BUF_SCOPE b = {0};
    for (size_t i = 0; i < s->n; i++)
        kc_buf_printf(&b, "%s%s", i ? " | " : "", s->v[i]);
    return kc_arena_strdup(a, kc_buf_str(&b));
}

static const char namespaces[] = "{'shop': {'tier': 'prod', 'team': 'web'}, 'pay': {'tier': 'prod'}, 'lab': {}}";

/* Which steps a policy is for: a suspended one tells. */
static void matching(void **state)
{
    (void)state;
    static const struct {
        const char *match;
        const char *group, *kind, *ns, *name;
        enum kc_effect effect;
        bool matches;
    } cases[] = {
        {"{}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'clusters':['prod-eu']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'clusters':['prod-*']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'clusters':['prod']}", "apps", "Deployment", "shop", "web", KC_MUTATING, false},
        {"{'namespaces':['shop']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'namespaces':['sh*']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'namespaces':['*']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'namespaces':['shop-*']}", "apps", "Deployment", "shop", "web", KC_MUTATING, false},
        {"{'namespaces':['pay','shop']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'namespaces':['pay']}", "apps", "Deployment", "shop", "web", KC_MUTATING, false},
        {"{'namespaces':['*']}", "", "Node", "", "n1", KC_MUTATING, false},
        {"{}", "", "Node", "", "n1", KC_MUTATING, true},
        {"{'namespaces':['shop']}", "", "Namespace", "", "shop", KC_DESTRUCTIVE, true},
        {"{'namespaceSelector':{'matchLabels':{'tier':'prod'}}}", "", "Namespace", "", "shop", KC_DESTRUCTIVE, true},
        {"{'namespaces':['shop']}", "example.com", "Namespace", "", "shop", KC_DESTRUCTIVE, false},
        {"{'effects':['Destructive']}", "apps", "Deployment", "shop", "web", KC_MUTATING, false},
        {"{'effects':['Destructive']}", "apps", "Deployment", "shop", "web", KC_DESTRUCTIVE, true},
        {"{'effects':['Mutating','Destructive']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'kinds':['Deployment']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'kinds':['Deployment.apps']}", "apps", "Deployment", "shop", "web", KC_MUTATING, true},
        {"{'kinds':['Deployment.example.com']}", "apps", "Deployment", "shop", "web", KC_MUTATING, false},
        {"{'kinds':['Deploy']}", "apps", "Deployment", "shop", "web", KC_MUTATING, false},
        {"{'kinds':['StatefulSet','Pod']}", "", "Pod", "shop", "web", KC_MUTATING, true},
        {"{'namespaceSelector':{'matchLabels':{'tier':'prod'}}}", "apps", "Deployment", "shop", "web", KC_MUTATING,
         true},
        {"{'namespaceSelector':{'matchLabels':{'tier':'prod'}}}", "apps", "Deployment", "lab", "web", KC_MUTATING,
         false},
        {"{'namespaceSelector':{'matchLabels':{'tier':'test'}}}", "apps", "Deployment", "shop", "web", KC_MUTATING,
         false},
        /* not known: it may be anything */
        {"{'namespaceSelector':{'matchLabels':{'tier':'test'}}}", "apps", "Deployment", "new", "web", KC_MUTATING,
         true},
        {"{'namespaceSelector':{'matchLabels':{'tier':'prod'}}}", "", "Node", "", "n1", KC_MUTATING, false},
        {"{'namespaces':['pay'],'namespaceSelector':{'matchLabels':{'tier':'prod'}}}", "apps", "Deployment", "shop",
         "web", KC_MUTATING, false},
        /* cannot be evaluated: it is in force everywhere the rest fits */
        {"{'namespaceSelector':{'matchLabels':{'my tier':'prod'}}}", "apps", "Deployment", "lab", "web", KC_MUTATING,
         true},
        {"{'namespaces':['pay'],'namespaceSelector':{'matchLabels':{'my tier':'prod'}}}", "apps", "Deployment", "lab",
         "web", KC_MUTATING, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, policies_of(a, kc_arena_printf(a, "{'p': {'match': %s, 'suspend': true}}", cases[i].match),
                                  namespaces));
        s.steps[0].action.target = (struct kc_target){
            .group = cases[i].group, .kind = cases[i].kind, .ns = cases[i].ns, .name = cases[i].name};
        s.steps[0].effect = cases[i].effect;
        struct kc_verdict v = judge(a, &s);
        if (v.refused != cases[i].matches || (v.refused && !KC_STREQ(v.reason, "Suspended")))
            fail_msg("case %zu: %s for %s %s/%s: %s", i, cases[i].match, cases[i].kind, cases[i].ns, cases[i].name,
                     v.message);
    }
}

static void selectors(void **state)
{
    (void)state;
    static const struct {
        const char *expression;
        bool shop, lab;
    } cases[] = {
        {"{'key':'tier','operator':'In','values':['prod','stage']}", true, false},
        {"{'key':'tier','operator':'NotIn','values':['prod']}", false, true},
        {"{'key':'tier','operator':'NotIn','values':['test']}", true, true},
        {"{'key':'team','operator':'Exists'}", true, false},
        {"{'key':'team','operator':'DoesNotExist'}", false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        const char *policy =
            kc_arena_printf(a, "{'p': {'match': {'namespaceSelector': {'matchExpressions': [%s]}}, 'suspend': true}}",
                            cases[i].expression);
        set_scene(&s, policies_of(a, policy, namespaces));
        assert_int_equal(judge(a, &s).refused, cases[i].shop);
        s.steps[0].action.target.ns = "lab";
        if (judge(a, &s).refused != cases[i].lab)
            fail_msg("%s", cases[i].expression);
    }
}

/* One step, one or two policies: what is demanded, and how it is said. */
static void demands(void **state)
{
    (void)state;
    static const struct {
        const char *policies;
        enum kc_effect effect;
        const char *to; /* replicas: 5 Low, 2 Medium, 0 High */
        int required;
        bool other;
        const char *confirm, *said;
    } cases[] = {
        {"{}", KC_MUTATING, "5", 1, false, "", "default: one approval"},
        {"{}", KC_DESTRUCTIVE, "5", 1, true, "prod-eu/shop",
         "default: one approval by another person, typed confirmation"},
        {"{'p':{'approvals':[{}]}}", KC_MUTATING, "5", 1, true, "", "p: one approval by another person"},
        {"{'p':{'approvals':[{'required':2}]}}", KC_MUTATING, "5", 2, true, "", "p: two approvals by other people"},
        {"{'p':{'approvals':[{'required':2,'allowRequester':true}]}}", KC_MUTATING, "5", 2, false, "",
         "p: two approvals"},
        {"{'p':{'approvals':[{'required':2,'groups':['dba','sre'],'allowRequester':true}]}}", KC_MUTATING, "5", 2,
         false, "", "p: two approvals by people in dba or sre"},
        {"{'p':{'approvals':[{'groups':['dba']}]}}", KC_MUTATING, "5", 1, true, "",
         "p: one approval by another person in dba"},
        {"{'p':{'approvals':[{'required':0}]}}", KC_MUTATING, "5", 0, false, "", "p: no approvals"},
        {"{'p':{'approvals':[{'required':0}]}}", KC_DESTRUCTIVE, "5", 0, false, "prod-eu/shop",
         "p: no approvals | default: typed confirmation"},
        /* a rule that is not for the step leaves the default */
        {"{'p':{'approvals':[{'effects':['Destructive'],'required':3}]}}", KC_MUTATING, "5", 1, false, "",
         "default: one approval"},
        {"{'p':{'approvals':[{'effects':['Destructive'],'required':3}]}}", KC_DESTRUCTIVE, "5", 3, true, "prod-eu/shop",
         "p: three approvals by other people | default: typed confirmation"},
        {"{'p':{'approvals':[{'minRisk':'High','required':2}]}}", KC_MUTATING, "2", 1, false, "",
         "default: one approval"},
        {"{'p':{'approvals':[{'minRisk':'High','required':2}]}}", KC_MUTATING, "0", 2, true, "",
         "p: two approvals by other people"},
        {"{'p':{'approvals':[{'minRisk':'Low','required':2}]}}", KC_MUTATING, "5", 2, true, "",
         "p: two approvals by other people"},
        /* all rules that are for a step */
        {"{'p':{'approvals':[{'allowRequester':true},{'minRisk':'High','required':2}]}}", KC_MUTATING, "0", 2, true, "",
         "p: one approval, two approvals by other people"},
        /* the strictest of several, all named */
        {"{'a':{'approvals':[{'required':0}]},'b':{'approvals':[{'required':2}]}}", KC_MUTATING, "5", 2, true, "",
         "a: no approvals | b: two approvals by other people"},
        {"{'b':{'approvals':[{'required':3,'allowRequester':true}]},'a':{'approvals':[{}]}}", KC_MUTATING, "5", 3, true,
         "", "a: one approval by another person | b: three approvals"},
        /* typed confirmation */
        {"{'p':{'contextLock':{'confirm':'Mutating'}}}", KC_MUTATING, "5", 1, false, "prod-eu/shop",
         "p: typed confirmation | default: one approval"},
        {"{'p':{'contextLock':{'confirm':'Never'}}}", KC_DESTRUCTIVE, "5", 1, true, "",
         "p: no typed confirmation | default: one approval by another person"},
        {"{'p':{'contextLock':{'confirm':'Destructive'}}}", KC_MUTATING, "5", 1, false, "",
         "p: no typed confirmation | default: one approval"},
        {"{'p':{'contextLock':{'confirm':'Never'}},'q':{'contextLock':{'confirm':'Mutating'}}}", KC_MUTATING, "5", 1,
         false, "prod-eu/shop", "p: no typed confirmation | q: typed confirmation | default: one approval"},
        /* what does not hold only says what it would do */
        {"{'p':{'enforcement':'Warn','approvals':[{'required':2}]}}", KC_MUTATING, "5", 1, false, "",
         "p (Warn): would ask for two approvals by other people | default: one approval"},
        {"{'p':{'enforcement':'DryRun','contextLock':{'confirm':'Mutating'}}}", KC_MUTATING, "5", 1, false, "",
         "p (DryRun): would ask for typed confirmation | default: one approval"},
        {"{'p':{'enforcement':'DryRun','suspend':true}}", KC_MUTATING, "5", 1, false, "",
         "p (DryRun): would refuse: changes are suspended here; ask again when suspend is lifted | default: one "
         "approval"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, policies_of(a, cases[i].policies, namespaces));
        s.steps[0].effect = cases[i].effect;
        s.changes[0].to = cases[i].to;
        struct kc_verdict v = judge(a, &s);
        if (v.refused || v.waits || v.required != cases[i].required || v.other_person != cases[i].other ||
            !KC_STREQ(v.confirm, cases[i].confirm) || !KC_STREQ(said(a, &v.said[0]), cases[i].said))
            fail_msg("case %zu, %s: required %d, confirm \"%s\", said \"%s\" %s", i, cases[i].policies, v.required,
                     v.confirm, said(a, &v.said[0]), v.message);
    }
}

static void two_persons_in_groups(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a, "{'p':{'approvals':[{'required':2,'groups':['dba','sre']}]}}", NULL));
    struct kc_verdict v = judge(a, &s);
    assert_string_equal(v.message, "waiting for two approvals by other people in dba or sre (policy p)");
    approve(&s, "ana", "sre"); /* who asks does not count */
    v = judge(a, &s);
    assert_int_equal(v.granted, 0);
    assert_non_null(strstr(v.message, "the approval of ana does not count: the requester's own approval does not do"));
    approve(&s, "bob", "dba");
    v = judge(a, &s);
    assert_int_equal(v.granted, 1);
    assert_int_equal(v.required, 2);
    assert_non_null(strstr(v.message, "waiting for one approval by another person in dba or sre (policy p)"));
    approve(&s, "carol", "web");
    v = judge(a, &s);
    assert_int_equal(v.granted, 1);
    assert_non_null(strstr(v.message, "the approval of carol does not count: the approver is in none of the groups"));
    approve(&s, "dan", "sre");
    v = judge(a, &s);
    assert_int_equal(v.granted, 2);
    assert_int_equal(v.required, 2);
    assert_string_equal(v.message, "approved");
}

static void the_same_person_counts_once(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a, "{'p':{'approvals':[{'required':2}]}}", NULL));
    approve(&s, "bob", NULL);
    approve(&s, "bob", NULL);
    assert_int_equal(judge(a, &s).granted, 1);
}

/* Groups that may not overlap: one person may still do for both. */
static void several_demands(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    const struct kc_policy_set *set =
        policies_of(a, "{'p':{'approvals':[{'groups':['dba']}]},'q':{'approvals':[{'groups':['sre']}]}}", NULL);
    set_scene(&s, set);
    struct kc_verdict v = judge(a, &s);
    assert_int_equal(v.required, 1);
    assert_string_equal(v.message,
                        "waiting for one approval by another person in dba (policy p) and one approval by another "
                        "person in sre (policy q)");
    approve(&s, "bob", "dba");
    v = judge(a, &s);
    assert_int_equal(v.granted, 1);
    assert_int_equal(v.required, 2);
    assert_string_equal(v.message, "waiting for one approval by another person in sre (policy q)");
    approve(&s, "carol", "sre");
    v = judge(a, &s);
    assert_int_equal(v.granted, 2);
    assert_int_equal(v.required, 2);

    set_scene(&s, set);
    approve(&s, "eve", "dba");
    static const char *both[] = {"dba", "sre"};
    s.approvals[0].who.groups = (struct kc_strs){both, 2};
    v = judge(a, &s);
    assert_int_equal(v.granted, 1);
    assert_int_equal(v.required, 1);
}

/* What the stricter of two asks covers the other: it need not be said twice. */
static void only_the_strictest_is_waited_for(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s,
              policies_of(a, "{'p':{'approvals':[{'allowRequester':true}]},'q':{'approvals':[{'required':2}]}}", NULL));
    assert_string_equal(judge(a, &s).message, "waiting for two approvals by other people (policy q)");
    set_scene(&s, policies_of(a, "{'p':{'approvals':[{}]},'q':{'approvals':[{}]}}", NULL));
    assert_string_equal(judge(a, &s).message, "waiting for one approval by another person (policy p)");
}

static void context_lock(void **state)
{
    (void)state;
    static const struct {
        const char *lock, *from, *ns;
        const char *refusal; /* NULL: none */
    } cases[] = {
        {"{}", "shop", "shop", NULL},
        {"{}", "ops", "shop",
         "policy p: a request in namespace ops may not change namespace shop; ask in namespace shop"},
        {"{'requestNamespaces':['ops']}", "ops", "shop", NULL},
        {"{'requestNamespaces':['ops','ops-*']}", "shop", "shop",
         "policy p: a request in namespace shop may not change namespace shop; ask in namespace ops or ops-*"},
        {"{'requestNamespaces':['ops-*']}", "ops-eu", "shop", NULL},
        {"{'requestNamespaces':['*']}", "anywhere", "shop", NULL},
        {"{}", "shop", "", "policy p: a request in namespace shop may not change cluster-scoped objects"},
        {"{'requestNamespaces':['ops']}", "ops", "", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, policies_of(a, kc_arena_printf(a, "{'p':{'contextLock':%s}}", cases[i].lock), NULL));
        s.in.ns = cases[i].from;
        s.steps[0].action.target.ns = cases[i].ns;
        struct kc_verdict v = judge(a, &s);
        if (v.refused != (cases[i].refusal != NULL) || !KC_STREQ(v.reason, cases[i].refusal ? "ContextLocked" : "") ||
            (v.refused && !KC_STREQ(v.message, cases[i].refusal)))
            fail_msg("case %zu: %s", i, v.message);
    }
}

static void service_accounts(void **state)
{
    (void)state;
    static const struct {
        const char *policies;
        bool allowed;
        const char *says;
    } cases[] = {
        {"{}", false, "is a service account"},
        {"{'p':{}}", false, "is a service account"},
        {"{'p':{'serviceAccounts':[{'namespace':'ci','name':'bot'}]}}", true, "p: this service account may ask"},
        {"{'p':{'serviceAccounts':[{'namespace':'ci','name':'other'}]}}", false,
         "policy p: spec.serviceAccounts does not let"},
        {"{'p':{'serviceAccounts':[{'namespace':'c','name':'bot'}]}}", false, "policy p"},
        {"{'p':{'serviceAccounts':[{'namespace':'ci','name':'bot','namespaces':['pay']}]}}", false, "policy p"},
        {"{'p':{'serviceAccounts':[{'namespace':'ci','name':'bot','namespaces':['sh*']}]}}", true, "may ask"},
        {"{'p':{'match':{'namespaces':['pay']},'serviceAccounts':[{'namespace':'ci','name':'bot'}]}}", false,
         "is a service account"},
        {"{'p':{'enforcement':'Warn','serviceAccounts':[{'namespace':'ci','name':'bot'}]}}", false,
         "is a service account"},
        /* each list has to name it */
        {"{'p':{'serviceAccounts':[{'namespace':'ci','name':'bot'}]},'q':{'serviceAccounts':[{'namespace':'ci','name':'"
         "x'}]}}",
         false, "policy q"},
        {"{'p':{'serviceAccounts':[{'namespace':'ci','name':'bot'}]},'q':{}}", true, "may ask"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, policies_of(a, cases[i].policies, NULL));
        s.spec.requested_by.who.username = "system:serviceaccount:ci:bot";
        struct kc_verdict v = judge(a, &s);
        const char *text = v.refused ? v.message : said(a, &v.said[0]);
        if (v.refused == cases[i].allowed || !strstr(text, cases[i].says) ||
            (v.refused && !KC_STREQ(v.reason, "ServiceAccountChange")))
            fail_msg("case %zu, %s: %s", i, cases[i].policies, text);
    }
}

/* Whether the namespace's labels fit is not known: what the policy forbids or asks holds, what it opens does not. */
static void what_may_not_match_opens_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        enum kc_effect effect;
        int required;
        bool other, typed;
    } cases[] = {
        {"'approvals':[{'required':0}]", KC_MUTATING, 1, false, false},
        {"'approvals':[{'required':0}]", KC_DESTRUCTIVE, 1, true, true},
        {"'approvals':[{'required':2}]", KC_MUTATING, 2, true, false},
        {"'contextLock':{'confirm':'Never'}", KC_DESTRUCTIVE, 1, true, true},
        {"'contextLock':{'confirm':'Mutating'}", KC_MUTATING, 1, false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s,
                  policies_of(a,
                              kc_arena_printf(a, "{'p':{'match':{'namespaceSelector':{'matchLabels':{'t':'x'}}},%s}}",
                                              cases[i].spec),
                              NULL));
        s.steps[0].effect = cases[i].effect;
        struct kc_verdict v = judge(a, &s);
        if (v.refused || v.required != cases[i].required || v.other_person != cases[i].other ||
            (*v.confirm != '\0') != cases[i].typed)
            fail_msg("%s: required %d, confirm \"%s\", said \"%s\" %s", cases[i].spec, v.required, v.confirm,
                     said(a, &v.said[0]), v.message);
    }
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a,
                              "{'p':{'match':{'namespaceSelector':{'matchLabels':{'t':'x'}}},"
                              "'serviceAccounts':[{'namespace':'ci','name':'bot'}],'capture':{'secrets':true}}}",
                              NULL));
    s.spec.requested_by.who.username = "system:serviceaccount:ci:bot";
    assert_true(judge(a, &s).refused);
    s.steps[0].action.target.group = "";
    s.steps[0].action.target.kind = "Secret";
    assert_false(kc_guard_captures(a, &s.in, &s.steps[0]));
}

/* The step says --force of a pod. */
static void force_step(struct kc_arena *a, struct scene *s, const char *verb, const char *ns)
{
    const struct kc_target pod = {"", "v1", "Pod", "pods", ns, "web-1"};
    const struct kc_flag_value force = {"force", "true"};
    struct kc_err err = {0};
    if (!kc_action_make(a, verb, &pod, &force, 1, NULL, 0, &s->steps[0].action, &err))
        fail_msg("%s", err.message);
    s->steps[0].effect = KC_DESTRUCTIVE;
    s->steps[0].n_changes = 0;
}

#define UNOPENED(extra)                                                                                                \
    "kubectl delete --force of pod/shop/web-1 is refused unless an AuditPolicy that matches what goes says "           \
    "spec.force: Allowed" extra ": leave --force out"
#define FORBIDDEN(policy)                                                                                              \
    "policy " policy ": kubectl delete --force of pod/shop/web-1 is refused here (spec.force): leave --force out"

/* Only what surely matches, and holds, opens; whatever might match forbids. */
static void force(void **state)
{
    (void)state;
    static const struct {
        const char *policies, *namespaces;
        const char *refusal; /* NULL: none */
        const char *said;    /* NULL: not looked at */
    } cases[] = {
        {"{}", NULL, UNOPENED(""), NULL},
        {"{'p':{}}", NULL, UNOPENED(""), NULL},
        {"{'p':{'force':'Allowed'}}", NULL, NULL,
         "p: --force is allowed | default: one approval by another person, typed confirmation"},
        {"{'p':{'force':'Refused'}}", NULL, FORBIDDEN("p"), NULL},
        {"{'p':{'force':'Allowed'},'q':{}}", NULL, NULL, NULL},
        {"{'p':{'force':'Allowed'},'q':{'force':'Refused'}}", NULL, FORBIDDEN("q"), NULL},
        {"{'p':{'force':'Refused'},'q':{'force':'Refused'}}", NULL, FORBIDDEN("p") "; " FORBIDDEN("q"), NULL},
        /* elsewhere */
        {"{'p':{'match':{'namespaces':['pay']},'force':'Allowed'}}", NULL, UNOPENED(""), NULL},
        {"{'p':{'match':{'kinds':['Node']},'force':'Allowed'}}", NULL, UNOPENED(""), NULL},
        {"{'p':{'match':{'clusters':['test']},'force':'Allowed'}}", NULL, UNOPENED(""), NULL},
        {"{'p':{'match':{'effects':['Mutating']},'force':'Allowed'}}", NULL, UNOPENED(""), NULL},
        {"{'p':{'match':{'namespaces':['pay']},'force':'Refused'},'q':{'force':'Allowed'}}", NULL, NULL, NULL},
        /* not enforced: neither opens nor forbids */
        {"{'p':{'enforcement':'Warn','force':'Allowed'}}", NULL,
         UNOPENED(" (policy p says so, but its enforcement is Warn)"), NULL},
        {"{'p':{'enforcement':'DryRun','force':'Allowed'}}", NULL,
         UNOPENED(" (policy p says so, but its enforcement is DryRun)"), NULL},
        {"{'p':{'enforcement':'Warn','force':'Refused'},'q':{'force':'Allowed'}}", NULL, NULL,
         "p (Warn): would refuse: kubectl delete --force of pod/shop/web-1 is refused here (spec.force): leave --force "
         "out | q: --force is allowed | default: one approval by another person, typed confirmation"},
        {"{'p':{'enforcement':'DryRun','force':'Refused'}}", NULL, UNOPENED(""), NULL},
        /* by labels: those that are not known may forbid, and open nothing */
        {"{'p':{'match':{'namespaceSelector':{'matchLabels':{'tier':'prod'}}},'force':'Allowed'}}", namespaces, NULL,
         NULL},
        {"{'p':{'match':{'namespaceSelector':{'matchLabels':{'tier':'prod'}}},'force':'Allowed'}}", NULL, UNOPENED(""),
         NULL},
        {"{'p':{'match':{'namespaceSelector':{'matchLabels':{'tier':'prod'}}},'force':'Refused'},'q':{'force':"
         "'Allowed'}}",
         NULL, FORBIDDEN("p"), NULL},
        {"{'p':{'match':{'namespaceSelector':{'matchLabels':{'tier':'test'}}},'force':'Refused'},'q':{'force':"
         "'Allowed'}}",
         namespaces, NULL, NULL},
        {"{'p':{'match':{'namespaceSelector':{'matchLabels':{'my tier':'x'}}},'force':'Allowed'}}", namespaces,
         UNOPENED(""), NULL},
        {"{'p':{'match':{'namespaceSelector':{'matchLabels':{'my tier':'x'}}},'force':'Refused'},'q':{'force':"
         "'Allowed'}}",
         namespaces, FORBIDDEN("p"), NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct scene s;
        set_scene(&s, policies_of(a, cases[i].policies, cases[i].namespaces));
        force_step(a, &s, "delete", "shop");
        struct kc_verdict v = judge(a, &s);
        if (v.refused != (cases[i].refusal != NULL) || !KC_STREQ(v.reason, cases[i].refusal ? "ForceRefused" : "") ||
            (v.refused && !KC_STREQ(v.message, cases[i].refusal)))
            fail_msg("case %zu, %s: %s", i, cases[i].policies, v.message);
        if (cases[i].said && !KC_STREQ(said(a, &v.said[0]), cases[i].said))
            fail_msg("case %zu, %s: %s", i, cases[i].policies, said(a, &v.said[0]));
    }
}

static void nothing_is_said_of_what_is_not_forced(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a, "{'p':{'force':'Refused'},'q':{'force':'Allowed'}}", NULL));
    struct kc_verdict v = judge(a, &s);
    assert_false(v.refused);
    assert_string_equal(said(a, &v.said[0]), "default: one approval");
}

/* Of a drain each pod that it forces out. */
static void drains_are_forced_pod_by_pod(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const struct kc_policy_set *set =
        policies_of(a,
                    "{'nodes':{'match':{'kinds':['Node']},'force':'Refused'},'lab':{'match':{'namespaces':['lab']},"
                    "'force':'Allowed'}}",
                    NULL);
    struct scene s;
    set_scene(&s, set);
    force_step(a, &s, "evict", "lab");
    assert_false(judge(a, &s).refused);
    force_step(a, &s, "evict", "shop");
    struct kc_verdict v = judge(a, &s);
    assert_string_equal(v.reason, "ForceRefused");
    assert_true(kc_str_starts(v.message, "kubectl drain --force of pod/shop/web-1 is refused unless"));
}

/* At admission: a command whose objects are not known yet passes where a policy may let it pass. */
static void force_is_judged_at_admission(void **state)
{
    (void)state;
    static const struct kc_selection in_all = {.labels = "a=b", .everywhere = true}, in_one = {.labels = "a=b"};
    static const struct {
        const char *policies, *verb, *ns;
        const struct kc_selection *selection;
        const char *refusal; /* NULL: none */
    } cases[] = {
        {"{}", "delete", "shop", NULL, "kubectl delete --force of pod/shop/web-1 is refused unless"},
        {"{'p':{'match':{'namespaces':['shop']},'force':'Allowed'}}", "delete", "shop", NULL, NULL},
        {"{'p':{'match':{'namespaces':['pay']},'force':'Allowed'}}", "delete", "shop", NULL,
         "kubectl delete --force of pod/shop/web-1 is refused unless"},
        {"{'p':{'force':'Refused'}}", "delete", "shop", NULL, "policy p: kubectl delete --force"},
        {"{'p':{'match':{'namespaces':['pay']},'force':'Allowed'}}", "delete", "shop", &in_one, "is refused unless"},
        {"{'p':{'match':{'namespaces':['pay']},'force':'Allowed'}}", "delete", "", &in_all, NULL},
        {"{'p':{'match':{'namespaces':['pay']},'force':'Refused'}}", "delete", "", &in_all, "is refused unless"},
        {"{}", "drain", "", NULL, "kubectl drain --force of node/web-1 is refused unless"},
        {"{'p':{'match':{'namespaces':['pay'],'kinds':['Pod']},'force':'Allowed'}}", "drain", "", NULL, NULL},
        {"{'p':{'enforcement':'Warn','force':'Allowed'}}", "drain", "", NULL, "is refused unless"},
        {"{'p':{'match':{'clusters':['test']},'force':'Allowed'}}", "drain", "", NULL, "is refused unless"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        bool drain = KC_STREQ(cases[i].verb, "drain");
        const struct kc_target t = {"", "v1", drain ? "Node" : "Pod", drain ? "nodes" : "pods", cases[i].ns, "web-1"};
        const struct kc_flag_value flag = {"force", "true"};
        struct kc_chatrequest cr = {.meta.ns = "shop", .spec = {.cluster = "prod-eu"}};
        struct kc_strs warned = {0};
        struct kc_action act;
        struct kc_err err = {0};
        cr.spec.requested_by.who.username = "ana";
        assert_true(kc_action_make(a, cases[i].verb, &t, &flag, 1, NULL, 0, &act, &err));
        act.selection = cases[i].selection;
        bool passes = kc_guard_admit(a, policies_of(a, cases[i].policies, NULL), &cr, &act, &warned, &err);
        if (passes != !cases[i].refusal || (!passes && !strstr(err.message, cases[i].refusal)))
            fail_msg("case %zu, %s: %s", i, cases[i].policies, passes ? "passes" : err.message);
        cr.spec.read_only = true; /* it changes nothing, whatever it says */
        assert_true(kc_guard_admit(a, policies_of(a, cases[i].policies, NULL), &cr, &act, &warned, &err));
        assert_true(kc_guard_admit(a, NULL, &cr, &act, &warned, &err));
    }
}

/* A kill switch gives the reason whatever else is wrong; all that refuse are named. */
static void several_refuse(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a, "{'a':{'contextLock':{'requestNamespaces':['ops']}},'b':{'suspend':true}}", NULL));
    struct kc_verdict v = judge(a, &s);
    assert_true(v.refused);
    assert_string_equal(v.reason, "Suspended");
    assert_non_null(strstr(v.message, "policy a: a request in namespace shop"));
    assert_non_null(strstr(v.message, "; policy b: changes are suspended here"));
}

/* Each step by its own policies; the plan by all of them. */
static void steps_in_several_places(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a,
                              "{'pay':{'match':{'namespaces':['pay']},'approvals':[{'required':2}],"
                              "'contextLock':{'requestNamespaces':['*'],'confirm':'Mutating'}}}",
                              NULL));
    s.plan.n_steps = 3;
    s.steps[1].action.target.ns = "pay";
    s.steps[2].effect = KC_READ_ONLY;
    s.steps[2].action.target.ns = "pay";
    struct kc_verdict v = judge(a, &s);
    assert_int_equal(v.n_said, 3);
    assert_string_equal(said(a, &v.said[0]), "default: one approval");
    assert_string_equal(said(a, &v.said[1]), "pay: two approvals by other people, typed confirmation");
    assert_string_equal(said(a, &v.said[2]), "default: reads need no approval");
    assert_int_equal(v.required, 2);
    assert_string_equal(v.confirm, "prod-eu/pay");
    s.in.next = 2; /* what has to be typed stays the same while the plan runs */
    assert_string_equal(judge(a, &s).confirm, "prod-eu/pay");
}

static void what_is_done_is_not_refused(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, policies_of(a, "{'freeze':{'match':{'namespaces':['pay']},'suspend':true}}", NULL));
    s.plan.n_steps = 2;
    s.steps[0].action.target.ns = "pay";
    assert_true(judge(a, &s).refused);
    s.in.next = 1;
    assert_false(judge(a, &s).refused);
    s.steps[1].action.target.ns = "pay";
    struct kc_verdict v = judge(a, &s);
    assert_true(v.refused);
    assert_non_null(strstr(v.message, "(1 of 2 steps had been executed and stay)"));
}

static void fails_closed(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s, NULL);
    approve(&s, "ana", NULL);
    struct kc_verdict v = judge(a, &s);
    assert_true(v.waits);
    assert_false(v.refused);
    assert_string_equal(v.reason, "PoliciesNotSynced");
    s.approvals[0].decision = KC_REJECT; /* stopping is always possible */
    assert_true(judge(a, &s).rejected);
    s.in.n_approvals = 0;
    s.steps[0].effect = KC_READ_ONLY;
    v = judge(a, &s);
    assert_false(v.waits);
    assert_int_equal(v.required, 0);

    /* A field that this version does not know might be the one that says no, whatever the policy is set to. */
    set_scene(&s, policies_of(a, "{'newer':{'enforcement':'Warn','windows':[]}}", NULL));
    approve(&s, "ana", NULL);
    v = judge(a, &s);
    assert_true(v.waits);
    assert_string_equal(v.reason, "PolicyUnreadable");
    assert_non_null(strstr(v.message, "AuditPolicy newer cannot be read"));
    s.steps[0].effect = KC_READ_ONLY;
    assert_false(judge(a, &s).waits);
}

static void warnings_are_for_whoever_asks(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct scene s;
    set_scene(&s,
              policies_of(a, "{'d':{'enforcement':'DryRun','suspend':true},'w':{'enforcement':'Warn','suspend':true}}",
                          NULL));
    s.plan.n_steps = 2;
    struct kc_verdict v = judge(a, &s);
    assert_false(v.refused);
    assert_int_equal(v.warned.n, 1); /* once, although it is for both steps */
    assert_non_null(strstr(v.warned.v[0], "w (Warn): would refuse: changes are suspended here"));
}

static void ready(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *reason, *says;
        enum kc_truth truth;
    } cases[] = {
        {"{}", "Enforced", "holds", KC_TRUE},
        {"{'enforcement':'Warn'}", "Warns", "warns", KC_TRUE},
        {"{'enforcement':'DryRun','suspend':true}", "DryRun", "noted", KC_TRUE},
        {"{'suspend':true}", "Suspends", "nothing changes", KC_TRUE},
        {"{'match':{'namespaceSelector':{'matchLabels':{'-':'x'}}}}", "SelectorInvalid",
         "spec.match.namespaceSelector.matchLabels: \"-\"", KC_FALSE},
        {"{'match':{'namespaceSelector':{'matchExpressions':[{'key':'a','operator':'In'}]}}}", "SelectorInvalid",
         "matchExpressions[0]: values", KC_FALSE},
        {"{'match':{'effects':['ReadOnly']}}", "Unreadable", "spec.match.effects[0]", KC_FALSE},
        {"{'surprise':1}", "Unreadable", "spec.surprise", KC_FALSE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        size_t n;
        const char *reason, *message;
        const struct kc_policy *const *list =
            kc_policy_set_list(policies_of(a, kc_arena_printf(a, "{'p':%s}", cases[i].spec), NULL), &n);
        assert_int_equal(n, 1);
        enum kc_truth truth = kc_policy_ready(a, list[0], &reason, &message);
        if (truth != cases[i].truth || !KC_STREQ(reason, cases[i].reason) || !strstr(message, cases[i].says))
            fail_msg("%s: %s, %s", cases[i].spec, reason, message);
    }
}

static void sets_are_sorted_and_shared(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const struct kc_policy_set *set = policies_of(
        a, "{'m':{},'c':{},'z':{},'a':{},'k':{},'b':{},'y':{},'x':{},'d':{},'e':{'match':{'namespaceSelector':{}}}}",
        NULL);
    size_t n;
    const struct kc_policy *const *list = kc_policy_set_list(set, &n);
    assert_int_equal(n, 10);
    for (size_t i = 1; i < n; i++)
        assert_true(strcmp(list[i - 1]->name, list[i]->name) < 0);
    assert_false(kc_policy_set_asks_labels(set)); /* an empty selector matches everything */
    assert_ptr_equal(kc_policy_set_ref(set), set);
    assert_null(kc_policy_set_unref(set));
    assert_null(kc_policy_set_unref(NULL));
    assert_null(kc_policy_set_ref(NULL));
    set = policies_of(a, "{'p':{'match':{'namespaceSelector':{'matchLabels':{'a':'b'}}}}}", "{'lab':{}}");
    assert_true(kc_policy_set_asks_labels(set));
    assert_non_null(kc_policy_set_labels(set, "lab", &n)); /* without labels, but known */
    assert_int_equal(n, 0);
    assert_null(kc_policy_set_labels(set, "shop", &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching),
        cmocka_unit_test(selectors),
        cmocka_unit_test(what_may_not_match_opens_nothing),
        cmocka_unit_test(demands),
        cmocka_unit_test(two_persons_in_groups),
        cmocka_unit_test(the_same_person_counts_once),
        cmocka_unit_test(several_demands),
        cmocka_unit_test(only_the_strictest_is_waited_for),
        cmocka_unit_test(context_lock),
        cmocka_unit_test(service_accounts),
        cmocka_unit_test(force),
        cmocka_unit_test(nothing_is_said_of_what_is_not_forced),
        cmocka_unit_test(drains_are_forced_pod_by_pod),
        cmocka_unit_test(force_is_judged_at_admission),
        cmocka_unit_test(several_refuse),
        cmocka_unit_test(steps_in_several_places),
        cmocka_unit_test(what_is_done_is_not_refused),
        cmocka_unit_test(fails_closed),
        cmocka_unit_test(warnings_are_for_whoever_asks),
        cmocka_unit_test(ready),
        cmocka_unit_test(sets_are_sorted_and_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
