#include "tests/unit/plan/fixture.h"

static const struct kc_object *find(const struct kc_inventory *inv, const char *kind, const char *ns, const char *name)
{
    for (size_t i = 0; i < inv->n; i++)
        if (KC_STREQ(inv->v[i].mapping->kind, kind) && KC_STREQ(inv->v[i].ns, ns) && KC_STREQ(inv->v[i].name, name))
            return &inv->v[i];
    return NULL;
}

static void test_objects(void **state)
{
    static const struct {
        const char *kind, *ns, *name, *owner_kind, *owner_name;
        int32_t replicas;
    } cases[] = {
        {"Deployment", "shop", "checkout", "", "", 3},
        {"Deployment", "shop", "api-gateway", "", "", 1}, /* the API's default */
        {"StatefulSet", "shop", "ledger", "", "", 1},
        {"ReplicationController", "shop", "legacy", "", "", 1},
        {"DaemonSet", "shop", "fluentd", "", "", -1},
        {"Service", "shop", "checkout", "", "", -1},
        {"ReplicaSet", "shop", "web-7d9f", "Deployment", "web", 2},
        {"Pod", "shop", "web-7d9f-abcde", "ReplicaSet", "web-7d9f", -1},
        {"Namespace", "", "production", "", "", -1},
        {"Policy", "shop", "quota", "", "", -1},
        {"Fleet", "shop", "vans", "", "", 7},
    };
    (void)state;
    KC_ARENA_SCOPE(a);
    const struct kc_inventory *inv = shop_inventory(a);
    assert_int_equal(inv->n, 24);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kc_object *o = find(inv, cases[i].kind, cases[i].ns, cases[i].name);
        assert_non_null(o);
        assert_string_equal(o->owner_kind, cases[i].owner_kind);
        assert_string_equal(o->owner_name, cases[i].owner_name);
        assert_int_equal(o->replicas, cases[i].replicas);
    }
    assert_string_equal(find(inv, "Deployment", "shop", "web")->uid, "shop-web");
    assert_string_equal(find(inv, "Deployment", "shop", "web")->mapping->version, "v1");
}

/* What kubectl shows in its columns. */
static void test_facts(void **state)
{
#define POD(status) "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"" status
    static const struct {
        const char *json, *status;
        int32_t ready, restarts;
    } cases[] = {
        {POD("},\"spec\":{\"nodeName\":\"node-1\"},\"status\":{\"phase\":\"Running\",\"containerStatuses\":["
             "{\"ready\":true,\"restartCount\":2,\"state\":{\"running\":{}}},{\"restartCount\":1,\"state\":{"
             "\"waiting\":"
             "{\"reason\":\"CrashLoopBackOff\"}}}]}}"),
         "CrashLoopBackOff", 1, 3},
        {POD("},\"spec\":{},\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}}"), "Evicted", 0, 0},
        {POD("},\"spec\":{},\"status\":{\"phase\":\"Pending\"}}"), "Pending", 0, 0},
        {POD("},\"spec\":{},\"status\":{\"phase\":\"Succeeded\",\"containerStatuses\":[{\"state\":{\"terminated\":"
             "{\"exitCode\":0,\"reason\":\"Completed\"}}}]}}"),
         "Completed", 0, 0},
        {POD("},\"spec\":{},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]"
             ","
             "\"containerStatuses\":[{\"ready\":true,\"state\":{\"running\":{}}},{\"state\":{\"terminated\":"
             "{\"exitCode\":0,\"reason\":\"Completed\"}}}]}}"),
         "Running", 1, 0},
        {POD("},\"spec\":{},\"status\":{\"phase\":\"Failed\",\"containerStatuses\":[{\"state\":{\"terminated\":"
             "{\"exitCode\":3}}}]}}"),
         "ExitCode:3", 0, 0},
        {POD("},\"spec\":{\"initContainers\":[{\"name\":\"a\"},{\"name\":\"b\"}]},\"status\":{\"phase\":\"Pending\","
             "\"initContainerStatuses\":[{\"name\":\"a\",\"state\":{\"terminated\":{\"exitCode\":0}}},{\"name\":\"b\","
             "\"restartCount\":4,\"state\":{\"running\":{}}}]}}"),
         "Init:1/2", 0, 0},
        {POD("},\"spec\":{\"initContainers\":[{\"name\":\"a\"}]},\"status\":{\"phase\":\"Pending\","
             "\"initContainerStatuses\":[{\"name\":\"a\",\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}"
             "}"),
         "Init:CrashLoopBackOff", 0, 0},
        {POD("},\"spec\":{\"initContainers\":[{\"name\":\"a\",\"restartPolicy\":\"Always\"}]},\"status\":{\"phase\":"
             "\"Running\",\"initContainerStatuses\":[{\"name\":\"a\",\"ready\":true,\"started\":true,\"restartCount\":"
             "1,"
             "\"state\":{\"running\":{}}}],\"containerStatuses\":[{\"ready\":true,\"state\":{\"running\":{}}}]}}"),
         "Running", 2, 1},
        {POD(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{},\"status\":{\"phase\":\"Running\"}}"),
         "Terminating", 0, 0},
        {POD(",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{},\"status\":{\"phase\":\"Running\","
             "\"reason\":\"NodeLost\"}}"),
         "Unknown", 0, 0},
        {POD("},\"spec\":{},\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"restartCount\":9000000000},"
             "{\"restartCount\":-4}]}}"),
         "Running", 0, INT32_MAX},
        {POD("}}"), "", -1, 0},
        {"{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{\"name\":\"p\"},\"spec\":{},\"status\":{"
         "\"conditions\":["
         "{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",
         "NotReady", -1, 0},
        {"{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"},\"spec\":{},"
         "\"status\":{\"conditions\":[{\"type\":\"Failed\",\"status\":\"True\"}]}}",
         "Failed", -1, 0},
        {"{\"apiVersion\":\"apps/"
         "v1\",\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"p\",\"namespace\":\"n\"},\"spec\":{},"
         "\"status\":{\"numberReady\":3}}",
         "", 3, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        struct kc_inventory inv = {.restmap = kc_restmap_offline(a, NULL)};
        KC_JSON_SCOPE *object = json_loads(cases[i].json, 0, NULL);
        assert_true(kc_inventory_add(a, &inv, object, NULL, &err));
        assert_string_equal(inv.v[0].status, cases[i].status);
        assert_int_equal(inv.v[0].ready, cases[i].ready);
        assert_int_equal(inv.v[0].restarts, cases[i].restarts);
    }
}

