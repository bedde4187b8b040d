/* What the decoder takes, what it refuses, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "api/tables.h"

#define META      "\"metadata\":{\"name\":\"bump\",\"namespace\":\"shop\"}"
#define SPEC(s)   "{" META ",\"spec\":{\"prompt\":\"p\"," s "}}"
#define STATUS(s) "{" META ",\"spec\":{\"prompt\":\"p\"},\"status\":{" s "}}"
#define HEX64     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define WRONG     "ChatRequest shop/bump: "

static bool decode(struct kc_arena *a, const char *text, bool strict, struct kc_chatrequest *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *v = kc_json_parse(text, strlen(text), 1 << 20, "test", err);
    return v && kc_chatrequest_decode(a, v, strict, ret, err);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message, *reason;
    } cases[] = {
        {"not an object", "[]", "a ChatRequest has to be a JSON object", "FieldValueTypeInvalid"},
        {"no metadata", "{\"spec\":{\"prompt\":\"p\"}}", "metadata: is required", "FieldValueRequired"},
        {"metadata a string", "{\"metadata\":\"x\",\"spec\":{}}", "metadata: expected object, got string",
         "FieldValueTypeInvalid"},
        {"another kind", "{\"kind\":\"Pod\"," META "}", "kind: expected ChatRequest, got Pod",
         "FieldValueNotSupported"},
        {"another version", "{\"apiVersion\":\"v1\"," META "}", "apiVersion: expected kubechat.io/v1alpha1, got v1",
         "FieldValueNotSupported"},
        {"no spec", "{" META "}", WRONG "spec: is required", "FieldValueRequired"},
        {"spec null", "{" META ",\"spec\":null}", WRONG "spec: expected object, got null", "FieldValueTypeInvalid"},
        {"no prompt", "{" META ",\"spec\":{}}", WRONG "spec.prompt: is required", "FieldValueRequired"},
        {"prompt null", "{" META ",\"spec\":{\"prompt\":null}}", WRONG "spec.prompt: is required",
         "FieldValueRequired"},
        {"prompt empty", "{" META ",\"spec\":{\"prompt\":\"\"}}",
         WRONG "spec.prompt: is empty: at least 1 character is needed", "FieldValueInvalid"},
        {"prompt an integer", "{" META ",\"spec\":{\"prompt\":5}}", WRONG "spec.prompt: expected string, got integer",
         "FieldValueTypeInvalid"},
        {"prompt with NUL", "{" META ",\"spec\":{\"prompt\":\"a\\u0000b\"}}",
         WRONG "spec.prompt: contains a NUL character (\\u0000): remove it", "FieldValueInvalid"},
        {"unknown field", SPEC("\"colour\":1"), WRONG "spec.colour: unknown field: remove it",
         "FieldValueNotSupported"},
        {"misspelt field", SPEC("\"deadlin\":\"1h\""), WRONG "spec.deadlin: unknown field; did you mean deadline?",
         "FieldValueNotSupported"},
        {"misspelt inner field", SPEC("\"context\":{\"namespace\":[]}"),
         WRONG "spec.context.namespace: unknown field; did you mean namespaces?", "FieldValueNotSupported"},
        {"misspelt inlined field", SPEC("\"approvals\":[{\"usrname\":\"a\"}]"),
         WRONG "spec.approvals[0].usrname: unknown field; did you mean username?", "FieldValueNotSupported"},
        {"bool as text", SPEC("\"cancel\":\"true\""), WRONG "spec.cancel: expected boolean, got string",
         "FieldValueTypeInvalid"},
        {"list as text", SPEC("\"commands\":\"kubectl\""), WRONG "spec.commands: expected array, got string",
         "FieldValueTypeInvalid"},
        {"item null", SPEC("\"commands\":[null]"), WRONG "spec.commands[0]: expected string, got null",
         "FieldValueTypeInvalid"},
        {"item empty", SPEC("\"commands\":[\"a\",\"\"]"),
         WRONG "spec.commands[1]: is empty: at least 1 character is needed", "FieldValueInvalid"},
        {"ttl a real", SPEC("\"ttlSecondsAfterFinished\":1.0"),
         WRONG "spec.ttlSecondsAfterFinished: expected integer, got number", "FieldValueTypeInvalid"},
        {"ttl negative", SPEC("\"ttlSecondsAfterFinished\":-1"),
         WRONG "spec.ttlSecondsAfterFinished: -1 is out of range: expected 0 to 31536000", "FieldValueInvalid"},
        {"ttl huge", SPEC("\"ttlSecondsAfterFinished\":31536001"),
         WRONG "spec.ttlSecondsAfterFinished: 31536001 is out of range: expected 0 to 31536000", "FieldValueInvalid"},
        {"deadline", SPEC("\"deadline\":\"1 hour\""),
         WRONG
         "spec.deadline: \"1 hour\": expected a duration such as \"90s\", \"45m\" or \"1h30m\", more than 0s and at "
         "most 720h",
         "FieldValueInvalid"},
        {"namespace", SPEC("\"context\":{\"namespaces\":[\"shop\",\"Shop\"]}"),
         WRONG
         "spec.context.namespaces[1]: \"Shop\": expected lower case letters, digits and '-', with a letter or digit "
         "at both ends (RFC 1123 label)",
         "FieldValueInvalid"},
        {"decision", SPEC("\"approvals\":[{\"decision\":\"Maybe\"}]"),
         WRONG "spec.approvals[0].decision: \"Maybe\": expected Approve or Reject", "FieldValueNotSupported"},
        {"decision empty", SPEC("\"approvals\":[{\"decision\":\"\"}]"),
         WRONG "spec.approvals[0].decision: \"\": expected Approve or Reject", "FieldValueNotSupported"},
        {"decision missing", SPEC("\"approvals\":[{\"planDigest\":\"sha256:" HEX64 "\"}]"),
         WRONG "spec.approvals[0].decision: is required", "FieldValueRequired"},
        {"approval a string", SPEC("\"approvals\":[\"yes\"]"), WRONG "spec.approvals[0]: expected object, got string",
         "FieldValueTypeInvalid"},
        {"time",
         SPEC("\"approvals\":[{\"decision\":\"Approve\",\"planDigest\":\"sha256:" HEX64 "\",\"time\":\"noon\"}]"),
         WRONG
         "spec.approvals[0].time: \"noon\": expected a time since 1970 such as \"2026-11-23T09:48:00Z\" (RFC 3339)",
         "FieldValueInvalid"},
        {"time before 1970",
         SPEC("\"approvals\":[{\"decision\":\"Approve\",\"planDigest\":\"sha256:" HEX64
              "\",\"time\":\"1969-12-31T23:59:59Z\"}]"),
         WRONG "spec.approvals[0].time: \"1969-12-31T23:59:59Z\": expected a time since 1970 such as "
               "\"2026-11-23T09:48:00Z\" (RFC 3339)",
         "FieldValueInvalid"},
        {"seal is not shown", SPEC("\"requestedBy\":{\"seal\":\"hunter2\"}"),
         WRONG "spec.requestedBy.seal: a value of 7 bytes: expected \"v1:\" and base64", "FieldValueInvalid"},
        {"extra an array", SPEC("\"requestedBy\":{\"extra\":[]}"),
         WRONG "spec.requestedBy.extra: expected object, got array", "FieldValueTypeInvalid"},
        {"extra value a string", SPEC("\"requestedBy\":{\"extra\":{\"example.org/scope\":\"a\"}}"),
         WRONG "spec.requestedBy.extra.example.org/scope: expected array, got string", "FieldValueTypeInvalid"},
        {"extra value with NUL", SPEC("\"requestedBy\":{\"extra\":{\"k\":[\"\\u0000\"]}}"),
         WRONG "spec.requestedBy.extra.k[0]: contains a NUL character (\\u0000): remove it", "FieldValueInvalid"},
        {"phase", STATUS("\"phase\":\"Thinking\""),
         WRONG "status.phase: \"Thinking\": expected Pending, Planning, Previewing, AwaitingApproval, Executing, "
               "Verifying, Succeeded, Failed, RolledBack, Rejected, Expired, Cancelled, Stale, NeedsClarification or "
               "Refused",
         "FieldValueNotSupported"},
        {"change without path",
         STATUS("\"plan\":{\"steps\":[{\"id\":\"1\",\"command\":\"c\",\"dryRun\":{\"changes\":[{}]}}]}"),
         WRONG "status.plan.steps[0].dryRun.changes[0].path: is required", "FieldValueRequired"},
        {"two conditions of a type",
         STATUS("\"conditions\":["
                "{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"A\",\"message\":\"\","
                "\"lastTransitionTime\":\"2026-11-23T09:48:00Z\"},"
                "{\"type\":\"Failed\",\"status\":\"True\",\"reason\":\"A\",\"message\":\"\","
                "\"lastTransitionTime\":\"2026-11-23T09:48:00Z\"}]"),
         WRONG "status.conditions: two conditions have the type Failed", "FieldValueDuplicate"},
    };
    for (size_t i = 0; i < KC_COUNT(cases); i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        struct kc_chatrequest cr = {.spec.prompt = "untouched"};
        if (decode(a, cases[i].text, true, &cr, &err))
            fail_msg("%s: was taken", cases[i].name);
        if (!KC_STREQ(err.message, cases[i].message))
            fail_msg("%s: said\n  %s\nwanted\n  %s", cases[i].name, err.message, cases[i].message);
        assert_string_equal(err.reason, cases[i].reason);
        assert_int_equal(err.class, KC_INVALID);
        assert_string_equal(cr.spec.prompt, "untouched");
    }
}

/* {"prompt": <chars times the two bytes of "ö">}, and lists of n items. */
static json_t *object_with(json_t *spec)
{
    return json_pack("{s:{s:s,s:s},s:o}", "metadata", "name", "bump", "namespace", "shop", "spec", spec);
}

