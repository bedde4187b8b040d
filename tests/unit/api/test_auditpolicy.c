/* AuditPolicy objects in and out, and label selectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/auditpolicy.h"

static const char whole[] =
    "{\"apiVersion\":\"kubechat.io/"
    "v1alpha1\",\"kind\":\"AuditPolicy\",\"metadata\":{\"name\":\"production\",\"uid\":\"u\","
    "\"resourceVersion\":\"7\",\"generation\":3},\"spec\":{\"approvals\":[{\"allowRequester\":true,\"effects\":["
    "\"Destructive\"],"
    "\"groups\":[\"dba\"],\"minRisk\":\"High\",\"required\":2},{}],\"contextLock\":{\"confirm\":\"Mutating\","
    "\"requestNamespaces\":[\"ops-*\"]},\"enforcement\":\"Warn\",\"force\":\"Allowed\",\"match\":{\"clusters\":[\"prod-"
    "*\"],\"effects\":["
    "\"Mutating\"],"
    "\"kinds\":[\"Deployment\",\"Ingress.networking.k8s.io\"],\"namespaceSelector\":{\"matchExpressions\":[{\"key\":"
    "\"a/b\","
    "\"operator\":\"In\",\"values\":[\"x\"]},{\"key\":\"c\",\"operator\":\"Exists\"}],\"matchLabels\":{\"tier\":"
    "\"prod\","
    "\"empty\":\"\"}},\"namespaces\":[\"shop\",\"*\"]},\"serviceAccounts\":[{\"name\":\"bot\",\"namespace\":\"ci\","
    "\"namespaces\":[\"shop\"]}],\"suspend\":true},\"status\":{\"conditions\":[{\"lastTransitionTime\":\"2026-01-02T03:"
    "04:05Z\","
    "\"message\":\"m\",\"observedGeneration\":3,\"reason\":\"Warns\",\"status\":\"True\",\"type\":\"Ready\"}],"
    "\"observedGeneration\":3}}";

static json_t *parse(struct kc_arena *a, const char *text)
{
    struct kc_err err = {0};
    json_t *v = kc_json_parse_in(a, text, strlen(text), 1 << 20, "test", &err);
    if (!v)
        fail_msg("%s", err.message);
    return v;
}

static void test_whole(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_auditpolicy p;
    json_t *object = parse(a, whole);
    if (!kc_auditpolicy_decode(a, object, &p, &err))
        fail_msg("%s", err.message);
    assert_string_equal(p.meta.name, "production");
    assert_int_equal(p.spec.enforcement, KC_ENFORCEMENT_WARN);
    assert_int_equal(p.spec.force, KC_FORCE_ALLOWED);
    assert_true(p.spec.locked);
    assert_int_equal(p.spec.context_lock.confirm, KC_CONFIRM_MUTATING);
    assert_int_equal(p.spec.n_approvals, 2);
    assert_int_equal(p.spec.approvals[0].min_risk, KC_RISK_HIGH);
    assert_int_equal(p.spec.approvals[1].required, 1);
    assert_false(p.spec.approvals[1].allow_requester);
    assert_int_equal(p.spec.match.namespace_selector.n_labels, 2);
    assert_int_equal(p.spec.match.namespace_selector.terms[0].op, KC_SELECTOR_IN);
    assert_int_equal(p.status.n_conditions, 1);
    assert_string_equal(p.status.conditions[0].type, KC_READY);

    KC_JSON_SCOPE *spec = kc_auditpolicy_encode_spec(&p.spec);
    json_t *expected = json_object_get(object, "spec");
    assert_true(json_equal(spec, expected));
    KC_JSON_SCOPE *status = kc_auditpolicy_encode_status(&p.status);
    assert_true(json_equal(status, json_object_get(object, "status")));
}

static const char *with_spec(struct kc_arena *a, const char *spec)
{
    char *s = kc_arena_printf(a, "{'metadata':{'name':'p'},'spec':%s}", spec);
    for (char *c = s; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    return s;
}

static void test_defaults(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_auditpolicy p;
    assert_true(kc_auditpolicy_decode(a, parse(a, with_spec(a, "{}")), &p, &err));
    assert_int_equal(p.spec.enforcement, KC_ENFORCEMENT_ENFORCE);
    assert_false(p.spec.locked);
    assert_false(p.spec.suspend);
    assert_int_equal(p.spec.force, KC_FORCE_UNSAID);
    assert_int_equal(p.spec.n_approvals + p.spec.n_service_accounts + p.spec.match.namespaces.n, 0);

    /* An empty lock is one; its absence is none. */
    assert_true(kc_auditpolicy_decode(a, parse(a, with_spec(a, "{'contextLock':{}}")), &p, &err));
    assert_true(p.spec.locked);
    assert_int_equal(p.spec.context_lock.confirm, KC_CONFIRM_UNSAID);
    KC_JSON_SCOPE *spec = kc_auditpolicy_encode_spec(&p.spec);
    assert_non_null(json_object_get(spec, "contextLock"));
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *says;
    } cases[] = {
        {"{'surprise':1}", "AuditPolicy p: spec.surprise: unknown field"},
        {"{'match':{'namespace':['a']}}", "did you mean namespaces?"},
        {"{'match':{'namespaces':['a*b']}}", "spec.match.namespaces[0]: \"a*b\": expected a name"},
        {"{'match':{'namespaces':['-*']}}", "spec.match.namespaces[0]"},
        {"{'match':{'kinds':['deployments']}}", "expected a kind such as"},
        {"{'match':{'kinds':['Deployment.']}}", "spec.match.kinds[0]"},
        {"{'match':{'effects':['ReadOnly']}}", "expected Mutating or Destructive"},
        {"{'match':{'namespaceSelector':{'matchLabels':{'a':1}}}}", "matchLabels.a: expected string, got integer"},
        {"{'match':{'namespaceSelector':{'matchLabels':[]}}}", "matchLabels: expected object, got array"},
        {"{'match':{'namespaceSelector':{'matchExpressions':[{'key':'a b','operator':'In'}]}}}",
         "expected a label's key"},
        {"{'match':{'namespaceSelector':{'matchExpressions':[{'key':'a','operator':'in'}]}}}", "In, NotIn, Exists or"},
        {"{'enforcement':'enforce'}", "expected Enforce, Warn or DryRun"},
        {"{'approvals':[{'required':9}]}", "spec.approvals[0].required: 9 is out of range: expected 0 to 8"},
        {"{'approvals':[{'minRisk':'Huge'}]}", "expected Low, Medium, High or Critical"},
        {"{'serviceAccounts':[{'name':'a'}]}", "spec.serviceAccounts[0].namespace: is required"},
        {"{'force':true}", "spec.force: expected string, got boolean"},
        {"{'force':'allowed'}", "expected Allowed or Refused"},
        {"{'suspend':'yes'}", "spec.suspend: expected boolean, got string"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        struct kc_auditpolicy p;
        if (kc_auditpolicy_decode(a, parse(a, with_spec(a, cases[i].spec)), &p, &err) ||
            !strstr(err.message, cases[i].says))
            fail_msg("%s: %s", cases[i].spec, err.message);
        assert_int_equal(err.class, KC_INVALID);
    }
}

