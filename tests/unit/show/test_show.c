/* What reads print, against what kubectl 1.34 printed of the same objects (golden/: an answer as JSON, and its text).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/base/clock.h"
#include "controller/show/show.h"
#include "controller/show/tabs.h"

#define GOLDEN KC_SOURCE_DIR "/tests/unit/show/golden/"

static const char *text_of(struct kc_arena *a, const char *name)
{
    FILE *f = fopen(kc_arena_printf(a, GOLDEN "%s", name), "rb");
    KC_BUF_SCOPE out = {0};
    char chunk[4096];

    if (!f)
        fail_msg("no %s", name);
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
        kc_buf_add(&out, chunk, n);
    fclose(f);
    return kc_arena_strdup(a, kc_buf_str(&out));
}

static const json_t *json_of(struct kc_arena *a, const char *name)
{
    const char *text = text_of(a, name);
    struct kc_err err = {0};
    const json_t *v = kc_json_parse_in(a, text, strlen(text), 1 << 20, name, &err);

    if (!v)
        fail_msg("%s", err.message);
    return v;
}

static const json_t *parsed(struct kc_arena *a, const char *text)
{
    struct kc_err err = {0};
    const json_t *v = kc_json_parse_in(a, text, strlen(text), 1 << 20, "test", &err);

    if (!v)
        fail_msg("%s", err.message);
    return v;
}

static void tables_as_kubectl_prints_them(void **state)
{
    static const struct {
        const char *text;
        struct kc_table_style style;
    } cases[] = {{"pods.txt", {0}}, {"pods-wide.txt", {.wide = true}}, {"pods-labels.txt", {.show_labels = true}}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        const json_t *table = json_of(a, "pods.table.json");
        assert_true(kc_show_table(a, &table, 1, &cases[i].style, &out, NULL));
        assert_string_equal(kc_buf_str(&out), text_of(a, cases[i].text));
    }
}

static void pages_are_one_table(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    const json_t *table = json_of(a, "pods.table.json");
    json_t *pages[2];
    json_t *rows = json_object_get(table, "rows");
    size_t n = json_array_size(rows);
    struct kc_table_style plain = {0};

    (void)state;
    assert_true(n > 2);
    for (size_t p = 0; p < 2; p++) {
        json_t *some = json_array();
        for (size_t i = p ? 1 : 0; i < (p ? n : 1); i++)
            json_array_append(some, json_array_get(rows, i));
        pages[p] =
            json_pack("{s:O, s:o}", "columnDefinitions", json_object_get(table, "columnDefinitions"), "rows", some);
    }
    assert_true(kc_show_table(a, (const json_t *const *)pages, 2, &plain, &out, NULL));
    assert_string_equal(kc_buf_str(&out), text_of(a, "pods.txt"));
    json_decref(pages[0]);
    json_decref(pages[1]);
}

static const char three_rows[] =
    "{\"kind\":\"Table\",\"columnDefinitions\":[{\"name\":\"Name\",\"priority\":0},{\"name\":\"Status\",\"priority\":0}"
    ","
    "{\"name\":\"N\",\"priority\":1}],\"rows\":["
    "{\"cells\":[\"b\",\"Running\",2],\"object\":{\"metadata\":{\"namespace\":\"x\",\"name\":\"b\"},\"n\":10}},"
    "{\"cells\":[\"c\",\"Running\",null],\"object\":{\"metadata\":{\"namespace\":\"yy\",\"name\":\"c\"},\"n\":9}},"
    "{\"cells\":[\"a\",\"Crash\\u001b[2JLoop\\nsecond\",true],\"object\":{\"metadata\":{\"namespace\":\"x\","
    "\"name\":\"a\"}}}]}";

static void tables_of_every_style(void **state)
{
    static const struct {
        struct kc_table_style style;
        const char *text;
    } cases[] = {
        {{0}, "NAME   STATUS\nb      Running\nc      Running\na      Crash^[[2JLoop...\n"},
        {{.wide = true, .with_namespace = true},
         "NAMESPACE   NAME   STATUS              N\nx           b      Running             2\n"
         "yy          c      Running             \nx           a      Crash^[[2JLoop...   true\n"},
        {{.sort_by = ".metadata.name"}, "NAME   STATUS\na      Crash^[[2JLoop...\nb      Running\nc      Running\n"},
        /* numbers by value; what has none comes first */
        {{.sort_by = "{.n}"}, "NAME   STATUS\na      Crash^[[2JLoop...\nc      Running\nb      Running\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        const json_t *table = parsed(a, three_rows);
        assert_true(kc_show_table(a, &table, 1, &cases[i].style, &out, NULL));
        assert_string_equal(kc_buf_str(&out), cases[i].text);
    }
}