static json_t *repeated(const char *s, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, json_string(s));
    return list;
}

static const char *verdict(json_t *spec, struct kc_err *err)
{
    KC_ARENA_SCOPE(a);
    KC_JSON_SCOPE *v = object_with(spec);
    struct kc_chatrequest cr = {0};
    *err = (struct kc_err){0};
    return kc_chatrequest_decode(a, v, true, &cr, err) ? "" : err->message;
}

static void test_limits(void **state)
{
    (void)state;
    char prompt[8195] = ""; /* 4,097 characters of two bytes */
    for (size_t i = 0; i + 2 < sizeof prompt; i += 2)
        memcpy(&prompt[i], "ö", 2);
    struct kc_err err;
    assert_string_equal(verdict(json_pack("{s:s}", "prompt", prompt), &err),
                        WRONG "spec.prompt: has 4097 characters: at most 4096 are allowed");
    prompt[8192] = '\0'; /* 4,096 of them: bytes are not what counts */
    assert_string_equal(verdict(json_pack("{s:s}", "prompt", prompt), &err), "");

    static const struct {
        const char *field, *item, *message;
        size_t fits;
    } lists[] = {
        {"commands", "kubectl", "spec.commands: has 33 items: at most 32 are allowed", 32},
        {"namespaces", "shop", "spec.context.namespaces: has 17 items: at most 16 are allowed", 16},
    };
    for (size_t i = 0; i < KC_COUNT(lists); i++)
        for (size_t more = 0; more < 2; more++) {
            json_t *list = repeated(lists[i].item, lists[i].fits + more);
            json_t *spec = i == 0 ? json_pack("{s:s,s:o}", "prompt", "p", "commands", list)
                                  : json_pack("{s:s,s:{s:o}}", "prompt", "p", "context", "namespaces", list);
            const char *said = verdict(spec, &err);
            assert_string_equal(more ? said + strlen(WRONG) : said, more ? lists[i].message : "");
        }
    json_t *extra = json_object();
    for (int i = 0; i < 17; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        json_object_set_new(extra, key, json_array());
    }
    assert_string_equal(verdict(json_pack("{s:s,s:{s:o}}", "prompt", "p", "requestedBy", "extra", extra), &err),
                        WRONG "spec.requestedBy.extra: has 17 entries: at most 16 are allowed");
}