static void test_other_kinds(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_auditpolicy p;
    json_t *object = parse(a, whole);
    json_object_set_new(object, "kind", json_string("ChatRequest"));
    assert_false(kc_auditpolicy_decode(a, object, &p, &err));
    assert_non_null(strstr(err.message, "kind: expected AuditPolicy, got ChatRequest"));
    assert_false(kc_auditpolicy_decode(a, parse(a, "[]"), &p, &err));
    assert_false(kc_auditpolicy_decode(a, parse(a, "{\"spec\":{}}"), &p, &err));
    assert_false(kc_auditpolicy_decode(a, parse(a, "{\"metadata\":{\"name\":\"p\"}}"), &p, &err));
}

static void test_name_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } cases[] = {
        {"shop", "shop", true},    {"shop", "shop-eu", false}, {"shop*", "shop-eu", true},
        {"shop-*", "shop", false}, {"*", "anything", true},    {"*", "", true},
        {"shop", "", false},       {"shop-*", "shop-", true},  {"shop-eu", "shop-e", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (kc_name_matches(cases[i].pattern, cases[i].name) != cases[i].matches)
            fail_msg("%s, %s", cases[i].pattern, cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),       cmocka_unit_test(test_defaults),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_other_kinds), cmocka_unit_test(test_name_patterns),
    };
    return cmocka_run_group_tests_name("auditpolicy", tests, NULL, NULL);
}
