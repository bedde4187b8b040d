/* The admission server on a real API server: KUBECONFIG is an administrator's, helm and kubectl are in PATH, and no
 * manager runs. Installs the chart; the tests are one story, in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controller/audit/export.h"
#include "controller/base/clock.h"
#include "controller/base/digest.h"
#include "webhook/server.h"

#define SYSTEM   "kubechat-system"
#define SPACE    "webhook-test"
#define REQUESTS "/apis/kubechat.io/v1alpha1/namespaces/" SPACE "/chatrequests"
#define SECRET   "/api/v1/namespaces/" SYSTEM "/secrets/kubechat-webhook"
#define MUTATING "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/kubechat"
#define DIGEST   "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HELM                                                                                                           \
    "helm upgrade --install kubechat '" KC_SOURCE_DIR "/charts/kubechat' -n " SYSTEM                                   \
    " --create-namespace --set manager.replicas=0"
#define QUIET " >/dev/null"

static const char *groups[] = {"system:authenticated"};
static const struct kc_identity ana = {.username = "webhook-ana", .uid = "u-1", .groups = {groups, 1}};
static const struct kc_identity bob = {.username = "webhook-bob", .uid = "u-2", .groups = {groups, 1}};
static const struct kc_identity manager = {.username = "system:serviceaccount:" SYSTEM ":kubechat-manager"};

static struct {
    struct kc_arena *a;
    struct kc_http_client *http;
    struct kc_kube *kube;
    struct kc_audit *audit;
    struct kc_webhook *webhook;
    const char *cluster_uid;
    char *dir;
} t;

static void shell(const char *command)
{
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

static const char *audit_path(void)
{
    return kc_arena_printf(t.a, "%s/audit.db", t.dir);
}

static struct kc_webhook *start(struct kc_kube *kube, const char *ns, struct kc_err *err)
{
    struct kc_webhook_options o = {.address = "127.0.0.1",
                                   .url = "https://127.0.0.1:0",
                                   .ns = ns,
                                   .kube = kube,
                                   .audit = t.audit,
                                   .cluster_uid = t.cluster_uid};
    return kc_webhook_start(&o, err);
}

static json_t *get(const char *path)
{
    json_t *v;
    struct kc_err err = {0};
    if (!kc_kube_get(t.kube, path, NULL, &(struct kc_call){0}, t.a, &v, &err))
        fail_msg("%s: %s", path, err.message);
    return v;
}

/* JSON with ' for ". */
static json_t *parse(const char *text)
{
    char *s = kc_arena_strdup(t.a, text);
    for (char *p = s; *p; p++)
        if (*p == '\'')
            *p = '"';
    return kc_json_parse_in(t.a, s, strlen(s), 1 << 20, "test", NULL);
}

static json_t *request(const char *name, const char *spec)
{
    json_t *v = parse("{'apiVersion':'kubechat.io/v1alpha1','kind':'ChatRequest','metadata':{}}");
    json_object_set_new(json_object_get(v, "metadata"), "name", json_string(name));
    json_object_set(v, "spec", parse(spec));
    return v;
}

static bool create(const struct kc_identity *who, const json_t *object, const char *query, json_t **ret,
                   struct kc_err *err)
{
    struct kc_call call = {.as = who};
    return kc_kube_send(t.kube, "POST", REQUESTS, query, "application/json", object, &call, t.a, ret, err);
}

static bool patch(const struct kc_identity *who, const char *path, const char *type, const char *body, json_t **ret,
                  struct kc_err *err)
{
    struct kc_call call = {.as = who};
    return kc_kube_send(t.kube, "PATCH", path, NULL, type, parse(body), &call, t.a, ret, err);
}

/* The API server learns of changed configurations by its own watches: up to a few seconds. */
static void until_created(const struct kc_identity *who)
{
    struct kc_err err = {0};
    for (int i = 0; i < 600; i++, usleep(100000)) {
        json_t *made;
        if (create(who, request("probe", "{'prompt':'probe'}"), "dryRun=All", &made, &err))
            return;
    }
    fail_msg("still refused after 60 s: %s", err.message);
}

