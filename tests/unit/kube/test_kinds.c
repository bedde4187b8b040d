/* What is read of each kind, from JSON and from the protobuf of the same object: both say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/kube/protobuf.h"

/* Everything of an item that is not empty, in one line. */
static void describe(struct kc_buf *b, const struct kc_record *r)
{
    const struct kc_item *i = kc_item_of(r);
    const struct {
        const char *name;
        int32_t n, none;
    } numbers[] = {{"replicas", i->replicas, -1}, {"ready", i->ready, -1},    {"restarts", i->restarts, 0},
                   {"want", i->want, -1},         {"have", i->have, -1},      {"min", i->min, -1},
                   {"max", i->max, -1},           {"allowed", i->allowed, -1}};

    kc_buf_printf(b, "%s %s|%s", i->kind->kind, i->ns, i->name);
    if (*i->owner_name)
        kc_buf_printf(b, " owner=%s/%s/%s", i->owner_kind, i->owner_name, i->owner_uid);
    if (*i->status)
        kc_buf_printf(b, " status=%s", i->status);
    if (*i->node)
        kc_buf_printf(b, " node=%s", i->node);
    if (*i->schedule)
        kc_buf_printf(b, " schedule=%s", i->schedule);
    for (size_t k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++)
        if (numbers[k].n != numbers[k].none)
            kc_buf_printf(b, " %s=%d", numbers[k].name, numbers[k].n);
    for (size_t k = 0; k < i->n_labels; k++)
        kc_buf_printf(b, " %s:%s", i->labels[k].key, i->labels[k].value);
    for (size_t k = 0; k < i->n_containers; k++)
        kc_buf_printf(b, " %s(%s)", i->containers[k].name, i->containers[k].image);
    if (i->selects)
        kc_buf_puts(b, " selects");
    for (size_t k = 0; k < i->n_selector; k++)
        kc_buf_printf(b, " [%s %s %s]", i->selector[k].key, i->selector[k].operator, i->selector[k].values);
    for (size_t k = 0; k < i->n_refs; k++)
        kc_buf_printf(b, " ->%s/%s", i->refs[k].kind, i->refs[k].name);
    kc_buf_puts(b, i->unschedulable ? " unschedulable" : "");
    kc_buf_puts(b, i->paused ? " paused" : "");
    if (i->created_ms)
        kc_buf_printf(b, " created=%lld", (long long)i->created_ms);
}

/* resource, what follows metadata's beginning, what is read */
#define META(ns, name)                                                                                                 \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns "\",\"uid\":\"u\",\"resourceVersion\":\"7\""
#define CONTAINERS(image) "\"containers\":[{\"name\":\"app\",\"image\":\"" image "\"}]"
#define TEMPLATE(image)   "\"template\":{\"spec\":{" CONTAINERS(image) "}}"
#define STATUSES(statuses)                                                                                             \
    "},\"spec\":{" CONTAINERS("web:1") "},\"status\":{\"phase\":\"Running\",\"containerStatuses\":[" statuses "]}}"

