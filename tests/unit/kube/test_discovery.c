#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/kube/discovery.h"

#define LIST(items)                                                                                                    \
    "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2\",\"items\":[" items "]}"
#define TYPE(resource, kind, scope, rest)                                                                              \
    "{\"resource\":\"" resource "\",\"responseKind\":{\"group\":\"g\",\"version\":\"v\",\"kind\":\"" kind "\"},"       \
    "\"scope\":\"" scope "\",\"verbs\":[\"get\",\"list\"]" rest "}"

static const char core[] =
    LIST("{\"metadata\":{},\"versions\":[{\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":[" TYPE(
        "pods", "Pod", "Namespaced",
        ",\"singularResource\":\"pod\",\"shortNames\":[\"po\"],\"subresources\":[{\"subresource\":\"log\"}"
        "]") "," TYPE("namespaces", "Namespace", "Cluster",
                      ",\"shortNames\":[\"ns\"]") ",{\"resource\":\"virtual\",\"scope\":\"Namespaced\","
                                                  "\"subresources\":[{\"subresource\":\"token\"}]}]}]}");

static const char groups[] =
    LIST("{\"metadata\":{\"name\":\"apps\"},\"versions\":[{\"version\":\"v1\",\"resources\":"
         "[" TYPE("deployments", "Deployment", "Namespaced",
                  ",\"singularResource\":\"deployment\",\"shortNames\":[\"deploy\"],"
                  "\"subresources\":[{\"subresource\":\"scale\"},"
                  "{\"subresource\":\"status\"}]") "]},{\"version\":\"v1beta1\",\"resources\":"
                                                   "[" TYPE("deployments", "Deployment", "Namespaced", "") "," TYPE(
                                                       "scales", "Scale", "Namespaced",
                                                       "") "]}]},"
                                                           "{\"metadata\":{"
                                                           "\"name\":\"away."
                                                           "example.org\"},"
                                                           "\"versions\":[{"
                                                           "\"version\":\"v1\","
                                                           "\"freshness\":"
                                                           "\"Stale\"}]},"
                                                           "{\"metadata\":{"
                                                           "\"name\":\"example."
                                                           "org\"},\"versions\":["
                                                           "{\"version\":\"v1\","
                                                           "\"resources\":[" TYPE("pods", "Pod", "Cluster", "") "]}]}");

static bool parse(struct kc_arena *a, const char *core_text, const char *groups_text, struct kc_restmap *ret,
                  struct kc_err *err)
{
    *err = (struct kc_err){0};
    const json_t *c = kc_json_parse_in(a, core_text, strlen(core_text), 1 << 20, "core", err);
    const json_t *g = kc_json_parse_in(a, groups_text, strlen(groups_text), 1 << 20, "groups", err);
    return c && g && kc_discovery_parse(a, c, g, ret, err);
}

static void test_map(void **state)
{
    static const struct {
        const char *group, *version, *resource, *kind, *singular;
        bool namespaced, scalable, preferred;
        unsigned priority;
    } rows[] = {
        {"", "v1", "pods", "Pod", "pod", true, false, true, 0},
        {"", "v1", "namespaces", "Namespace", "", false, false, true, 0},
        {"apps", "v1", "deployments", "Deployment", "deployment", true, true, true, 1},
        {"apps", "v1beta1", "deployments", "Deployment", "", true, false, false, 1},
        {"apps", "v1beta1", "scales", "Scale", "", true, false, true, 1},
        {"example.org", "v1", "pods", "Pod", "", false, false, true, 3},
    };
    KC_ARENA_SCOPE(a);
    struct kc_restmap map = {0};
    struct kc_err err = {0};
    (void)state;
    if (!parse(a, core, groups, &map, &err)) {
        fail_msg("%s", err.message);
        return;
    }
    assert_int_equal(map.n, sizeof(rows) / sizeof(*rows));
    for (size_t i = 0; i < map.n; i++) {
        const struct kc_mapping *m = &map.v[i];
        if (!KC_STREQ(m->group, rows[i].group) || !KC_STREQ(m->version, rows[i].version) ||
            !KC_STREQ(m->resource, rows[i].resource) || !KC_STREQ(m->kind, rows[i].kind) ||
            !KC_STREQ(m->singular, rows[i].singular) || m->namespaced != rows[i].namespaced ||
            m->scalable != rows[i].scalable || m->preferred != rows[i].preferred || m->priority != rows[i].priority)
            fail_msg("row %zu: %s %s %s", i, m->group, m->version, m->resource);
    }
    assert_int_equal(map.v[2].short_names.n, 1);
    assert_string_equal(map.v[2].short_names.v[0], "deploy");
    /* kubectl's reading of it. */
    assert_ptr_equal(kc_restmap_find(&map, "deploy"), &map.v[2]);
    assert_ptr_equal(kc_restmap_find(&map, "pods"), &map.v[0]);
    assert_ptr_equal(kc_restmap_find(&map, "pods.example.org"), &map.v[5]);
    assert_ptr_equal(kc_restmap_kind(&map, "apps", "Deployment"), &map.v[2]);
}

static void test_not_aggregated(void **state)
{
    static const char *const others[] = {
        "{}",
        "[]",
        "{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[]}",
        "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/v2beta1\",\"items\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        KC_ARENA_SCOPE(a);
        struct kc_restmap map = {0};
        struct kc_err err = {0};
        assert_false(parse(a, core, others[i], &map, &err));
        assert_int_equal(err.class, KC_INVALID);
        assert_non_null(strstr(err.message, "/apis"));
        assert_false(parse(a, others[i], groups, &map, &err));
    }
}

/* Wrong types inside read as absent. */
static void test_odd_shapes(void **state)
{
    static const char *const odd[] = {
        LIST("1"),
        LIST("{\"versions\":{}}"),
        LIST("{\"metadata\":{\"name\":7},\"versions\":[{\"version\":1,\"resources\":[{}]},null]}"),
        LIST("{\"versions\":[{\"version\":\"v1\",\"resources\":[1,{\"resource\":\"x\",\"responseKind\":{\"kind\":\"\"}}"
             "]}]}"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        KC_ARENA_SCOPE(a);
        struct kc_restmap map = {0};
        struct kc_err err = {0};
        if (!parse(a, odd[i], LIST(""), &map, &err))
            fail_msg("%s: %s", odd[i], err.message);
        assert_int_equal(map.n, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_not_aggregated),
        cmocka_unit_test(test_odd_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
