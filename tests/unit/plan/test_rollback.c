#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "controller/plan/rollback.h"

/* The tables below say of a step only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define MAX_STEPS 4

/* JSON with ' for ". */
static const json_t *json(struct kc_arena *a, const char *text)
{
    char *copy = kc_arena_strdup(a, text);
    struct kc_err err = {0};
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    const json_t *v = kc_json_parse_in(a, copy, strlen(copy), 1 << 20, "test", &err);
    if (!v)
        fail_msg("%s: %s", err.message, text);
    return v;
}

static const struct kc_restmap *types(struct kc_arena *a)
{
    return kc_restmap_offline(
        a, json(a, "{'kind':'List','apiVersion':'v1','items':["
                   "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'x','namespace':'shop'}},"
                   "{'apiVersion':'v1','kind':'Secret','metadata':{'name':'x','namespace':'shop'}},"
                   "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'x','namespace':'shop'}}]}"));
}

#define META(uid, more) "'metadata':{'name':'web','namespace':'shop','uid':'" uid "'" more "}"
#define WEB(more)       "{'apiVersion':'apps/v1','kind':'Deployment'," META("u1", "") "," more "}"
#define CM(uid, data)   "{'apiVersion':'v1','kind':'ConfigMap'," META(uid, "") ",'data':{" data "}}"
#define LABELLED(more)  "{'apiVersion':'apps/v1','kind':'Deployment'," META("u1", "," more) ",'spec':{'replicas':3}}"

struct done {
    const char *command, *before, *after, *now; /* NULL: it is not there */
    const char *made_uid, *controller;
    const char *not_captured; /* there is no capture, and why */
    const char *unreadable;
    bool uncertain;
};

struct rolling {
    const char *name;
    struct done steps[MAX_STEPS];
    bool overwrite;
    const char *commands; /* one a line; NULL: refused */
    const char *reason;   /* of the refusal */
    const char *words;    /* that the refusal, the note, or else the first reason has to hold; NULL: any */
};

static struct kc_record_step *step_of(struct kc_arena *a, const struct done *d)
{
    const struct kc_kubectl_context c = {.restmap = types(a), .default_namespace = "shop"};
    struct kc_record_step *s = kc_arena_alloc(a, sizeof *s);
    struct kc_actions all;
    struct kc_err err = {0};
    const char *note;
    if (!kc_kubectl_parse(a, d->command, &c, &all, &err))
        fail_msg("%s: %s", d->command, err.message);
    const json_t *before = d->before ? json(a, d->before) : NULL, *after = d->after ? json(a, d->after) : NULL;
    struct kc_answer answer = {.status = 200, .json = before};
    const struct kc_looked seen = {&answer, before ? 1 : 0};
    const struct kc_foresight f = {.seen = &seen, .before = before, .after = after, .captures = !d->not_captured};
    *s = (struct kc_record_step){.action = all.v[0],
                                 .effect = KC_MUTATING,
                                 .command = d->command,
                                 .uid = kc_or(kc_json_str(before, "metadata.uid"), ""),
                                 .controller = kc_or(d->controller, "")};
    if (after)
        s->n_changes = kc_changes_between(a, before, after, &s->changes);
    kc_rollback_foresee(a, types(a), &f, s, &note);
    return s;
}

static const char *commands_of(struct kc_arena *a, const struct kc_planned *p)
{
    KC_BUF_SCOPE b = {0};
    for (size_t i = 0; i < p->n_steps; i++)
        kc_buf_printf(&b, "%s%s", i ? "\n" : "", kc_kubectl_render(a, &p->steps[i].action, types(a)));
    return kc_arena_strdup(a, kc_buf_str(&b));
}

static void check(const struct rolling *x)
{
    KC_ARENA_SCOPE(a);
    struct kc_executed v[MAX_STEPS];
    struct kc_rollback r;
    size_t n = 0;
    for (; n < MAX_STEPS && x->steps[n].command; n++) {
        const struct done *d = &x->steps[n];
        v[n] = (struct kc_executed){.number = n + 1,
                                    .step = step_of(a, d),
                                    .certain = !d->uncertain,
                                    .made_uid = kc_or(d->made_uid, ""),
                                    .captured = d->before && !d->not_captured ? json(a, d->before) : NULL,
                                    .not_captured = kc_or(d->not_captured, ""),
                                    .now = d->now ? json(a, d->now) : NULL,
                                    .unreadable = kc_or(d->unreadable, "")};
    }
    const struct kc_rollback_input in = {
        .name = "bump", .restmap = types(a), .v = v, .n = n, .overwrite = x->overwrite};
    kc_rollback_plan(a, &in, &r);
    const char *said =
        r.planned.outcome == KC_PLAN_MADE ? (*r.note ? r.note : r.planned.steps[0].reason) : r.planned.question;
    if ((r.planned.outcome == KC_PLAN_MADE) != (x->commands != NULL))
        fail_msg("%s: %s", x->name, x->commands ? said : commands_of(a, &r.planned));
    if (x->commands && !KC_STREQ(commands_of(a, &r.planned), x->commands))
        fail_msg("%s: plans\n%s", x->name, commands_of(a, &r.planned));
    if (x->reason && !KC_STREQ(r.reason, x->reason))
        fail_msg("%s: refused for %s: %s", x->name, r.reason, said);
    if (x->words && !strstr(said, x->words))
        fail_msg("%s: says \"%s\"", x->name, said);
}