static const struct {
    const char *group, *resource, *json, *want;
} cases[] = {
    {"", "pods",
     META("shop", "p") ",\"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"labels\":{\"app\":\"web\"},"
                       "\"ownerReferences\":[{\"kind\":\"Other\",\"name\":\"x\",\"uid\":\"1\"},{\"kind\":"
                       "\"ReplicaSet\",\"name\":\"web-1\",\"uid\":\"2\",\"controller\":true}]},\"spec\":{"
                       "\"nodeName\":\"n1\"," CONTAINERS("web:1") "},\"status\":{\"phase\":\"Pending\"}}",
     "Pod shop|p owner=ReplicaSet/web-1/2 status=Pending node=n1 ready=0 app:web app(web:1) created=1767323045000"},
    {"", "pods",
     META("s", "p") STATUSES("{\"name\":\"app\",\"ready\":true,\"restartCount\":2,\"state\":{\"running\":{}}}"),
     "Pod s|p status=Running ready=1 restarts=2 app(web:1)"},
    {"", "pods",
     META("s", "p") STATUSES("{\"ready\":true,\"restartCount\":2,\"state\":{\"running\":{}}},{\"restartCount\":1,"
                             "\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}"),
     "Pod s|p status=CrashLoopBackOff ready=1 restarts=3 app(web:1)"},
    {"", "pods", META("s", "p") STATUSES("{\"state\":{\"terminated\":{\"exitCode\":137,\"signal\":9}}}"),
     "Pod s|p status=Signal:9 ready=0 app(web:1)"},
    {"", "pods", META("s", "p") STATUSES("{\"state\":{\"terminated\":{\"exitCode\":3}}}"),
     "Pod s|p status=ExitCode:3 ready=0 app(web:1)"},
    {"", "pods",
     META("s", "p") "},\"spec\":{},\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":"
                    "\"True\"}],\"containerStatuses\":[{\"state\":{\"terminated\":{\"exitCode\":0,\"reason\":"
                    "\"Completed\"}}},{\"ready\":true,\"state\":{\"running\":{}}}]}}",
     "Pod s|p status=Running ready=1"},
    {"", "pods",
     META("s", "p") "},\"spec\":{},\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"state\":{"
                    "\"terminated\":{\"exitCode\":0,\"reason\":\"Completed\"}}},{\"ready\":true,\"state\":{"
                    "\"running\":{}}}]}}",
     "Pod s|p status=NotReady ready=1"},
    {"", "pods", META("s", "p") "},\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}}",
     "Pod s|p status=Evicted ready=0"},
    {"", "pods", META("s", "p") ",\"deletionTimestamp\":\"2026-01-02T03:04:05Z\"},\"status\":{\"phase\":\"Running\"}}",
     "Pod s|p status=Terminating ready=0"},
    {"", "pods",
     META("s", "p") ",\"deletionTimestamp\":\"2026-01-02T03:04:05Z\"},\"status\":{\"phase\":\"Succeeded\"}}",
     "Pod s|p status=Succeeded ready=0"},
    {"", "pods",
     META("s", "p") ",\"deletionTimestamp\":\"2026-01-02T03:04:05Z\"},\"status\":{\"phase\":\"Running\",\"reason\":"
                    "\"NodeLost\"}}",
     "Pod s|p status=Unknown ready=0"},
    {"", "pods",
     META("s", "p") "},\"status\":{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":"
                    "\"False\",\"reason\":\"SchedulingGated\"}]}}",
     "Pod s|p status=SchedulingGated ready=0"},
    {"", "pods",
     META("s", "p") "},\"spec\":{\"initContainers\":[{\"name\":\"a\"},{\"name\":\"b\"}]},\"status\":{\"phase\":"
                    "\"Pending\",\"initContainerStatuses\":[{\"name\":\"a\",\"restartCount\":1,\"state\":{"
                    "\"terminated\":{\"exitCode\":0}}},{\"name\":\"b\",\"restartCount\":4,\"state\":{\"waiting\":{"
                    "\"reason\":\"PodInitializing\"}}}]}}",
     "Pod s|p status=Init:1/2 ready=0 restarts=5"},
    {"", "pods",
     META("s", "p") "},\"spec\":{\"initContainers\":[{\"name\":\"a\"}]},\"status\":{\"phase\":\"Pending\","
                    "\"initContainerStatuses\":[{\"name\":\"a\",\"state\":{\"terminated\":{\"exitCode\":2}}}]}}",
     "Pod s|p status=Init:ExitCode:2 ready=0"},
    {"", "pods",
     META("s", "p") "},\"spec\":{\"initContainers\":[{\"name\":\"a\"}]},\"status\":{\"phase\":\"Pending\","
                    "\"initContainerStatuses\":[{\"name\":\"a\",\"state\":{\"waiting\":{\"reason\":"
                    "\"ImagePullBackOff\"}}}]}}",
     "Pod s|p status=Init:ImagePullBackOff ready=0"},
    {"", "pods",
     META("s", "p") "},\"spec\":{\"initContainers\":[{\"name\":\"side\",\"restartPolicy\":\"Always\"}],"
                    "\"containers\":[{\"name\":\"app\",\"image\":\"a\"}]},\"status\":{\"phase\":\"Running\","
                    "\"initContainerStatuses\":[{\"name\":\"side\",\"ready\":true,\"started\":true,\"restartCount\":2,"
                    "\"state\":{\"running\":{}}}],\"containerStatuses\":[{\"ready\":true,\"restartCount\":1,\"state\":{"
                    "\"running\":{}}}]}}",
     "Pod s|p status=Running ready=2 restarts=3 app(a)"},
    {"", "nodes",
     "{\"metadata\":{\"name\":\"n1\",\"uid\":\"u\",\"resourceVersion\":\"7\"},\"spec\":{\"unschedulable\":true},"
     "\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}",
     "Node |n1 status=Ready unschedulable"},
    {"", "nodes",
     "{\"metadata\":{\"name\":\"n1\",\"uid\":\"u\",\"resourceVersion\":\"7\"},\"status\":{\"conditions\":[{\"type\":"
     "\"Ready\",\"status\":\"Unknown\"}]}}",
     "Node |n1 status=NotReady"},
    {"", "namespaces",
     "{\"metadata\":{\"name\":\"shop\",\"uid\":\"u\",\"resourceVersion\":\"7\"},\"status\":{\"phase\":\"Active\"}}",
     "Namespace |shop status=Active"},
    {"", "services", META("s", "web") "},\"spec\":{\"selector\":{\"app\":\"web\"}}}",
     "Service s|web selects [app In web]"},
    {"", "services", META("s", "external") "},\"spec\":{}}", "Service s|external"},
    {"", "configmaps", META("s", "c") ",\"labels\":{\"a\":\"b\"}},\"data\":{\"secret\":\"x\"}}", "ConfigMap s|c a:b"},
    {"apps", "deployments",
     META("s", "web") "},\"spec\":{\"replicas\":3,\"paused\":true,\"selector\":{\"matchLabels\":{\"app\":\"web\"},"
                      "\"matchExpressions\":[{\"key\":\"tier\",\"operator\":\"In\",\"values\":[\"a\",\"b\"]},{\"key\":"
                      "\"x\",\"operator\":\"Exists\"}]}," TEMPLATE("web:1") "},\"status\":{\"readyReplicas\":2}}",
     "Deployment s|web replicas=3 ready=2 app(web:1) selects [app In web] [tier In a,b] [x Exists ] paused"},
    {"apps", "deployments", META("s", "web") "},\"spec\":{},\"status\":{}}", "Deployment s|web replicas=1 ready=0"},
    {"apps", "statefulsets", META("s", "db") "},\"spec\":{\"replicas\":0," TEMPLATE("db:2") "}}",
     "StatefulSet s|db replicas=0 app(db:2)"},
    {"apps", "replicasets", META("s", "rs") "},\"spec\":{\"replicas\":2},\"status\":{\"readyReplicas\":1}}",
     "ReplicaSet s|rs replicas=2 ready=1"},
    {"", "replicationcontrollers",
     META("s", "rc") "},\"spec\":{\"replicas\":2,\"selector\":{\"app\":\"x\"}},\"status\":{\"readyReplicas\":1}}",
     "ReplicationController s|rc replicas=2 ready=1 selects [app In x]"},
    {"apps", "daemonsets",
     META("s", "ds") "},\"spec\":{" TEMPLATE("log:1") "},\"status\":{\"desiredNumberScheduled\":5,\"numberReady\":4}}",
     "DaemonSet s|ds ready=4 want=5 have=4 app(log:1)"},
    {"batch", "jobs",
     META("s", "j") "},\"spec\":{\"suspend\":true," TEMPLATE("j:1") "},\"status\":{\"conditions\":[{\"type\":"
                                                                    "\"Suspended\",\"status\":\"True\"}]}}",
     "Job s|j status=Suspended app(j:1) paused"},
    {"batch", "jobs",
     META("s", "j") "},\"status\":{\"conditions\":[{\"type\":\"Complete\",\"status\":\"False\"},{\"type\":\"Failed\","
                    "\"status\":\"True\"}]}}",
     "Job s|j status=Failed"},
    {"batch", "jobs", META("s", "j") "},\"spec\":{}}", "Job s|j status=Running"},
    {"batch", "cronjobs",
     META("s", "c") "},\"spec\":{\"schedule\":\"*/5 * * * *\",\"suspend\":true,\"jobTemplate\":{\"spec\":{" TEMPLATE(
         "c:1") "}}}}",
     "CronJob s|c schedule=*/5 * * * * app(c:1) paused"},
    {"discovery.k8s.io", "endpointslices",
     META("s", "web-x") ",\"labels\":{\"kubernetes.io/service-name\":\"web\"}},\"endpoints\":[{\"conditions\":{"
                        "\"ready\":true}},{\"conditions\":{\"ready\":false}},{}]}",
     "EndpointSlice s|web-x want=3 have=2 kubernetes.io/service-name:web ->Service/web"},
    {"networking.k8s.io", "ingresses",
     META("s", "i") "},\"spec\":{\"defaultBackend\":{\"service\":{\"name\":\"web\"}},\"rules\":[{\"host\":\"a\","
                    "\"http\":{\"paths\":[{\"backend\":{\"service\":{\"name\":\"api\"}}},{\"backend\":{\"service\":{"
                    "\"name\":\"web\"}}},{\"backend\":{\"resource\":{\"name\":\"x\"}}}]}},{\"host\":\"b\"}]}}",
     "Ingress s|i ->Service/web ->Service/api"},
    {"autoscaling", "horizontalpodautoscalers",
     META("s", "h") "},\"spec\":{\"maxReplicas\":9,\"scaleTargetRef\":{\"kind\":\"Deployment\",\"name\":\"web\"}},"
                    "\"status\":{\"currentReplicas\":3,\"desiredReplicas\":4}}",
     "HorizontalPodAutoscaler s|h want=4 have=3 min=1 max=9 ->Deployment/web"},
    {"policy", "poddisruptionbudgets",
     META("s", "b") "},\"spec\":{\"selector\":{}},\"status\":{\"disruptionsAllowed\":1,\"currentHealthy\":3,"
                    "\"desiredHealthy\":2,\"expectedPods\":4}}",
     "PodDisruptionBudget s|b want=4 have=3 min=2 allowed=1 selects"},
};