static int set_up(void **state)
{
    (void)state;
    struct kc_err err = {0};
    t.a = kc_arena_create();
    shell(HELM " --reuse-values" QUIET);
    shell("kubectl delete namespace " SPACE " --ignore-not-found" QUIET);
    shell("kubectl create namespace " SPACE QUIET);
    shell("kubectl create rolebinding ana -n " SPACE " --clusterrole=kubechat-requester --user=webhook-ana" QUIET);
    shell("kubectl create rolebinding bob -n " SPACE " --clusterrole=kubechat-approver --user=webhook-bob" QUIET);
    shell("kubectl create rolebinding bob-asks -n " SPACE " --clusterrole=kubechat-requester --user=webhook-bob" QUIET);
    shell("kubectl delete secret kubechat-webhook -n " SYSTEM " --ignore-not-found" QUIET);
    t.http = kc_http_client_create(&err);
    struct kc_config *config = kc_config_load(NULL, NULL, &err);
    if (!t.http || !config)
        fail_msg("%s", err.message);
    t.kube = kc_kube_create(t.http, config, &(struct kc_kube_options){0});
    kc_config_unref(config);
    if (!kc_kube_cluster_uid(t.kube, t.a, &t.cluster_uid, &err))
        fail_msg("%s", err.message);
    t.dir = kc_arena_printf(t.a, "%s/kubechat-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(t.dir));
    struct kc_audit_options audit = {.store = audit_path(), .origin = "test"};
    t.audit = kc_audit_open(&audit, &err);
    if (!t.audit)
        fail_msg("%s", err.message);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    kc_webhook_stop(t.webhook);
    kc_audit_close(t.audit);
    kc_kube_unref(t.kube);
    kc_http_client_destroy(t.http);
    shell("kubectl delete namespace " SPACE " --wait=false" QUIET);
    shell(kc_arena_printf(t.a, "rm -rf %s", t.dir));
    kc_arena_destroy(t.a);
    return 0;
}

static void *start_replica(void *arg)
{
    struct kc_err err = {0};
    struct kc_webhook **w = arg;
    *w = start(t.kube, SYSTEM, &err);
    return NULL;
}

static void test_replicas_that_start_together_share_one_key(void **state)
{
    (void)state;
    struct kc_webhook *w[4] = {0};
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, start_replica, &w[i]), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < 4; i++) {
        assert_non_null(w[i]);
        struct kc_seal_key first = kc_webhook_seal_key(w[0]), key = kc_webhook_seal_key(w[i]);
        assert_memory_equal(first.b, key.b, sizeof key.b);
    }
    for (size_t i = 0; i < 4; i++)
        kc_webhook_stop(w[i]);
}

static void test_start(void **state)
{
    (void)state;
    struct kc_err err = {0};
    const char *before = kc_json_str(get(SECRET), "metadata.resourceVersion");
    int64_t begin = kc_mono_ms();
    t.webhook = start(t.kube, SYSTEM, &err);
    if (!t.webhook)
        fail_msg("%s", err.message);
    print_message("started in %d ms\n", (int)(kc_mono_ms() - begin));
    assert_true(kc_webhook_ready(t.webhook));
    assert_string_equal(kc_json_str(get(SECRET), "metadata.resourceVersion"),
                        before); /* what is good is not written again */
    const char *url = kc_json_str(json_array_get(json_object_get(get(MUTATING), "webhooks"), 0), "clientConfig.url");
    assert_string_equal(url, kc_arena_printf(t.a, "https://127.0.0.1:%u/mutate", kc_webhook_port(t.webhook)));
    until_created(&ana);
}

static void test_create_is_stamped_and_sealed(void **state)
{
    (void)state;
    struct kc_err err = {0};
    json_t *made;
    json_t *named = request("bump", "{'prompt':'scale checkout to five'}");
    json_t *generated = request("", "{'prompt':'scale checkout to five'}");
    json_object_del(json_object_get(generated, "metadata"), "name");
    json_object_set_new(json_object_get(generated, "metadata"), "generateName", json_string("bump-"));
    json_t *objects[] = {named, generated};
    struct kc_seal_key key = kc_webhook_seal_key(t.webhook);
    for (size_t i = 0; i < 2; i++) {
        if (!create(&ana, objects[i], NULL, &made, &err))
            fail_msg("%s", err.message);
        struct kc_chatrequest cr;
        assert_true(kc_chatrequest_decode(t.a, made, true, &cr, &err));
        assert_string_equal(cr.spec.requested_by.who.username, "webhook-ana");
        assert_true(kc_seal_request_valid(&key, t.cluster_uid, &cr));
    }
}