#define SCALE    "kubectl scale deployment/web --replicas=5"
#define SCALED   WEB("'spec':{'replicas':5}")
#define UNSCALED WEB("'spec':{'replicas':3}")
#define IMAGE    "kubectl set image deployment/web main=app:2"
#define OF_IMAGE(image, more)                                                                                          \
    WEB("'spec':{'template':{'spec':{'containers':[{'name':'main','image':'" image "'}" more "]}}}")
#define DATA          "kubectl patch configmap/web --type=merge --patch='{\"data\":{\"a\":\"2\"}}'"
#define NEW_CM        "kubectl create configmap web --from-literal=a=1"
#define AT(uid, when) "'creationTimestamp':'" when "'"

static void test_plans(void **state)
{
    (void)state;
    static const struct rolling cases[] = {
        {"the verb's own opposite",
         {{SCALE, UNSCALED, SCALED, SCALED}},
         false,
         "kubectl scale deployment/web --namespace=shop --replicas=3",
         NULL,
         "takes back step 1 of bump"},
        {"which needs no capture",
         {{SCALE, UNSCALED, SCALED, SCALED, .not_captured = "no key"}},
         false,
         "kubectl scale deployment/web --namespace=shop --replicas=3",
         NULL,
         NULL},
        {"already as it was",
         {{SCALE, UNSCALED, SCALED, UNSCALED}},
         false,
         NULL,
         "NothingToRollBack",
         "step 1: deployment/shop/web is already as it was"},
        {"a later change",
         {{SCALE, UNSCALED, SCALED, WEB("'spec':{'replicas':7}")}},
         false,
         NULL,
         "LaterChanges",
         "deployment/shop/web spec.replicas: was left at 5, is 7; "},
        {"is taken back when asked",
         {{SCALE, UNSCALED, SCALED, WEB("'spec':{'replicas':7}")}},
         true,
         "kubectl scale deployment/web --namespace=shop --replicas=3",
         NULL,
         "what was changed later: deployment/shop/web spec.replicas: was left at 5, is 7"},
        {"gone since", {{SCALE, UNSCALED, SCALED, NULL}}, false, NULL, "LaterChanges", "deployment/shop/web is gone"},
        {"made again since",
         {{SCALE, UNSCALED, SCALED,
           "{'apiVersion':'apps/v1','kind':'Deployment'," META("u2", "") ",'spec':{'replicas':5}}"}},
         false,
         NULL,
         "LaterChanges",
         "was deleted and created again"},
        {"not to be seen",
         {{SCALE, UNSCALED, SCALED, NULL, .unreadable = "deployments is forbidden"}},
         true,
         NULL,
         "CannotRollBack",
         "step 1: deployments is forbidden"},

        {"an image",
         {{IMAGE, OF_IMAGE("app:1", ""), OF_IMAGE("app:2", ""), OF_IMAGE("app:2", "")}},
         false,
         "kubectl set image deployment/web main=app:1 --namespace=shop",
         NULL,
         NULL},
        {"within a list, where the list has moved",
         {{"kubectl patch deployment/web --patch='{\"x\":1}'", OF_IMAGE("app:1", ""), OF_IMAGE("app:2", ""),
           WEB("'spec':{'template':{'spec':{'containers':[{'name':'new','image':'n:1'},{'name':'main','image':'app:2'}]"
               "}}}")}},
         false,
         "kubectl patch deployment/web --namespace=shop --type=json "
         "--patch='[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/1/image\",\"value\":\"app:1\"}]'",
         NULL,
         NULL},
        {"without a capture that is not promised",
         {{"kubectl patch deployment/web --patch='{\"x\":1}'", OF_IMAGE("app:1", ""), OF_IMAGE("app:2", ""),
           OF_IMAGE("app:2", ""), .not_captured = "no key"}},
         false,
         NULL,
         "NothingToRollBack",
         "step 1 cannot be taken back"},
        {"data",
         {{DATA, CM("u1", "'a':'1'"), CM("u1", "'a':'2'"), CM("u1", "'a':'2','theirs':'3'")}},
         false,
         "kubectl patch configmap/web --namespace=shop --type=merge --patch='{\"data\":{\"a\":\"1\"}}'",
         NULL,
         NULL},

        {"what was made",
         {{NEW_CM, NULL, CM("", "'a':'1'"), CM("u9", "'a':'1'"), .made_uid = "u9"}},
         false,
         "kubectl delete configmap/web --namespace=shop",
         NULL,
         NULL},
        {"and is gone",
         {{NEW_CM, NULL, CM("", "'a':'1'"), NULL, .made_uid = "u9"}},
         false,
         NULL,
         "NothingToRollBack",
         "is gone already"},
        {"and is another's now",
         {{NEW_CM, NULL, CM("", "'a':'1'"), CM("u8", "'a':'1'"), .made_uid = "u9"}},
         true,
         NULL,
         "CannotRollBack",
         "another object than the one that was made (uid u8"},
        {"of which nobody knows whose it is",
         {{NEW_CM, NULL, CM("", "'a':'1'"), CM("u8", "'a':'1'")}},
         true,
         NULL,
         "CannotRollBack",
         "is not known"},
        {"that somebody added to",
         {{NEW_CM, NULL, CM("", "'a':'1'"),
           "{'apiVersion':'v1','kind':'ConfigMap'," META(
               "u9", ",'managedFields':[{'manager':'edit','time':'2026-01-01T00:00:02Z',"
                     "'fieldsV1':{'f:data':{'f:b':{}}}}]") ",'data':{'a':'1','b':'2'}}",
           .made_uid = "u9"}},
         false,
         NULL,
         "LaterChanges",
         "data.b: was left at (none), is 2 (edit at 2026-01-01T00:00:02Z)"},
        {"that controllers keep house in",
         {{NEW_CM, NULL, CM("", "'a':'1'"),
           "{'apiVersion':'v1','kind':'ConfigMap'," META(
               "u9", ",'managedFields':[{'manager':'kube-controller-manager',"
                     "'time':'2026-01-01T00:00:02Z','fieldsV1':{'f:data':{'f:b':{}}}}]") ",'data':{'a':'1','b':'2'}}",
           .made_uid = "u9"}},
         false,
         "kubectl delete configmap/web --namespace=shop",
         NULL,
         NULL},

        {"what was deleted",
         {{"kubectl delete configmap/web", CM("u1", "'a':'1'"), NULL, NULL}},
         false,
         "kubectl create --filename=- <<'EOF'\napiVersion: v1\ndata:\n  a: \"1\"\nkind: "
         "ConfigMap\nmetadata:\n  name: web\n  namespace: shop\nEOF",
         NULL,
         NULL},
        {"and is there again",
         {{"kubectl delete configmap/web", CM("u1", "'a':'1'"), NULL, CM("u2", "'a':'5'")}},
         false,
         NULL,
         "LaterChanges",
         "configmap/shop/web is there again (uid u2"},
        {"and stays as somebody made it",
         {{"kubectl delete configmap/web", CM("u1", "'a':'1'"), NULL, CM("u2", "'a':'5'")}},
         true,
         NULL,
         "NothingToRollBack",
         "it is left as it is"},
        {"and is going yet",
         {{"kubectl delete configmap/web", CM("u1", "'a':'1'"), NULL,
           "{'apiVersion':'v1','kind':'ConfigMap'," META("u1", ",'deletionTimestamp':'2026-01-01T00:00:02Z'") "}"}},
         false,
         NULL,
         "CannotRollBack",
         "still being deleted"},
        {"a controller's pod",
         {{"kubectl delete pod/web", "{'apiVersion':'v1','kind':'Pod'," META("u1", "") "}", NULL, NULL,
           .controller = "ReplicaSet/web-1"}},
         false,
         NULL,
         "NothingToRollBack",
         "ReplicaSet/web-1 makes it again by itself"},
        {"a Secret",
         {{"kubectl delete secret/web", "{'apiVersion':'v1','kind':'Secret'," META("u1", "") "}", NULL, NULL}},
         false,
         NULL,
         "NothingToRollBack",
         "cannot be taken back"},

        {"in reverse order",
         {{SCALE, UNSCALED, SCALED, SCALED}, {DATA, CM("u1", "'a':'1'"), CM("u1", "'a':'2'"), CM("u1", "'a':'2'")}},
         false,
         "kubectl patch configmap/web --namespace=shop --type=merge --patch='{\"data\":{\"a\":\"1\"}}'\n"
         "kubectl scale deployment/web --namespace=shop --replicas=3",
         NULL,
         NULL},
        {"the same field twice is one step back",
         {{"kubectl label deployment/web a=2 --overwrite", LABELLED("'labels':{'a':'1'}"),
           LABELLED("'labels':{'a':'2'}"), LABELLED("'labels':{'a':'3'}")},
          {"kubectl patch deployment/web --patch='{\"x\":1}'", LABELLED("'labels':{'a':'2'}"),
           LABELLED("'labels':{'a':'3'}"), LABELLED("'labels':{'a':'3'}")}},
         false,
         "kubectl patch deployment/web --namespace=shop --type=merge "
         "--patch='{\"metadata\":{\"labels\":{\"a\":\"1\"}}}'",
         NULL,
         "takes back step 1"},
        {"what was made and then changed is deleted",
         {{NEW_CM, NULL, CM("", "'a':'1'"), CM("u9", "'a':'2'"), .made_uid = "u9"},
          {DATA, CM("u9", "'a':'1'"), CM("u9", "'a':'2'"), CM("u9", "'a':'2'")}},
         false,
         "kubectl delete configmap/web --namespace=shop",
         NULL,
         NULL},
        {"what was changed and then deleted comes back as it was first",
         {{DATA, CM("u1", "'a':'1'"), CM("u1", "'a':'2'"), NULL},
          {"kubectl delete configmap/web", CM("u1", "'a':'2'"), NULL, NULL}},
         false,
         "kubectl create --filename=- <<'EOF'\napiVersion: v1\ndata:\n  a: \"1\"\nkind: "
         "ConfigMap\nmetadata:\n  name: web\n  namespace: shop\nEOF",
         NULL,
         NULL},
        {"nobody knows whether it happened: it did not",
         {{SCALE, UNSCALED, SCALED, UNSCALED, .uncertain = true}},
         false,
         NULL,
         "NothingToRollBack",
         "already as it was"},
        {"it did",
         {{SCALE, UNSCALED, SCALED, SCALED, .uncertain = true}},
         false,
         "kubectl scale deployment/web --namespace=shop --replicas=3",
         NULL,
         NULL},
        {"one later change of two holds up all",
         {{SCALE, UNSCALED, SCALED, WEB("'spec':{'replicas':7}")},
          {DATA, CM("u1", "'a':'1'"), CM("u1", "'a':'2'"), CM("u1", "'a':'2'")}},
         false,
         NULL,
         "LaterChanges",
         "spec.replicas"},
        {"nothing", {{0}}, false, NULL, "NothingToRollBack", "there is nothing of bump to roll back"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(&cases[i]);
}

/* What the preview promises. */
static void test_foresight(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct done step;
        enum kc_reversible promise;
        const char *undo;
    } cases[] = {
        {"scale",
         {SCALE, UNSCALED, SCALED},
         KC_REVERSIBLE,
         "kubectl scale deployment/web --namespace=shop --replicas=3"},
        {"restart",
         {"kubectl rollout restart deployment/web", WEB("'spec':{'template':{}}"),
          WEB("'spec':{'template':{'metadata':{'annotations':{'r':'t'}}}}")},
         KC_PARTIAL,
         "kubectl patch deployment/web --namespace=shop --type=merge "
         "--patch='{\"spec\":{\"template\":{\"metadata\":null}}}'"},
        {"delete", {"kubectl delete configmap/web", CM("u1", "'a':'1'")}, KC_PARTIAL, ""},
        {"delete, nothing captured",
         {"kubectl delete configmap/web", CM("u1", ""), .not_captured = "no"},
         KC_IRREVERSIBLE,
         ""},
        {"delete a Secret", {"kubectl delete secret/web", "{'kind':'Secret'," META("u1", "") "}"}, KC_IRREVERSIBLE, ""},
        {"create", {NEW_CM, NULL, CM("", "'a':'1'")}, KC_REVERSIBLE, "kubectl delete configmap/web --namespace=shop"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        const struct kc_record_step *s = step_of(a, &cases[i].step);
        if (s->reversible != cases[i].promise || !KC_STREQ(s->undo, cases[i].undo))
            fail_msg("%s: %s, %s", cases[i].name, kc_reversible_name(s->reversible), s->undo);
    }
}

static void test_every_verb_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; kc_verbs[i]; i++) {
        const struct kc_rollback_row *row = kc_rollback_row_of(kc_verbs[i]);
        if ((row == NULL) != (kc_verbs[i]->deed == KC_DEED_READ))
            fail_msg("kubectl %s: %s", kc_verbs[i]->name, row ? "a read is not taken back" : "how is it taken back?");
        if (row && (row->way == KC_BACK_NEVER) != (row->best == KC_IRREVERSIBLE))
            fail_msg("kubectl %s: its way back and what it promises do not fit", kc_verbs[i]->name);
        if (row && row->best != KC_REVERSIBLE && !*row->lost)
            fail_msg("kubectl %s: what is lost?", kc_verbs[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_foresight),
        cmocka_unit_test(test_every_verb_has_a_row),
    };
    return cmocka_run_group_tests_name("rollback", tests, NULL, NULL);
}