static void each_kind_from_json_and_from_protobuf(void **state)
{
    struct kc_intern *strings = kc_intern_create();
    struct kc_scratch *scratch = kc_scratch_create();

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct kc_kind *k = kc_kind_find(cases[i].group, cases[i].resource);
        struct kc_err err = {0};
        assert_non_null(k);
        KC_JSON_SCOPE *json = kc_json_parse(cases[i].json, strlen(cases[i].json), SIZE_MAX, cases[i].want, &err);
        if (!json)
            fail_msg("%s", err.message);
        KC_BUF_SCOPE bytes = object_of(k->message, cases[i].json);
        struct kc_record *r[] = {
            kc_kind_decode_json(k, strings, scratch, json, &err),
            kc_kind_decode(k, strings, scratch, (const uint8_t *)bytes.data, bytes.len, &err),
        };
        for (size_t j = 0; j < 2; j++) {
            if (!r[j])
                fail_msg("%s: %s", cases[i].want, err.message);
            KC_BUF_SCOPE got = {0};
            describe(&got, r[j]);
            assert_string_equal(kc_buf_str(&got), cases[i].want);
            assert_string_equal(r[j]->uid, "u");
            assert_string_equal(r[j]->resource_version, "7");
            kc_record_unref(r[j]);
        }
    }
    assert_int_equal(kc_intern_count(strings), 0);
    kc_scratch_destroy(scratch);
    kc_intern_unref(strings);
}