static void summaries(void **state)
{
    KC_ARENA_SCOPE(a);
    const json_t *status = parsed(a, three_rows);
    const json_t *ready =
        parsed(a, "{\"kind\":\"Table\",\"columnDefinitions\":[{\"name\":\"Name\"},{\"name\":\"Ready\"}],"
                  "\"rows\":[{\"cells\":[\"x\",\"3/3\"]},{\"cells\":[\"y\",\"1/10\"]}]}");
    const json_t *none = parsed(a, "{\"kind\":\"Table\",\"columnDefinitions\":[],\"rows\":[]}");

    (void)state;
    assert_string_equal(kc_show_table_summary(a, &status, 1, "pod", "pods"), "3 pods: 2 Running, 1 Crash^[[2JLoop...");
    assert_string_equal(kc_show_table_summary(a, &ready, 1, "deployment", "deployments"),
                        "2 deployments: 1 not ready, 1 ready");
    assert_string_equal(kc_show_table_summary(a, &none, 1, "pod", "pods"), "no pods");
}

static void objects_as_kubectl_prints_them(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE yaml = {0};
    KC_BUF_SCOPE json = {0};
    struct kc_err err = {0};
    const json_t *object = json_of(a, "configmap.json");
    KC_JSON_SCOPE *shown = kc_show_listed(&object, 1, false, false, "v1", "ConfigMap");

    (void)state;
    assert_true(kc_show_yaml(shown, &yaml, &err));
    assert_string_equal(kc_buf_str(&yaml), text_of(a, "configmap.yaml.txt"));
    kc_show_json(shown, &json);
    assert_string_equal(kc_buf_str(&json), text_of(a, "configmap.json.txt"));
}

static void lists_name_their_items_and_hide_managed_fields(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    KC_BUF_SCOPE names = {0};
    const json_t *list = parsed(a, "{\"items\":[{\"metadata\":{\"name\":\"x\",\"managedFields\":[1]}}]}");
    KC_JSON_SCOPE *shown = kc_show_listed(&list, 1, true, false, "apps/v1", "Deployment");
    struct kc_err err = {0};

    (void)state;
    assert_true(kc_show_yaml(shown, &out, &err));
    assert_string_equal(kc_buf_str(&out),
                        "apiVersion: v1\nitems:\n- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n"
                        "    name: x\nkind: List\nmetadata:\n  resourceVersion: \"\"\n");
    kc_show_names(shown, "deployment", "apps", &names);
    assert_string_equal(kc_buf_str(&names), "deployment.apps/x\n");
}