/* What GitOps does all day: neither way of applying takes the stamp away or is refused the second time. */
static void test_apply_again(void **state)
{
    (void)state;
    static const struct {
        const char *name, *flags;
    } ways[] = {{"applied", ""}, {"applied-by-server", "--server-side"}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *path = kc_arena_printf(t.a, REQUESTS "/%s", ways[i].name), *seal = NULL;
        for (int round = 0; round < 2; round++) {
            shell(kc_arena_printf(
                t.a,
                "printf '{\"apiVersion\":\"kubechat.io/v1alpha1\",\"kind\":\"ChatRequest\",\"metadata\":{"
                "\"name\":\"%s\",\"labels\":{\"round\":\"r%d\"}},\"spec\":{\"prompt\":\"scale web to 2\"}}' | "
                "kubectl apply %s --as=webhook-ana --as-uid=u-1 -n " SPACE " -f -" QUIET,
                ways[i].name, round, ways[i].flags));
            const char *found = kc_json_str(get(path), "spec.requestedBy.seal");
            assert_non_null(found);
            if (seal)
                assert_string_equal(found, seal);
            seal = found;
        }
    }
}

static void test_refusals_reach_the_person_and_the_log(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *words;
    } cases[] = {
        {"{'prompt':'x','requestedBy':{'username':'webhook-ana'}}", "\"webhook-ana\" is not you (\"webhook-bob\")"},
        {"{'prompt':'a\\u202eb'}", "U+202E"},
        {"{'prompt':'x','commands':['kubectl scale deployment/a --replicas=1; reboot']}", "spec.commands[0]"},
        {"{'prompt':'x','context':{'cluster':'elsewhere'}}", "\"elsewhere\" is not registered"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct kc_err err = {0};
        json_t *made;
        assert_false(create(&bob, request("bad", cases[i].spec), NULL, &made, &err));
        if (!strstr(err.message, cases[i].words) || !strstr(err.message, ".kubechat.io"))
            fail_msg("%s, want: %s", err.message, cases[i].words);
        /* A dry run is refused alike. */
        assert_false(create(&bob, request("bad", cases[i].spec), "dryRun=All", &made, &err));
    }
    struct kc_err err = {0};
    json_t *made;
    assert_false(create(NULL, request("root", "{'prompt':'x'}"), NULL, &made, &err));
    assert_non_null(strstr(err.message, "system:masters"));

    uint64_t n = 0;
    char *rows = NULL;
    size_t len;
    for (int i = 0; i < 300 && n < 5; i++, usleep(100000)) {
        free(rows);
        FILE *out = open_memstream(&rows, &len);
        struct kc_export_options all = {.format = KC_EXPORT_JSON, .until = INT64_MAX};
        assert_true(kc_audit_export(audit_path(), &all, out, &n, &err));
        fclose(out);
    }
    assert_int_equal(n, 5); /* one for each refusal, none for the dry runs */
    assert_non_null(strstr(rows, "\"username\":\"webhook-bob\""));
    assert_non_null(strstr(rows, "\"Denied\""));
    assert_non_null(strstr(rows, "\"ForgedIdentity\""));
    free(rows);
}

static void test_approval(void **state)
{
    (void)state;
    struct kc_err err = {0};
    json_t *made;
    assert_false(patch(&bob, REQUESTS "/bump", "application/json-patch+json",
                       "[{'op':'add','path':'/spec/approvals/-','value':{'decision':'Approve','planDigest':'" DIGEST
                       "'}}]",
                       &made, &err));
    assert_non_null(strstr(err.message, "not planned yet"));
    struct kc_audit_row *rows;
    size_t n = 0;
    const char *uid = kc_json_str(get(REQUESTS "/bump"), "metadata.uid");
    for (int i = 0; i < 300 && n == 0; i++, usleep(100000))
        assert_true(kc_audit_rows(t.audit, uid, t.a, &rows, &n, &err));
    assert_int_equal(n, 1);
    assert_non_null(strstr(rows[0].entry, "NotAwaitingApproval"));
    if (!patch(&manager, REQUESTS "/bump/status", "application/merge-patch+json",
               "{'status':{'phase':'AwaitingApproval','plan':{'digest':'" DIGEST
               "','steps':[{'id':'1','command':'kubectl get pods',"
               "'effect':'Mutating','target':{'version':'v1','kind':'Pod','namespace':'" SPACE "','name':'x'}}]}}}",
               &made, &err))
        fail_msg("%s", err.message);
    const char *approve =
        "[{'op':'add','path':'/spec/approvals/-','value':{'decision':'Approve','planDigest':'" DIGEST "'}}]";
    assert_false(patch(&ana, REQUESTS "/bump", "application/json-patch+json", approve, &made, &err));
    assert_non_null(strstr(err.message, "may not approve changes in namespace \"" SPACE "\""));
    if (!patch(&bob, REQUESTS "/bump", "application/json-patch+json", approve, &made, &err))
        fail_msg("%s", err.message);
    struct kc_chatrequest cr;
    struct kc_seal_key key = kc_webhook_seal_key(t.webhook);
    assert_true(kc_chatrequest_decode(t.a, made, true, &cr, &err));
    assert_int_equal(cr.spec.approvals.n, 1);
    assert_string_equal(cr.spec.approvals.v[0].who.username, "webhook-bob");
    assert_true(kc_seal_approval_valid(&key, t.cluster_uid, cr.meta.uid, &cr.spec.approvals.v[0]));
    assert_true(kc_seal_request_valid(&key, t.cluster_uid, &cr));
}