static void every_kind_has_a_case(void **state)
{
    (void)state;
    for (size_t k = 0; k < kc_n_kinds; k++) {
        size_t found = 0;
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
            found += kc_kind_find(cases[i].group, cases[i].resource) == &kc_kinds[k];
        if (!found)
            fail_msg("%s", kc_kinds[k].resource);
        assert_string_equal(kc_kinds[k].message->fields[0].name, "metadata");
        assert_int_equal(kc_kinds[k].message->fields[0].offset, offsetof(Pb__PartialObjectMetadata, metadata));
    }
    assert_true(kc_n_kinds <= 64); /* controller/exec/access.c has a bit for each */
    assert_null(kc_kind_find("", "secrets"));
    assert_null(kc_kind_find("apps", "pods"));
}

static void what_cannot_be_kept(void **state)
{
    static const struct {
        const char *json, *reason;
    } bad[] = {
        {"{}", "BadMetadata"},
        {"{\"metadata\":{}}", "BadMetadata"},
        {"{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}}", "BadMetadata"},
        {"{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}", "BadMetadata"},
        {"{\"metadata\":{\"name\":5,\"uid\":\"u\",\"resourceVersion\":\"1\"}}", "BadMetadata"},
        {"{\"metadata\":[]}", "BadMetadata"},
    };
    struct kc_intern *strings = kc_intern_create();
    struct kc_scratch *scratch = kc_scratch_create();
    const struct kc_kind *pods = kc_kind_find("", "pods");

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct kc_err err = {0};
        KC_BUF_SCOPE bytes = object_of(pods->message, bad[i].json);
        assert_null(kc_kind_decode(pods, strings, scratch, (const uint8_t *)kc_buf_str(&bytes), bytes.len, &err));
        assert_string_equal(err.reason, bad[i].reason);
        assert_int_equal(err.class, KC_INVALID);
    }

    /* Many images are many bytes to keep; an object of eight megabytes is no reason to keep eight. */
    KC_BUF_SCOPE json = {0};
    struct kc_err err = {0};
    kc_buf_puts(&json, META("s", "huge") "},\"spec\":{\"containers\":[");
    for (int i = 0; i < 3000; i++)
        kc_buf_printf(&json, "%s{\"name\":\"c%d\",\"image\":\"registry.example.com/image-%d:1\"}", i ? "," : "", i, i);
    kc_buf_puts(&json, "]}}");
    KC_BUF_SCOPE bytes = object_of(pods->message, json.data);
    assert_null(kc_kind_decode(pods, strings, scratch, (const uint8_t *)bytes.data, bytes.len, &err));
    assert_string_equal(err.reason, "TooLarge");
    assert_int_equal(kc_intern_count(strings), 0);
    kc_scratch_destroy(scratch);
    kc_intern_unref(strings);
}

/* Each empty container takes two bytes on the wire and fifty decoded. */
static void decoding_is_bounded(void **state)
{
    struct kc_intern *strings = kc_intern_create();
    struct kc_scratch *scratch = kc_scratch_create();
    KC_BUF_SCOPE spec = {0};
    KC_BUF_SCOPE pod = object_of(kc_kind_find("", "pods")->message, META("s", "bomb") "}}");
    struct kc_err err = {0};

    (void)state;
    for (int i = 0; i < 2000000; i++)
        put_field(&spec, 2, "", 0);
    put_buf(&pod, 2, &spec);
    assert_null(kc_kind_decode(kc_kind_find("", "pods"), strings, scratch, (const uint8_t *)pod.data, pod.len, &err));
    assert_string_equal(err.reason, "BadObject");
    kc_scratch_destroy(scratch);
    kc_intern_unref(strings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_from_json_and_from_protobuf),
        cmocka_unit_test(every_kind_has_a_case),
        cmocka_unit_test(what_cannot_be_kept),
        cmocka_unit_test(decoding_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
