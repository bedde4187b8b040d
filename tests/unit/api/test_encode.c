#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/tables.h"

static void assert_json(json_t *v, const char *expected)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    json_decref(v);
    if (!KC_STREQ(text, expected))
        print_error("got    %s\nwanted %s\n", text, expected);
    bool same = KC_STREQ(text, expected);
    free(text);
    assert_true(same);
}

static void test_absent_is_left_out(void **state)
{
    (void)state;
    assert_json(
        kc_chatrequest_encode_spec(&(struct kc_chatrequest_spec){.prompt = "p", .ttl_seconds_after_finished = -1}),
        "{\"prompt\":\"p\"}");
    assert_json(kc_chatrequest_encode_status(&(struct kc_chatrequest_status){.audit = {.first = -1, .last = -1}}),
                "{}");
    assert_json(kc_identity_encode(&(struct kc_identity){.username = "ana"}), "{\"username\":\"ana\"}");
}

static void test_required_zero_is_written(void **state)
{
    (void)state;
    assert_json(kc_chatrequest_encode_status(
                    &(struct kc_chatrequest_status){.audit = {.first = -1, .last = -1}, .approvals = {.summary = "-"}}),
                "{\"approvals\":{\"granted\":0,\"required\":0,\"summary\":\"-\"}}");
    assert_json(kc_chatrequest_encode_status(&(struct kc_chatrequest_status){.audit = {.first = 0, .last = -1}}),
                "{\"audit\":{\"first\":0}}");
}

static void test_identity(void **state)
{
    (void)state;
    const char *groups[] = {"a", "b"}, *values[] = {"v"};
    const struct kc_extra extras[] = {{"example.org/k", {values, 1}}};
    assert_json(kc_identity_encode(&(struct kc_identity){
                    .username = "ana", .uid = "1", .groups = {groups, 2}, .extras = extras, .n_extras = 1}),
                "{\"extra\":{\"example.org/k\":[\"v\"]},\"groups\":[\"a\",\"b\"],\"uid\":\"1\",\"username\":\"ana\"}");
}

static void test_approval(void **state)
{
    (void)state;
    struct kc_approval approval = {
        .who = {.username = "ana"}, .decision = KC_APPROVE, .plan_digest = "sha256:0", .time = INT64_C(1795427280999)};
    assert_json(
        kc_chatrequest_encode_spec(
            &(struct kc_chatrequest_spec){.prompt = "p", .ttl_seconds_after_finished = 0, .approvals = {&approval, 1}}),
        "{\"approvals\":[{\"decision\":\"Approve\",\"planDigest\":\"sha256:0\",\"time\":\"2026-11-23T09:48:00Z\","
        "\"username\":\"ana\"}],\"prompt\":\"p\",\"ttlSecondsAfterFinished\":0}");
}

static void test_conditions(void **state)
{
    (void)state;
    struct kc_chatrequest_status s = {.audit = {.first = -1, .last = -1}};
    kc_condition_set(&s.conditions, KC_FAILED, KC_UNKNOWN, "Pending", "", 1, 0);
    assert_json(kc_chatrequest_encode_status(&s),
                "{\"conditions\":[{\"lastTransitionTime\":\"1970-01-01T00:00:00Z\",\"message\":\"\","
                "\"observedGeneration\":1,\"reason\":\"Pending\",\"status\":\"Unknown\",\"type\":\"Failed\"}]}");
}

/* What a cluster says may be cut in the middle of a character: it is shown, not lost. */
static void test_broken_utf8(void **state)
{
    (void)state;
    assert_json(kc_identity_encode(&(struct kc_identity){.username = "a\xc3",
                                                         .uid = "\xff\xfe"
                                                                "b"}),
                "{\"uid\":\"\xef\xbf\xbd\xef\xbf\xbd"
                "b\",\"username\":\"a\xef\xbf\xbd\"}");
}

static void test_whole_object_comes_back(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    const char *namespaces[] = {"shop"}, *warnings[] = {"w"}, *finalizers[] = {KC_FINALIZER};
    struct kc_change changes[] = {{"spec.replicas", "3", "5", false}, {"spec.x", "", "1", true}};
    struct kc_step_status steps[] = {{.id = "1",
                                      .command = "kubectl scale deployment/checkout --replicas=5",
                                      .effect = KC_DESTRUCTIVE,
                                      .reason = "five",
                                      .target = {"apps", "v1", "Deployment", "shop", "checkout", "u"},
                                      .rbac = "yes",
                                      .dry_run_outcome = "Refused",
                                      .dry_run_message = "no",
                                      .changes = changes,
                                      .n_changes = 2,
                                      .warnings = {warnings, 1},
                                      .policies = {warnings, 1},
                                      .blast_radius = "2 pods",
                                      .reversible = KC_PARTIAL,
                                      .rollback = "kubectl scale deployment/checkout --replicas=3",
                                      .result = "Executed"}};
    struct kc_chatrequest cr = {.meta = {.name = "bump",
                                         .generate_name = "b-",
                                         .ns = "shop",
                                         .uid = "u",
                                         .resource_version = "7",
                                         .generation = 3,
                                         .creation_time = 1000,
                                         .deletion_time = 2000,
                                         .finalizers = {finalizers, 1}},
                                .spec = {.prompt = "p",
                                         .cluster = "prod",
                                         .namespaces = {namespaces, 1},
                                         .commands = {warnings, 1},
                                         .read_only = true,
                                         .deadline = "2h",
                                         .ttl_seconds_after_finished = 5,
                                         .cancel = true},
                                .status = {.observed_generation = 3,
                                           .phase = "Stale",
                                           .summary = "s",
                                           .target = "t",
                                           .risk = KC_RISK_CRITICAL,
                                           .planner = {"Builtin", "m", "1ms"},
                                           .plan = {.expires_at = 3000, .steps = steps, .n_steps = 1},
                                           .approvals = {2, 1, "1/2", "prod/shop"},
                                           .question = "q",
                                           .candidates = {warnings, 1},
                                           .audit = {1, 2, "3 abc"}}};
    kc_phase_enter(&cr.status.conditions, KC_STALE, "TargetChanged", "moved", 3, 4000);

    KC_JSON_SCOPE *first = kc_chatrequest_encode(&cr);
    struct kc_chatrequest back;
    struct kc_err err = {0};
    if (!kc_chatrequest_decode(a, first, true, &back, &err))
        fail_msg("%s", err.message);
    KC_JSON_SCOPE *second = kc_chatrequest_encode(&back);
    assert_true(json_equal(first, second));
    assert_int_equal(kc_phase_of(&back.status.conditions), KC_STALE);
    assert_int_equal(back.status.plan.steps[0].reversible, KC_PARTIAL);
    assert_string_equal(back.status.planner.latency, "1ms");
    assert_int_equal(back.status.approvals.required, 2);
    assert_int_equal(back.meta.deletion_time, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent_is_left_out),
        cmocka_unit_test(test_required_zero_is_written),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_approval),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_broken_utf8),
        cmocka_unit_test(test_whole_object_comes_back),
    };
    return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
