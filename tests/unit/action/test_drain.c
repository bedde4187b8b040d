/* Which pods a drain takes, as kubectl's drain package judges them; the eviction's request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/action/drain.h"
#include "controller/action/kubectl.h"
#include "controller/action/request.h"
#include "tests/unit/action/types.h"

static const struct kc_kubectl_context context = {.restmap = &restmap, .default_namespace = "shop"};

static struct kc_action parse(struct kc_arena *a, const char *command)
{
    struct kc_actions acts;
    struct kc_err err = {0};
    if (!kc_kubectl_parse(a, command, &context, &acts, &err))
        fail_msg("%s: %s", command, err.message);
    return acts.v[0];
}

static char *quoted(struct kc_arena *a, const char *text)
{
    char *s = kc_arena_strdup(a, text);
    for (char *p = s; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    return s;
}

#define DRAIN       "kubectl drain node-1"
#define OWNER(kind) "'ownerReferences':[{'kind':'" kind "','name':'agent','controller':true}]"
#define EMPTY       "'spec':{'volumes':[{'name':'a','configMap':{}},{'name':'b','emptyDir':{}}]}"

static void pods_are_judged_as_kubectl_does(void **state)
{
    static const struct {
        const char *name, *command, *pod;
        enum kc_drain_owner owner;
        enum kc_drain fate;
        const char *why;
    } rows[] = {
        {"of a ReplicaSet", DRAIN, "{'metadata':{" OWNER("ReplicaSet") "}}", 0, KC_DRAIN_EVICTS, NULL},
        {"of nobody", DRAIN, "{'metadata':{}}", 0, KC_DRAIN_REFUSES, "Pods that declare no controller"},
        {"of an owner that does not control it", DRAIN,
         "{'metadata':{'ownerReferences':[{'kind':'ReplicaSet','name':'web'}]}}", 0, KC_DRAIN_REFUSES,
         "Pods that declare no controller"},
        {"of nobody, finished", DRAIN, "{'metadata':{},'status':{'phase':'Succeeded'}}", 0, KC_DRAIN_EVICTS, NULL},
        {"of nobody, failed", DRAIN, "{'metadata':{},'status':{'phase':'Failed'}}", 0, KC_DRAIN_EVICTS, NULL},
        {"of a DaemonSet", DRAIN, "{'metadata':{" OWNER("DaemonSet") "}}", KC_DRAIN_OWNER_THERE, KC_DRAIN_REFUSES,
         "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"},
        {"of a DaemonSet, ignored", DRAIN " --ignore-daemonsets", "{'metadata':{" OWNER("DaemonSet") "}}",
         KC_DRAIN_OWNER_THERE, KC_DRAIN_PASSES, "DaemonSet-managed Pods"},
        {"of a DaemonSet that is gone", DRAIN " --ignore-daemonsets", "{'metadata':{" OWNER("DaemonSet") "}}",
         KC_DRAIN_OWNER_GONE, KC_DRAIN_REFUSES, "Pods of a DaemonSet that is gone"},
        {"of a DaemonSet, finished", DRAIN, "{'metadata':{" OWNER("DaemonSet") "},'status':{'phase':'Failed'}}", 0,
         KC_DRAIN_EVICTS, NULL},
        {"a mirror of a file", DRAIN, "{'metadata':{'annotations':{'kubernetes.io/config.mirror':'1'}}}", 0,
         KC_DRAIN_PASSES, "static Pods"},
        {"with an emptyDir", DRAIN, "{'metadata':{" OWNER("ReplicaSet") "}," EMPTY "}", 0, KC_DRAIN_REFUSES,
         "Pods with local storage (use --delete-emptydir-data to override)"},
        {"with an emptyDir that may go", DRAIN " --delete-emptydir-data",
         "{'metadata':{" OWNER("ReplicaSet") "}," EMPTY "}", 0, KC_DRAIN_EVICTS, NULL},
        {"with an emptyDir that may go, of nobody", DRAIN " --delete-emptydir-data", "{'metadata':{}," EMPTY "}", 0,
         KC_DRAIN_REFUSES, "Pods that declare no controller"},
        {"with an emptyDir, finished", DRAIN,
         "{'metadata':{" OWNER("Job") "}," EMPTY ",'status':{'phase':'Succeeded'}}", 0, KC_DRAIN_EVICTS, NULL},
        {"with an emptyDir, of a DaemonSet that is ignored", DRAIN " --ignore-daemonsets",
         "{'metadata':{" OWNER("DaemonSet") "}," EMPTY "}", KC_DRAIN_OWNER_THERE, KC_DRAIN_PASSES,
         "DaemonSet-managed Pods"},
        {"of nobody, forced", DRAIN " --force", "{'metadata':{}}", 0, KC_DRAIN_FORCES,
         "Pods that declare no controller"},
        {"of a ReplicaSet, forced", DRAIN " --force", "{'metadata':{" OWNER("ReplicaSet") "}}", 0, KC_DRAIN_EVICTS,
         NULL},
        {"of nobody, finished, forced", DRAIN " --force", "{'metadata':{},'status':{'phase':'Failed'}}", 0,
         KC_DRAIN_EVICTS, NULL},
        {"of nobody with an emptyDir, forced", DRAIN " --force", "{'metadata':{}," EMPTY "}", 0, KC_DRAIN_REFUSES,
         "Pods with local storage"},
        {"of nobody with an emptyDir that may go, forced", DRAIN " --force --delete-emptydir-data",
         "{'metadata':{}," EMPTY "}", 0, KC_DRAIN_FORCES, "Pods that declare no controller"},
        {"of a DaemonSet that is gone, forced", DRAIN " --force", "{'metadata':{" OWNER("DaemonSet") "}}",
         KC_DRAIN_OWNER_GONE, KC_DRAIN_FORCES, "Pods of a DaemonSet that is gone"},
        {"of a DaemonSet that is gone, with an emptyDir, forced", DRAIN " --force",
         "{'metadata':{" OWNER("DaemonSet") "}," EMPTY "}", KC_DRAIN_OWNER_GONE, KC_DRAIN_REFUSES,
         "Pods with local storage"},
        {"of a DaemonSet, forced", DRAIN " --force", "{'metadata':{" OWNER("DaemonSet") "}}", KC_DRAIN_OWNER_THERE,
         KC_DRAIN_REFUSES, "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"},
        {"a mirror of a file, forced", DRAIN " --force",
         "{'metadata':{'annotations':{'kubernetes.io/config.mirror':'1'}}}", 0, KC_DRAIN_PASSES, "static Pods"},
        {"being deleted, forced", DRAIN " --force", "{'metadata':{'deletionTimestamp':'2026-01-02T03:04:05Z'}}", 0,
         KC_DRAIN_PASSES, "Pods that are being deleted"},
        {"being deleted", DRAIN, "{'metadata':{'deletionTimestamp':'2026-01-02T03:04:05Z'}}", 0, KC_DRAIN_PASSES,
         "Pods that are being deleted"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_action act = parse(a, rows[i].command);
        const char *text = quoted(a, rows[i].pod), *why = "";
        struct kc_err err = {0};
        const json_t *pod = kc_json_parse_in(a, text, strlen(text), 1 << 16, "pod", &err);
        assert_non_null(pod);
        enum kc_drain fate = kc_drain_judge(&act, pod, rows[i].owner, &why);
        if (fate != rows[i].fate || (rows[i].why && !kc_str_starts(why, rows[i].why)))
            fail_msg("%s: %d, %s", rows[i].name, (int)fate, why);
        const char *daemonset = kc_drain_daemonset(pod);
        if ((daemonset != NULL) != (rows[i].owner != KC_DRAIN_OWNER_UNKNOWN))
            fail_msg("%s: DaemonSet %s", rows[i].name, kc_or(daemonset, "(none)"));
    }
}

static void what_is_listed(void **state)
{
    KC_ARENA_SCOPE(a);
    struct kc_action act = parse(a, DRAIN " --pod-selector=app=web");
    struct kc_api_request r = kc_drain_pods(a, &act, NULL);
    (void)state;

    assert_string_equal(r.path, "/api/v1/pods");
    assert_string_equal(r.query, "fieldSelector=spec.nodeName%3Dnode-1&labelSelector=app%3Dweb&limit=500");
}

static void evictions_are_sent_by_uid(void **state)
{
    KC_ARENA_SCOPE(a);
    /* --force says which pod it is, for the guard; the request is the same. */
    const struct kc_flag_value flags[] = {{"grace-period", "0"}, {"force", "true"}};
    struct kc_target t = kc_target_of(kc_restmap_find(&restmap, "pods"), "shop", "web-1");
    const struct kc_looked none = {0};
    struct kc_action act;
    struct kc_api_request r, dry;
    struct kc_err err = {0};
    (void)state;

    assert_true(kc_action_make(a, "evict", &t, flags, 2, NULL, 0, &act, &err));
    assert_true(act.verb->by_uid);
    assert_true(act.verb->change(a, &act, &none, &r, &err));
    assert_string_equal(r.method, "POST");
    assert_string_equal(r.path, "/api/v1/namespaces/shop/pods/web-1/eviction");
    assert_string_equal(r.body, quoted(a, "{'apiVersion':'policy/v1','deleteOptions':{'gracePeriodSeconds':0},'kind':"
                                          "'Eviction','metadata':{'name':'web-1','namespace':'shop'}}"));
    assert_true(kc_request_prepare(a, &r, &(struct kc_precondition){.uid = "u-1"}, false, &dry, &err));
    assert_non_null(strstr(dry.body, "\"preconditions\":{\"uid\":\"u-1\"}"));
    assert_true(kc_request_prepare(a, &r, NULL, true, &dry, &err));
    assert_non_null(strstr(dry.body, "\"dryRun\":[\"All\"]"));
}

static void flags_that_go_too_far_are_refused(void **state)
{
    static const struct {
        const char *in, *says;
    } rows[] = {
        {DRAIN " --disable-eviction", "--disable-eviction: deletes pods whatever their disruption budgets say"},
        {DRAIN " --timeout=soon", "--timeout=soon: expected a duration"},
        {DRAIN " --grace-period=-1", "0 or more"},
        {"kubectl drain", "the name is missing"},
        {"kubectl drain pod/web", "cannot be drained"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_actions acts;
        struct kc_err err = {0};
        assert_false(kc_kubectl_parse(a, rows[i].in, &context, &acts, &err));
        if (!strstr(err.message, rows[i].says))
            fail_msg("%s: %s", rows[i].in, err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pods_are_judged_as_kubectl_does),
        cmocka_unit_test(what_is_listed),
        cmocka_unit_test(evictions_are_sent_by_uid),
        cmocka_unit_test(flags_that_go_too_far_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