static void test_defaults(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_chatrequest cr = {0};
    assert_true(decode(a, "{" META ",\"spec\":{\"prompt\":\"p\",\"context\":null}}", true, &cr, &err));
    assert_string_equal(cr.spec.cluster, "in-cluster");
    assert_string_equal(cr.spec.deadline, "15m");
    assert_int_equal(cr.spec.ttl_seconds_after_finished, -1);
    assert_int_equal(cr.spec.approvals.n, 0);
    assert_string_equal(cr.spec.requested_by.who.username, "");
    assert_string_equal(cr.spec.requested_by.seal, "");
    assert_string_equal(cr.meta.uid, "");
    assert_string_equal(cr.status.phase, "");
    assert_string_equal(cr.status.plan.digest, "");
    assert_string_equal(cr.status.approvals.confirm, "");
    assert_int_equal(cr.status.audit.first, -1);
    assert_int_equal(cr.status.audit.last, -1);
    assert_false(cr.status.conditions.present);
    assert_string_equal(cr.status.conditions.v[KC_STALLED].reason, "");
    assert_int_equal(kc_phase_of(&cr.status.conditions), KC_PHASE_NONE);
}

static void test_values(void **state)
{
    (void)state;
    static const char text[] =
        "{\"apiVersion\":\"kubechat.io/v1alpha1\",\"kind\":\"ChatRequest\",\"metadata\":{\"name\":\"bump\","
        "\"namespace\":\"shop\",\"uid\":\"u\",\"resourceVersion\":\"7\",\"generation\":2,\"creationTimestamp\":"
        "\"2026-11-23T09:48:00Z\",\"finalizers\":[\"kubechat.io/executing\"],\"labels\":{\"a\":\"b\"},"
        "\"managedFields\":[{}]},\"spec\":{\"prompt\":\"more\",\"context\":{\"cluster\":\"prod\",\"namespaces\":["
        "\"shop\"]},"
        "\"requestedBy\":{\"username\":\"ana\",\"uid\":\"1\",\"groups\":[\"a\",\"b\"],\"extra\":{\"k\":[\"v\",\"w\"],"
        "\"l\":[]},\"nonce\":\"0123456789abcdef0123456789abcdef\",\"seal\":\"v1:AAAA\"},"
        "\"approvals\":[{\"username\":\"ben\",\"decision\":\"Reject\",\"planDigest\":\"sha256:" HEX64 "\",\"time\":"
        "\"2026-11-23T10:48:00+01:00\"}],\"ttlSecondsAfterFinished\":0,\"cancel\":true},\"status\":{\"future\":1,"
        "\"risk\":\"High\",\"phase\":\"Rejected\",\"plan\":{\"steps\":[{\"id\":\"1\",\"command\":\"c\",\"effect\":"
        "\"Mutating\",\"target\":{\"namespace\":\"shop\"},\"dryRun\":{\"outcome\":\"Accepted\",\"changes\":["
        "{\"path\":\"spec.replicas\",\"from\":\"3\",\"to\":\"5\",\"volatile\":true}]}}]},\"conditions\":["
        "{\"type\":\"Other\",\"status\":\"True\",\"reason\":\"A\",\"message\":\"\",\"lastTransitionTime\":"
        "\"2026-11-23T09:48:00Z\"},{\"type\":\"Approved\",\"status\":\"False\",\"reason\":\"Rejected\",\"message\":"
        "\"no\","
        "\"lastTransitionTime\":\"2026-11-23T09:48:00Z\",\"observedGeneration\":2}]}}";
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_chatrequest cr = {0};
    if (!decode(a, text, true, &cr, &err)) {
        fail_msg("%s", err.message);
        return;
    }
    assert_string_equal(cr.meta.resource_version, "7");
    assert_int_equal(cr.meta.generation, 2);
    assert_int_equal(cr.meta.creation_time, INT64_C(1795427280000));
    assert_int_equal(cr.meta.finalizers.n, 1);
    assert_string_equal(cr.spec.cluster, "prod");
    assert_true(cr.spec.cancel);
    assert_int_equal(cr.spec.ttl_seconds_after_finished, 0);
    const struct kc_identity *who = &cr.spec.requested_by.who;
    assert_string_equal(who->username, "ana");
    assert_string_equal(who->groups.v[1], "b");
    assert_int_equal(who->n_extras, 2);
    assert_string_equal(who->extras[0].key, "k");
    assert_string_equal(who->extras[0].values.v[1], "w");
    assert_int_equal(who->extras[1].values.n, 0);
    assert_int_equal(cr.spec.approvals.n, 1);
    assert_string_equal(cr.spec.approvals.v[0].who.username, "ben");
    assert_int_equal(cr.spec.approvals.v[0].decision, KC_REJECT);
    assert_int_equal(cr.spec.approvals.v[0].time, INT64_C(1795427280000));
    const struct kc_step_status *step = &cr.status.plan.steps[0];
    assert_int_equal(cr.status.plan.n_steps, 1);
    assert_int_equal(step->effect, KC_MUTATING);
    assert_string_equal(step->target.ns, "shop");
    assert_string_equal(step->dry_run_outcome, "Accepted");
    assert_string_equal(step->changes[0].to, "5");
    assert_true(step->changes[0].volatile_value);
    assert_int_equal(cr.status.risk, KC_RISK_HIGH);
    assert_int_equal(cr.status.conditions.v[KC_APPROVED].status, KC_FALSE);
    assert_string_equal(cr.status.conditions.v[KC_APPROVED].message, "no");
    assert_int_equal(cr.status.conditions.v[KC_APPROVED].observed_generation, 2);
    assert_string_equal(cr.status.conditions.v[KC_PLANNED].reason, "");
}

static void test_unknown_spec_fields_pass_when_not_strict(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_chatrequest cr = {0};
    assert_true(decode(a, SPEC("\"colour\":1,\"context\":{\"planet\":1}"), false, &cr, &err));
    assert_string_equal(cr.spec.prompt, "p");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_unknown_spec_fields_pass_when_not_strict),
    };
    return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