static void test_containers_and_labels(void **state)
{
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    struct kc_inventory inv = {.restmap = kc_restmap_offline(a, NULL)};
    KC_JSON_SCOPE *object = json_loads(
        "{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"c\",\"namespace\":\"n\",\"labels\":"
        "{\"app\":\"c\"},\"creationTimestamp\":\"1970-01-01T00:00:02Z\"},\"spec\":{\"suspend\":true,\"jobTemplate\":"
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"x\",\"image\":\"y:1\"}]}}}}}}",
        0, NULL);
    assert_true(kc_inventory_add(a, &inv, object, NULL, &err));
    assert_int_equal(inv.v[0].n_containers, 1);
    assert_string_equal(inv.v[0].containers[0].name, "x");
    assert_string_equal(inv.v[0].containers[0].image, "y:1");
    assert_int_equal(inv.v[0].n_labels, 1);
    assert_string_equal(inv.v[0].labels[0].value, "c");
    assert_int_equal(inv.v[0].created_ms, 2000);
    assert_true(inv.v[0].paused);
}

static const struct kc_mapping deployments = {.group = "apps",
                                              .version = "v1",
                                              .kind = "Deployment",
                                              .resource = "deployments",
                                              .namespaced = true,
                                              .scalable = true};

/* What the API server and kubectl write, and what nobody should. */
static void test_shapes(void **state)
{
    static const struct {
        const char *json;
        bool item_mapping;
        size_t n; /* objects; 0 with wrong NULL: skipped */
        int32_t replicas;
        const char *wrong;
    } cases[] = {
        {"{\"kind\":\"DeploymentList\",\"apiVersion\":\"apps/"
         "v1\",\"items\":[{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"},"
         "\"spec\":{}}]}",
         true, 1, 1, NULL},
        {"{\"kind\":\"DeploymentList\",\"apiVersion\":\"apps/"
         "v1\",\"items\":[{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"},"
         "\"spec\":{\"replicas\":0}}]}",
         false, 1, 0, NULL},
        {"{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/"
         "v1\",\"items\":[{\"kind\":\"PartialObjectMetadata\","
         "\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"}}]}",
         true, 1, -1, NULL},
        {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{"
         "\"kind\":"
         "\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"}}]}]}",
         false, 1, -1, NULL},
        {"{\"kind\":\"Deployment\",\"apiVersion\":\"apps/"
         "v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"},\"spec\":"
         "{\"replicas\":-3}}",
         false, 1, -1, NULL},
        {"{\"kind\":\"Deployment\",\"apiVersion\":\"apps/"
         "v1\",\"metadata\":{\"name\":\"a\",\"namespace\":\"n\"},\"spec\":"
         "{\"replicas\":\"3\"}}",
         false, 1, -1, NULL},
        {"{\"kind\":\"Unheard\",\"apiVersion\":\"of/v1\",\"metadata\":{\"name\":\"a\"}}", false, 0, 0, NULL},
        {"{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[]}", false, 0, 0, NULL},
        {"{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"namespace\":\"n\"}}", false, 0, 0,
         "metadata.name"},
        {"{\"kind\":\"Deployment\",\"apiVersion\":\"apps/v1\",\"metadata\":{\"name\":\"a\"}}", false, 0, 0,
         "metadata.namespace"},
        {"{\"kind\":\"List\",\"items\":[{\"kind\":\"Deployment\"}]}", false, 0, 0, "items[0]: apiVersion is missing"},
        {"{\"items\":[{\"metadata\":{\"name\":\"a\"}}]}", false, 0, 0, "items[0]: kind is missing"},
        {"{\"items\":[3]}", false, 0, 0, "items[0]: expected a Kubernetes object"},
        {"[]", false, 0, 0, "expected a Kubernetes object"},
        {"{}", false, 0, 0, "kind is missing"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_restmap map = {.v = &deployments, .n = 1};
        struct kc_inventory inv = {.restmap = &map};
        struct kc_err err = {0};
        json_t *v = kc_json_parse_in(a, cases[i].json, strlen(cases[i].json), 4096, "case", &err);
        assert_non_null(v);
        bool ok = kc_inventory_add(a, &inv, v, cases[i].item_mapping ? &deployments : NULL, &err);
        if (ok != !cases[i].wrong || (cases[i].wrong && !strstr(err.message, cases[i].wrong)))
            fail_msg("%s: %s", cases[i].json, err.message);
        assert_int_equal(inv.n, cases[i].n);
        if (inv.n)
            assert_int_equal(inv.v[0].replicas, cases[i].replicas);
    }
}