static struct {
    atomic_bool stop;
    atomic_int calls, failed;
    char message[512];
} traffic;

static void *call_on(void *arg)
{
    (void)arg;
    KC_ARENA_SCOPE(a);
    json_t *object = json_pack("{s:s,s:s,s:{s:s},s:{s:s}}", "apiVersion", "kubechat.io/v1alpha1", "kind", "ChatRequest",
                               "metadata", "name", "traffic", "spec", "prompt", "x");
    struct kc_call call = {.as = &ana};
    while (!atomic_load(&traffic.stop)) {
        struct kc_err err = {0};
        if (!kc_kube_send(t.kube, "POST", REQUESTS, "dryRun=All", "application/json", object, &call, a, NULL, &err)) {
            snprintf(traffic.message, sizeof traffic.message, "%.500s", err.message);
            atomic_fetch_add(&traffic.failed, 1);
        }
        atomic_fetch_add(&traffic.calls, 1);
        kc_arena_reset(a);
    }
    json_decref(object);
    return NULL;
}

static void maintain(void)
{
    struct kc_err err = {0};
    if (!kc_webhook_maintain(t.webhook, kc_unix_ms(), &err))
        fail_msg("%s", err.message);
}

/* The serving certificate, then the CA too, are lost from the Secret and made again, under load. */
static void test_rotation_fails_no_call(void **state)
{
    (void)state;
    struct kc_err err = {0};
    pthread_t caller;
    json_t *secret;
    const char *first = kc_json_map_get(get(SECRET), "data", "tls.crt");
    assert_int_equal(pthread_create(&caller, NULL, call_on, NULL), 0);
    for (int i = 0; i < 4; i++) {
        const char *lost = i % 2 ? "{'data':{'tls.crt':null,'ca.key':null}}" : "{'data':{'tls.crt':null}}";
        if (!patch(NULL, SECRET, "application/merge-patch+json", lost, &secret, &err))
            fail_msg("%s", err.message);
        maintain();
        for (int calls = atomic_load(&traffic.calls); atomic_load(&traffic.calls) < calls + 5;)
            usleep(100000);
    }
    atomic_store(&traffic.stop, true);
    pthread_join(caller, NULL);
    assert_string_not_equal(kc_json_map_get(get(SECRET), "data", "tls.crt"), first);
    print_message("%d calls during four rotations\n", atomic_load(&traffic.calls));
    assert_in_range(atomic_load(&traffic.calls), 20, 1000000);
    if (atomic_load(&traffic.failed))
        fail_msg("%d calls failed: %s", atomic_load(&traffic.failed), traffic.message);
}

static void test_maintenance_repairs(void **state)
{
    (void)state;
    struct kc_err err = {0};
    json_t *v;
    assert_true(patch(
        NULL, MUTATING, "application/json-patch+json",
        "[{'op':'replace','path':'/webhooks/0/clientConfig','value':{'url':'https://127.0.0.1:1/mutate'}}]", &v, &err));
    struct kc_seal_key before = kc_webhook_seal_key(t.webhook), after;
    shell("kubectl delete secret kubechat-webhook -n " SYSTEM QUIET);
    maintain();
    after = kc_webhook_seal_key(t.webhook);
    assert_memory_equal(before.b, after.b, sizeof before.b); /* requests that wait stay valid */
    size_t len;
    const char *stored = kc_json_map_get(get(SECRET), "data", "seal.key");
    assert_memory_equal(kc_unbase64(t.a, stored, strlen(stored), &len), before.b, sizeof before.b);
    until_created(&ana);
}

/* A new manager goes on with what the last one left. */
static void test_restart_keeps_the_keys(void **state)
{
    (void)state;
    struct kc_err err = {0};
    struct kc_seal_key before = kc_webhook_seal_key(t.webhook);
    t.webhook = kc_webhook_stop(t.webhook);
    json_t *made;
    assert_false(
        create(&ana, request("away", "{'prompt':'x'}"), NULL, &made, &err)); /* nobody there: closed, not open */
    t.webhook = start(t.kube, SYSTEM, &err);
    if (!t.webhook)
        fail_msg("%s", err.message);
    struct kc_seal_key after = kc_webhook_seal_key(t.webhook);
    assert_memory_equal(before.b, after.b, sizeof before.b);
    until_created(&ana);
}

