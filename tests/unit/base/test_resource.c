#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/resource.h"

#define NAMES(...)                                                                                                     \
    {                                                                                                                  \
        (const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(const char *)                    \
    }

/* In no useful order on purpose. */
static const struct kc_mapping rows[] = {
    {.group = "apps",
     .version = "v1beta2",
     .kind = "Deployment",
     .resource = "deployments",
     .singular = "deployment",
     .short_names = NAMES("deploy"),
     .namespaced = true,
     .priority = 3},
    {.group = "apps",
     .version = "v1",
     .kind = "Deployment",
     .resource = "deployments",
     .singular = "deployment",
     .short_names = NAMES("deploy"),
     .namespaced = true,
     .scalable = true,
     .preferred = true,
     .priority = 3},
    {.group = "events.k8s.io",
     .version = "v1",
     .kind = "Event",
     .resource = "events",
     .singular = "event",
     .short_names = NAMES("ev"),
     .namespaced = true,
     .preferred = true,
     .priority = 5},
    {.group = "",
     .version = "v1",
     .kind = "Event",
     .resource = "events",
     .singular = "event",
     .short_names = NAMES("ev"),
     .namespaced = true,
     .preferred = true,
     .priority = 0},
    {.group = "",
     .version = "v1",
     .kind = "Pod",
     .resource = "pods",
     .singular = "pod",
     .short_names = NAMES("po"),
     .namespaced = true,
     .preferred = true,
     .priority = 0},
    {.group = "",
     .version = "v1",
     .kind = "Service",
     .resource = "services",
     .singular = "service",
     .short_names = NAMES("svc"),
     .namespaced = true,
     .preferred = true,
     .priority = 0},
    {.group = "",
     .version = "v1",
     .kind = "Namespace",
     .resource = "namespaces",
     .singular = "namespace",
     .short_names = NAMES("ns"),
     .preferred = true,
     .priority = 0},
    {.group = "networking.k8s.io",
     .version = "v1",
     .kind = "Ingress",
     .resource = "ingresses",
     .singular = "ingress",
     .short_names = NAMES("ing"),
     .namespaced = true,
     .preferred = true,
     .priority = 7},
    {.group = "serving.knative.dev",
     .version = "v1",
     .kind = "Service",
     .resource = "services",
     .singular = "service",
     .short_names = NAMES("kservice", "ksvc"),
     .namespaced = true,
     .preferred = true,
     .priority = 20},
    {.group = "example.com",
     .version = "v1",
     .kind = "CronTab",
     .resource = "crons",
     .singular = "",
     .namespaced = true,
     .preferred = true,
     .priority = 21},
    /* Its plural is another's short name. */
    {.group = "example.com",
     .version = "v1",
     .kind = "Purchase",
     .resource = "po",
     .singular = "purchase",
     .namespaced = true,
     .preferred = true,
     .priority = 21},
    {.group = "example.com",
     .version = "v1",
     .kind = "Gizmo",
     .resource = "gizmos",
     .singular = "gadget",
     .namespaced = true,
     .preferred = true,
     .priority = 21},
};
static const struct kc_restmap map = {rows, sizeof rows / sizeof *rows};

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *type, *found; /* group/version/resource */
    } cases[] = {
        {"deploy", "apps/v1/deployments"},
        {"deployment", "apps/v1/deployments"},
        {"deployments", "apps/v1/deployments"},
        {"Deployment", "apps/v1/deployments"},
        {"DEPLOYMENTS", "apps/v1/deployments"},
        {"deployments.apps", "apps/v1/deployments"},
        {"deploy.apps", "apps/v1/deployments"},
        {"deployments.v1.apps", "apps/v1/deployments"},
        {"deployments.v1beta2.apps", "apps/v1beta2/deployments"},
        {"deploy.v1beta2.apps", "apps/v1beta2/deployments"},
        {"deployments.app", "apps/v1/deployments"},
        {"deployments.v9.apps", NULL},
        {"deployments.batch", NULL},
        {"DEPLOY", NULL},
        {"events", "/v1/events"},
        {"ev", "/v1/events"},
        {"events.events.k8s.io", "events.k8s.io/v1/events"},
        {"events.v1.events.k8s.io", "events.k8s.io/v1/events"},
        {"pods.v1.", "/v1/pods"},
        {"ing", "networking.k8s.io/v1/ingresses"},
        {"ingresses.networking", "networking.k8s.io/v1/ingresses"},
        {"ingresses.networking.k8s.io", "networking.k8s.io/v1/ingresses"},
        {"svc", "/v1/services"},
        {"service", "/v1/services"},
        {"services.serving.knative.dev", "serving.knative.dev/v1/services"},
        {"ksvc", "serving.knative.dev/v1/services"},
        {"kservice", "serving.knative.dev/v1/services"},
        {"crontab", "example.com/v1/crons"},
        {"CronTab", "example.com/v1/crons"},
        {"Gizmo", "example.com/v1/gizmos"},
        {"Gizmo.v1.example.com", "example.com/v1/gizmos"},
        {"gizmo", NULL},
        {"gadget", "example.com/v1/gizmos"},
        {"po", "example.com/v1/po"},
        {"", NULL},
        {".", NULL},
        {"..", NULL},
        {"nothing", NULL},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kc_mapping *m = kc_restmap_find(&map, cases[i].type);
        const char *found = m ? kc_arena_printf(a, "%s/%s/%s", m->group, m->version, m->resource) : NULL;
        if (!found != !cases[i].found || (found && strcmp(found, cases[i].found) != 0))
            fail_msg("\"%s\": %s", cases[i].type, kc_or(found, "nothing"));
    }
}