/* A custom type may count in another field than spec.replicas: nothing is known then. */
static void test_custom_scalable(void **state)
{
    static const struct kc_mapping fleets = {.group = "example.com",
                                             .version = "v1",
                                             .kind = "Fleet",
                                             .resource = "fleets",
                                             .namespaced = true,
                                             .scalable = true};
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_restmap map = {.v = &fleets, .n = 1};
    struct kc_inventory inv = {.restmap = &map};
    struct kc_err err = {0};
    KC_JSON_SCOPE *v =
        json_pack("{s:{s:s, s:s}, s:{s:i}}", "metadata", "name", "vans", "namespace", "shop", "spec", "size", 3);
    assert_true(kc_inventory_add(a, &inv, v, &fleets, &err));
    assert_int_equal(inv.v[0].replicas, -1);
    const char *ns = "shop";
    struct kc_plan_input in = {.prompt = "double vans", .namespaces = {.v = &ns, .n = 1}, .inventory = &inv};
    struct kc_planned p;
    kc_plan_words(a, &in, &p);
    assert_int_equal(p.outcome, KC_PLAN_QUESTION);
    in.prompt = "scale vans to 4";
    kc_plan_words(a, &in, &p);
    assert_int_equal(p.outcome, KC_PLAN_MADE);
    assert_int_equal(p.steps[0].action.scale.replicas, 4);
}

static void test_restmap(void **state)
{
    static const struct {
        const char *type, *resource, *singular;
        bool scalable, namespaced;
    } cases[] = {
        {"deploy", "deployments", "deployment", true, true},
        {"sts", "statefulsets", "statefulset", true, true},
        {"rs", "replicasets", "replicaset", true, true},
        {"rc", "replicationcontrollers", "replicationcontroller", true, true},
        {"ds", "daemonsets", "daemonset", false, true},
        {"po", "pods", "pod", false, true},
        {"svc", "services", "service", false, true},
        {"ns", "namespaces", "namespace", false, false},
        {"cronjobs.batch", "cronjobs", "cronjob", false, true},
        {"Policy", "policies", "policy", false, true},
        {"fleets.example.com", "fleets", "fleet", true, true},
        {"glass", "glasses", "glass", false, false},
        {"kafkaendpoints", "kafkaendpoints", "kafkaendpoints", false, false},
    };
    (void)state;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    json_t *list = kc_json_parse_in(a, shop, sizeof shop - 1, sizeof shop, "shop", &err);
    KC_JSON_SCOPE *documents = json_pack("[O, {s:s, s:s}, {s:s, s:s}]", list, "kind", "Glass", "apiVersion", "v1",
                                         "kind", "KafkaEndpoints", "apiVersion", "kafka.example.com/v1beta1");
    const struct kc_restmap *map = kc_restmap_offline(a, documents);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct kc_mapping *m = kc_restmap_find(map, cases[i].type);
        assert_non_null(m);
        assert_string_equal(m->resource, cases[i].resource);
        assert_string_equal(m->singular, cases[i].singular);
        assert_int_equal(m->scalable, cases[i].scalable);
        assert_int_equal(m->namespaced, cases[i].namespaced);
    }
    assert_null(kc_restmap_find(map, "unicorns"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_containers_and_labels),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_custom_scalable),
        cmocka_unit_test(test_restmap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