/* A cancel and a finalizer pass while nobody answers; an approval does not. */
static void test_what_passes_without_the_webhook(void **state)
{
    (void)state;
    struct kc_err err = {0};
    json_t *made;
    t.webhook = kc_webhook_stop(t.webhook);
    if (!patch(&ana, REQUESTS "/bump", "application/merge-patch+json", "{'spec':{'cancel':true}}", &made, &err))
        fail_msg("%s", err.message);
    if (!patch(&manager, REQUESTS "/bump", "application/merge-patch+json",
               "{'metadata':{'finalizers':['kubechat.io/executing']}}", &made, &err) ||
        !patch(&manager, REQUESTS "/bump", "application/merge-patch+json", "{'metadata':{'finalizers':[]}}", &made,
               &err))
        fail_msg("%s", err.message);
    assert_false(patch(&bob, REQUESTS "/bump", "application/json-patch+json",
                       "[{'op':'add','path':'/spec/approvals/-','value':{'decision':'Reject','planDigest':'" DIGEST
                       "'}}]",
                       &made, &err));
    assert_non_null(strstr(err.message, "mutate.kubechat.io"));
}

static void test_without_the_chart(void **state)
{
    (void)state;
    struct kc_err err = {0};
    assert_null(start(t.kube, "webhook-nowhere", &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_non_null(strstr(err.message, "install the Helm chart into namespace \"webhook-nowhere\""));
    shell("kubectl delete mutatingwebhookconfiguration kubechat" QUIET);
    kc_err_clear(&err);
    assert_null(start(t.kube, SYSTEM, &err));
    assert_int_equal(err.class, KC_NOT_FOUND);
    assert_non_null(
        strstr(err.message, "MutatingWebhookConfiguration \"kubechat\" is missing: install the Helm chart"));
    shell(HELM " --reuse-values" QUIET);
}

/* An identity with too few rights: the message names them. Registration is tried again later, the seal key is needed
 * now. */
static void test_without_rights(void **state)
{
    (void)state;
    struct kc_err err = {0};
    const char *file = kc_arena_printf(t.a, "%s/kubeconfig", t.dir);
    shell(kc_arena_printf(
        t.a,
        "umask 077; kubectl config view --raw --flatten --minify | sed 's/^  user:$/&\\n    as: webhook-nobody/' "
        "> %s",
        file));
    struct kc_config *config = kc_config_load(file, NULL, &err);
    if (!config)
        fail_msg("%s", err.message);
    struct kc_kube *nobody = kc_kube_create(t.http, config, &(struct kc_kube_options){0});
    kc_config_unref(config);
    assert_null(start(nobody, SYSTEM, &err));
    assert_int_equal(err.class, KC_FORBIDDEN);
    assert_non_null(strstr(err.message, "the manager needs get, update and create on secrets there"));

    shell("kubectl create rolebinding webhook-nobody -n " SYSTEM
          " --role=kubechat-manager --user=webhook-nobody" QUIET);
    struct kc_webhook *w = NULL;
    for (int i = 0; i < 300 && !w; i++, usleep(100000))
        w = start(nobody, SYSTEM, &err); /* RBAC follows by a watch */
    if (!w)
        fail_msg("%s", err.message);
    assert_false(kc_webhook_ready(w));
    assert_false(kc_webhook_maintain(w, kc_unix_ms(), &err));
    assert_int_equal(err.class, KC_FORBIDDEN);
    assert_non_null(strstr(err.message, "needs get and update on mutatingwebhookconfigurations"));
    kc_webhook_stop(w);
    kc_kube_unref(nobody);
    shell("kubectl delete rolebinding webhook-nobody -n " SYSTEM QUIET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replicas_that_start_together_share_one_key),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_create_is_stamped_and_sealed),
        cmocka_unit_test(test_apply_again),
        cmocka_unit_test(test_refusals_reach_the_person_and_the_log),
        cmocka_unit_test(test_approval),
        cmocka_unit_test(test_rotation_fails_no_call),
        cmocka_unit_test(test_maintenance_repairs),
        cmocka_unit_test(test_restart_keeps_the_keys),
        cmocka_unit_test(test_what_passes_without_the_webhook),
        cmocka_unit_test(test_without_the_chart),
        cmocka_unit_test(test_without_rights),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