static void test_kind(void **state)
{
    (void)state;
    assert_ptr_equal(kc_restmap_kind(&map, "apps", "Deployment"), &rows[1]);
    assert_ptr_equal(kc_restmap_kind(&map, "", "Pod"), &rows[4]);
    assert_ptr_equal(kc_restmap_kind(&map, NULL, "Pod"), &rows[4]);
    assert_ptr_equal(kc_restmap_kind(&map, "events.k8s.io", "Event"), &rows[2]);
    assert_null(kc_restmap_kind(&map, "apps", "deployment"));
    assert_null(kc_restmap_kind(&map, "", "Deployment"));
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        size_t row;
        const char *ns, *name, *subresource, *path;
    } cases[] = {
        {1, "shop", "checkout", "scale", "/apis/apps/v1/namespaces/shop/deployments/checkout/scale"},
        {1, "shop", "checkout", NULL, "/apis/apps/v1/namespaces/shop/deployments/checkout"},
        {1, "shop", NULL, NULL, "/apis/apps/v1/namespaces/shop/deployments"},
        {1, "", "", "", "/apis/apps/v1/deployments"},
        {1, "shop", NULL, "scale", "/apis/apps/v1/namespaces/shop/deployments"},
        {4, NULL, NULL, NULL, "/api/v1/pods"},
        {4, "shop", "web-0", "log", "/api/v1/namespaces/shop/pods/web-0/log"},
        {6, "ignored", "shop", NULL, "/api/v1/namespaces/shop"},
        {4, "a/b", "x?y#z%", NULL, "/api/v1/namespaces/a%2Fb/pods/x%3Fy%23z%25"},
        {4, "shop", "system:node \xC3\xA9", NULL, "/api/v1/namespaces/shop/pods/system%3Anode%20%C3%A9"},
        {4, "..", ".", "../x", "/api/v1/namespaces/%2E%2E/pods/%2E/..%2Fx"},
        {4, "a.b_c~d-e", "...", NULL, "/api/v1/namespaces/a.b_c~d-e/pods/..."},
    };
    KC_ARENA_SCOPE(a);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(kc_resource_path(a, &rows[cases[i].row], cases[i].ns, cases[i].name, cases[i].subresource),
                            cases[i].path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