/* go-yaml v2's resolver; each was tried with kubectl get -o yaml. */
static void yaml_quotes_what_reads_otherwise(void **state)
{
    static const struct {
        const char *text, *yaml;
    } cases[] = {
        {"plain", "plain"},   {"yes", "\"yes\""},
        {"Yes", "\"Yes\""},   {"yEs", "yEs"},
        {"On", "\"On\""},     {"null", "\"null\""},
        {"~", "\"~\""},       {"", "\"\""},
        {"1.5", "\"1.5\""},   {"0x1F", "\"0x1F\""},
        {"1:30", "\"1:30\""}, {"1_000", "\"1_000\""},
        {"08", "\"08\""},     {"1e3", "\"1e3\""},
        {"1.2.3", "1.2.3"},   {"2026-01-01", "\"2026-01-01\""},
        {"a: b", "'a: b'"},   {"#x", "'#x'"},
        {"it's", "it's"},     {"- x", "'- x'"},
        {"*", "'*'"},         {"ü", "ü"},
        {" lead", "' lead'"}, {"one\ntwo", "|-\n  one\n  two"},
        {"5Gi", "5Gi"},       {"v1", "v1"},
        {".5", "\".5\""},     {"2026-01-01T10:00:00Z", "\"2026-01-01T10:00:00Z\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_BUF_SCOPE out = {0};
        struct kc_err err = {0};
        KC_JSON_SCOPE *v = json_pack("{s:s}", "k", cases[i].text);
        KC_BUF_SCOPE expected = {0};
        kc_buf_printf(&expected, "k: %s\n", cases[i].yaml);
        assert_true(kc_show_yaml(v, &out, &err));
        assert_string_equal(kc_buf_str(&out), kc_buf_str(&expected));
    }
}

static void rollouts_as_kubectl_prints_them(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE all = {0};
    KC_BUF_SCOPE one = {0};
    KC_BUF_SCOPE status = {0};
    KC_BUF_SCOPE described = {0};
    const json_t *deployment = json_of(a, "web.json"), *revisions = json_of(a, "replicasets.json");
    struct kc_err err = {0};

    (void)state;
    assert_true(kc_show_history(a, deployment, revisions, "deployment.apps/web", 0, &all, &err));
    assert_string_equal(kc_buf_str(&all), text_of(a, "history.txt"));
    assert_true(kc_show_history(a, deployment, revisions, "deployment.apps/web", 2, &one, &err));
    assert_string_equal(kc_buf_str(&one), text_of(a, "history-2.txt"));
    assert_true(kc_show_rollout(a, deployment, 0, &status, &err));
    assert_string_equal(kc_buf_str(&status), text_of(a, "status.txt"));
    kc_show_description(a, deployment, NULL, revisions, kc_unix_ms(), &described);
    assert_string_equal(kc_buf_str(&described), text_of(a, "deployment.txt"));
    assert_false(kc_show_history(a, deployment, revisions, "deployment.apps/web", 9, &one, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
}

static void rollouts_under_way(void **state)
{
    static const struct {
        const char *object, *text;
    } cases[] = {
        {"{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"generation\":2},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":1}}",
         "Waiting for deployment spec update to be observed...\n"},
        {"{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"generation\":2},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":2,\"updatedReplicas\":1}}",
         "Waiting for deployment \"d\" rollout to finish: 1 out of 3 new replicas have been updated...\n"},
        {"{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"generation\":2},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":2,\"updatedReplicas\":3,\"replicas\":4}}",
         "Waiting for deployment \"d\" rollout to finish: 1 old replicas are pending termination...\n"},
        {"{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"generation\":2},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":2,\"updatedReplicas\":3,\"replicas\":3,\"availableReplicas\":2}}",
         "Waiting for deployment \"d\" rollout to finish: 2 of 3 updated replicas are available...\n"},
        {"{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\",\"generation\":2},\"spec\":{\"replicas\":3},"
         "\"status\":{\"observedGeneration\":2,\"conditions\":[{\"type\":\"Progressing\","
         "\"reason\":\"ProgressDeadlineExceeded\"}]}}",
         "error: deployment \"d\" exceeded its progress deadline\n"},
        {"{\"kind\":\"DaemonSet\",\"metadata\":{\"name\":\"d\",\"generation\":1},\"status\":{\"observedGeneration\":1,"
         "\"desiredNumberScheduled\":3,\"updatedNumberScheduled\":3,\"numberAvailable\":1}}",
         "Waiting for daemon set \"d\" rollout to finish: 1 of 3 updated pods are available...\n"},
        {"{\"kind\":\"StatefulSet\",\"metadata\":{\"name\":\"s\",\"generation\":1},\"spec\":{\"replicas\":3,"
         "\"updateStrategy\":{\"rollingUpdate\":{\"partition\":1}}},\"status\":{\"observedGeneration\":1,"
         "\"readyReplicas\":3,\"updatedReplicas\":1}}",
         "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_ARENA_SCOPE(a);
        KC_BUF_SCOPE out = {0};
        struct kc_err err = {0};
        assert_true(kc_show_rollout(a, parsed(a, cases[i].object), 0, &out, &err));
        assert_string_equal(kc_buf_str(&out), cases[i].text);
    }
}

#define EVENT(type, reason, name, last, more)                                                                          \
    "{\"type\":\"" type "\",\"reason\":\"" reason                                                                      \
    "\",\"message\":\" m \",\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"" name                                     \
    "\"},\"firstTimestamp\":\"2026-11-23T09:00:00Z\",\"lastTimestamp\":\"" last "\"" more "}"

static void events_in_the_order_of_time(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE all = {0};
    KC_BUF_SCOPE some = {0};
    const json_t *list =
        parsed(a, "{\"items\":[" EVENT("Warning", "BackOff", "b", "2026-11-23T09:58:00Z", ",\"count\":7") "," EVENT(
                      "Normal", "Pulled", "a", "2026-11-23T09:50:00Z", "") "]}");
    struct kc_events_style plain = {0}, warnings = {.types = "warning"};
    int64_t now;

    (void)state;
    assert_true(kc_time_parse("2026-11-23T10:00:00Z", &now, NULL));
    kc_show_events(a, &list, 1, &plain, now, &all);
    assert_string_equal(kc_buf_str(&all), "LAST SEEN          TYPE      REASON    OBJECT   MESSAGE\n"
                                          "60m                Normal    Pulled    Pod/a    m\n"
                                          "2m (x7 over 60m)   Warning   BackOff   Pod/b    m\n");
    kc_show_events(a, &list, 1, &warnings, now, &some);
    assert_string_equal(kc_buf_str(&some), "LAST SEEN          TYPE      REASON    OBJECT   MESSAGE\n"
                                           "2m (x7 over 60m)   Warning   BackOff   Pod/b    m\n");
    assert_string_equal(kc_show_events_summary(a, &list, 1, NULL), "2 events, 1 warning");
}

static void use_of_pods_and_nodes(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE pods = {0};
    KC_BUF_SCOPE containers = {0};
    KC_BUF_SCOPE nodes = {0};
    const json_t *metrics =
        parsed(a, "{\"items\":[{\"metadata\":{\"name\":\"a\",\"namespace\":\"x\"},\"containers\":["
                  "{\"name\":\"c1\",\"usage\":{\"cpu\":\"1500000n\",\"memory\":\"10Mi\"}},{\"name\":\"c2\",\"usage\":{"
                  "\"cpu\":\"2400000n\","
                  "\"memory\":\"2048Ki\"}}]},{\"metadata\":{\"name\":\"b\",\"namespace\":\"x\"},\"containers\":["
                  "{\"name\":\"c\",\"usage\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}]}]}");
    const json_t *of_nodes =
        parsed(a, "{\"items\":[{\"metadata\":{\"name\":\"n\"},\"usage\":{\"cpu\":\"500m\",\"memory\":\"512Mi\"}}]}");
    const json_t *node = parsed(a, "{\"items\":[{\"metadata\":{\"name\":\"new\"}},{\"metadata\":{\"name\":\"n\"},"
                                   "\"status\":{\"allocatable\":{\"cpu\":\"2\",\"memory\":\"1Gi\"}}}]}");
    struct kc_top_style by_cpu = {.sort_by = "cpu"}, each = {.containers = true}, plain = {0};

    (void)state;
    kc_show_top_pods(a, metrics, &by_cpu, &pods);
    assert_string_equal(kc_buf_str(&pods), "NAME   CPU(cores)   MEMORY(bytes)   \n"
                                           "b      1000m        1024Mi          \n"
                                           "a      4m           12Mi            \n");
    kc_show_top_pods(a, metrics, &each, &containers);
    assert_string_equal(kc_buf_str(&containers), "POD   NAME   CPU(cores)   MEMORY(bytes)   \n"
                                                 "a     c1     2m           10Mi            \n"
                                                 "a     c2     3m           2Mi             \n"
                                                 "b     c      1000m        1024Mi          \n");
    kc_show_top_nodes(a, of_nodes, node, &plain, &nodes);
    assert_string_equal(kc_buf_str(&nodes), "NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   \n"
                                            "n      500m         25%         512Mi           50%         \n"
                                            "new    <unknown>    <unknown>   <unknown>       <unknown>   \n");
}

static void quantities(void **state)
{
    static const struct {
        const char *text;
        int64_t milli;
    } cases[] = {{"0", 0},    {"1", 1000},     {"250m", 250},    {"1500000n", 2},
                 {"999u", 1}, {"1k", 1000000}, {"1Ki", 1024000}, {"1.5Gi", 1610612736000},
                 {"x", 0},    {"", 0},         {"1e3", 1000000}, {"1Zi", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (kc_quantity_milli(cases[i].text) != cases[i].milli)
            fail_msg("%s: %lld", cases[i].text, (long long)kc_quantity_milli(cases[i].text));
}

static void a_pod_that_does_not_run_says_why(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    const json_t *pod = parsed(
        a, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"x\"},\"spec\":{"
           "\"containers\":[{"
           "\"name\":\"main\",\"image\":\"i\",\"env\":[{\"name\":\"TOKEN\",\"valueFrom\":{\"secretKeyRef\":{\"name\":"
           "\"s\","
           "\"key\":\"k\"}}}]}]},\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"main\",\"ready\":"
           "false,"
           "\"restartCount\":4,\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\",\"message\":\"back-off\"}},"
           "\"lastState\":{\"terminated\":{\"reason\":\"OOMKilled\",\"exitCode\":137,"
           "\"startedAt\":\"2026-11-23T09:00:00Z\",\"finishedAt\":\"2026-11-23T09:00:05Z\"}}}]}}");
    static const char *const lines[] = {
        "State:          Waiting",    "Reason:       CrashLoopBackOff",
        "Last State:     Terminated", "Reason:       OOMKilled",
        "Exit Code:    137",          "Finished:     Mon, 23 Nov 2026 09:00:05 +0000",
        "Restart Count:  4",          "TOKEN:     <set to the key 'k' in secret 's'>  Optional: false"};

    (void)state;
    kc_show_description(a, pod, NULL, NULL, 0, &out);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (!strstr(kc_buf_str(&out), lines[i]))
            fail_msg("no \"%s\" in\n%s", lines[i], kc_buf_str(&out));
}

static void any_object_by_its_fields(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {0};
    const json_t *object = parsed(
        a, "{\"apiVersion\":\"e.io/v1\",\"kind\":\"Thing\",\"metadata\":{\"name\":\"t\",\"namespace\":\"x\"},"
           "\"data\":{\"aKey\":\"v\"},\"spec\":{\"lastURLTried\":\"u\",\"podIP\":\"i\",\"apiCalls\":[1,{\"n\":null}],"
           "\"on\":true}}");

    (void)state;
    kc_show_description(a, object, NULL, NULL, 0, &out);
    assert_string_equal(kc_buf_str(&out),
                        "Name:         t\nNamespace:    x\nLabels:       <none>\nAnnotations:  <none>\n"
                        "API Version:  e.io/v1\nData:\n  aKey:  v\nKind:    Thing\nMetadata:\nSpec:\n"
                        "  API Calls:\n    1\n    N:             <nil>\n  Last URL Tried:  u\n"
                        "  On:              true\n  Pod IP:          i\n");
}

static void columns_are_aligned_by_neighbours(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"", ""},
        {"a\tb", "a  b"},
        {"a\tb\nlong\tc\n", "a     b\nlong  c\n"},
        {"a\tb\nalone\nlong\tc\n", "a  b\nalone\nlong  c\n"},
        {"ä\tx\nbb\ty\n", "ä   x\nbb  y\n"},
        {"\tx\nbb\ty\n", "    x\nbb  y\n"},
        {"a\tb\tc\nd\te\n", "a  b  c\nd  e\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        KC_BUF_SCOPE out = {0};
        kc_tabs_align(&kc_tabs_list, cases[i].in, strlen(cases[i].in), &out);
        assert_string_equal(kc_buf_str(&out), cases[i].out);
    }
}

static void output_stops_at_its_limit(void **state)
{
    KC_ARENA_SCOPE(a);
    KC_BUF_SCOPE out = {.limit = 100};
    const json_t *table = json_of(a, "pods.table.json");
    struct kc_table_style plain = {0};

    (void)state;
    assert_true(kc_show_table(a, &table, 1, &plain, &out, NULL));
    assert_true(out.overflow);
    assert_true(out.len <= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_as_kubectl_prints_them),
        cmocka_unit_test(pages_are_one_table),
        cmocka_unit_test(tables_of_every_style),
        cmocka_unit_test(summaries),
        cmocka_unit_test(objects_as_kubectl_prints_them),
        cmocka_unit_test(lists_name_their_items_and_hide_managed_fields),
        cmocka_unit_test(yaml_quotes_what_reads_otherwise),
        cmocka_unit_test(rollouts_as_kubectl_prints_them),
        cmocka_unit_test(rollouts_under_way),
        cmocka_unit_test(events_in_the_order_of_time),
        cmocka_unit_test(use_of_pods_and_nodes),
        cmocka_unit_test(quantities),
        cmocka_unit_test(a_pod_that_does_not_run_says_why),
        cmocka_unit_test(any_object_by_its_fields),
        cmocka_unit_test(columns_are_aligned_by_neighbours),
        cmocka_unit_test(output_stops_at_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
