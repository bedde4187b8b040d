/* status: four status writes for each of some ChatRequests, as the life of one has them, by sixteen threads through
 * what the manager's workers use (the object out of the echo, decoded; PUT; the answer decoded and kept), beside the
 * floor: libcurl on eight connections that sends the same bytes, made beforehand, and looks for nothing but the new
 * resourceVersion in the answer. In turn, against the API server of $KUBECONFIG, which has our CRDs and no webhook:
 * bench_status [ROUNDS], default 5. Medians, as a table and as JSON. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "api/descriptor.h"
#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/http/target.h"
#include "controller/reconcile/visit.h"

#define OBJECTS     100
#define WORKERS     16 /* the manager's default */
#define CONNECTIONS 8
#define ROUNDS_MAX  32
#define NAMESPACE   "default"
#define PATH        "/apis/" KC_GROUP "/" KC_API_VERSION "/namespaces/" NAMESPACE "/chatrequests"
#define VERSION     "\"resourceVersion\":\""

/* What a scaling looks like once it has been previewed. */
static const char sample[] =
    "{\"target\":\"deployment/shop/checkout\",\"risk\":\"Medium\",\"planner\":{\"provider\":\"builtin\"},\"plan\":{"
    "\"digest\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"steps\":[{\"id\":\"1\","
    "\"command\":\"kubectl scale deployment/checkout --namespace=shop --replicas=5 --current-replicas=3\","
    "\"effect\":\"Mutating\",\"reversible\":\"Reversible\",\"reason\":\"scale checkout to five\",\"target\":{"
    "\"group\":\"apps\",\"version\":\"v1\",\"kind\":\"Deployment\",\"namespace\":\"shop\",\"name\":\"checkout\","
    "\"uid\":\"705ab4f5-6393-11e8-b7cc-42010a800002\"},\"rbac\":\"yes\",\"dryRun\":{\"outcome\":\"Accepted\","
    "\"changes\":[{\"path\":\"spec.replicas\",\"from\":\"3\",\"to\":\"5\"}]},\"blastRadius\":\"5 pods of deployment "
    "checkout\",\"rollback\":\"kubectl scale deployment/checkout --namespace=shop --replicas=3\"}]},\"approvals\":{"
    "\"required\":1,\"granted\":0,\"summary\":\"0/1\"}}";

static const struct {
    enum kc_phase phase;
    const char *reason, *message;
} writes[] = {
    {KC_AWAITING_APPROVAL, "ApprovalNeeded", "1 approval is needed"},
    {KC_EXECUTING, "Approved", "executing step 1"},
    {KC_VERIFYING, "RollingOut", "3 of 5 pods are ready"},
    {KC_SUCCEEDED, "Succeeded", "deployment/checkout has 5 replicas"},
};
#define N_WRITES KC_COUNT(writes)

struct object {
    const char *key, *text, *version;            /* as the API server had it before the round */
    const char *head[N_WRITES], *tail[N_WRITES]; /* bodies made beforehand, before and after the version */
};

struct round {
    struct kc_chat chat;
    struct kc_config *config;
    struct kc_arena *a; /* of the objects */
    struct object objects[OBJECTS];
    unsigned number;
    atomic_uint next;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_status: %s\n", what);
    exit(1);
}

static json_t *parse(const char *text)
{
    json_t *j = json_loads(text, 0, NULL);
    must(j != NULL, "no JSON");
    return j;
}

/* A visit that is about to do write i. */
static void visit(struct round *r, const struct object *o, const char *text, size_t i, struct kc_arena *a,
                  struct kc_visit *ret)
{
    struct kc_err err = {0};
    KC_JSON_SCOPE *json = parse(text);

    *ret = (struct kc_visit){.chat = &r->chat, .a = a, .key = o->key, .first_row = 1, .last_row = (int64_t)i + 2};
    must(kc_chatrequest_decode(a, json, false, &ret->cr, &err), err.message);
    kc_visit_loaded(ret);
    ret->cr.status.summary = kc_arena_printf(a, "deployment/checkout: replicas 3 → 5, round %u", r->number);
    kc_visit_enter(ret, writes[i].phase, writes[i].reason, writes[i].message);
}

static void *work(void *arg)
{
    struct round *r = arg;
    struct kc_err err = {0};

    for (unsigned n; (n = atomic_fetch_add(&r->next, 1)) < OBJECTS;) {
        const struct object *o = &r->objects[n];
        for (size_t i = 0; i < N_WRITES; i++) {
            KC_ARENA_SCOPE(a);
            struct kc_visit v;
            const char *newer = kc_echo_get(r->chat.echo, o->key, o->version, a);
            visit(r, o, newer ? newer : o->text, i, a, &v);
            must(kc_visit_write(&v, &err), err.message);
        }
        kc_echo_forget(r->chat.echo, o->key);
    }
    return NULL;
}

static size_t collect(char *bytes, size_t size, size_t n, void *arg)
{
    kc_buf_add(arg, bytes, size * n);
    return size * n;
}

/* What stands between VERSION and the next quote. */
static const char *version_in(const char *text, size_t *ret_len)
{
    const char *at = text ? strstr(text, VERSION) : NULL;
    must(at != NULL, "an object without a resourceVersion");
    *ret_len = strcspn(at + strlen(VERSION), "\"");
    return at + strlen(VERSION);
}

static void put(CURL *easy, const char *url, const struct object *o)
{
    KC_BUF_SCOPE answer = {0};
    KC_BUF_SCOPE body = {0};
    size_t len = strlen(o->version);
    const char *version = o->version;
    long status = 0;

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    for (size_t i = 0; i < N_WRITES; i++) {
        kc_buf_clear(&body);
        kc_buf_printf(&body, "%s%.*s%s", o->head[i], (int)len, version, o->tail[i]);
        kc_buf_clear(&answer);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
        must(curl_easy_perform(easy) == CURLE_OK, "a bare write failed");
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        must(status == 200, kc_buf_str(&answer));
        version = version_in(kc_buf_str(&answer), &len);
    }
}

static void *work_bare(void *arg)
{
    struct round *r = arg;
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *token, *fixed[] = {"Content-Type: application/json", "Accept: application/json", "Expect:"};
    struct curl_slist *headers = NULL;
    CURL *easy = curl_easy_init();

    must(easy && kc_http_target_apply(kc_config_target(r->config), easy), "curl");
    must(kc_config_token(r->config, false, a, &token, &err), err.message);
    for (size_t i = 0; i < KC_COUNT(fixed); i++)
        headers = curl_slist_append(headers, fixed[i]);
    if (*token)
        headers = curl_slist_append(headers, kc_arena_printf(a, "Authorization: Bearer %s", token));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "PUT");
    /* As a bare client would: one request at a time on a connection of its own. */
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, collect);
    for (unsigned n; (n = atomic_fetch_add(&r->next, 1)) < OBJECTS;)
        put(easy,
            kc_arena_printf(a, "%s" PATH "/%s/status?fieldManager=kubechat", kc_config_server(r->config),
                            strchr(r->objects[n].key, '/') + 1),
            &r->objects[n]);
    curl_easy_cleanup(easy);
    curl_slist_free_all(headers);
    return NULL;
}

static void create_objects(struct round *r)
{
    static const struct kc_call as_ourselves = {0};
    for (int i = 0; i < OBJECTS; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_err err = {0};
        json_t *answer;
        KC_JSON_SCOPE *o = json_pack(
            "{s:s, s:s, s:{s:s}, s:{s:s, s:[s]}}", "apiVersion", KC_GROUP "/" KC_API_VERSION, "kind",
            KC_CHATREQUEST_KIND, "metadata", "name", kc_arena_printf(a, "bench-status-%d", i), "spec", "prompt",
            "scale checkout to five", "commands", "kubectl scale deployment/checkout --namespace=shop --replicas=5");
        must(kc_kube_send(r->chat.cluster.kube, "POST", PATH, NULL, "application/json", o, &as_ourselves, a, &answer,
                          &err) ||
                 KC_STREQ(err.reason, "AlreadyExists"),
             err.message);
    }
}

/* Reads the objects and makes the bodies of the round. */
static void prepare(struct round *r)
{
    static const struct kc_call as_ourselves = {0};
    struct kc_err err = {0};

    kc_arena_reset(r->a);
    r->number++;
    atomic_store(&r->next, 0);
    for (int n = 0; n < OBJECTS; n++) {
        struct object *o = &r->objects[n];
        json_t *json;
        size_t len;
        const char *name = kc_arena_printf(r->a, "bench-status-%d", n);
        must(kc_kube_get(r->chat.cluster.kube, kc_arena_printf(r->a, PATH "/%s", name), NULL, &as_ourselves, r->a,
                         &json, &err),
             err.message);
        json_object_set_new(json, "status", parse(sample));
        char *text = json_dumps(json, JSON_COMPACT);
        *o = (struct object){.key = kc_arena_printf(r->a, NAMESPACE "/%s", name), .text = kc_arena_strdup(r->a, text)};
        free(text);
        o->version = version_in(o->text, &len);
        o->version = kc_arena_strndup(r->a, o->version, len);
        for (size_t i = 0; i < N_WRITES; i++) {
            struct kc_visit v;
            visit(r, o, o->text, i, r->a, &v);
            KC_JSON_SCOPE *body = kc_chatrequest_encode(&v.cr);
            char *bytes = json_dumps(body, JSON_COMPACT);
            const char *version = version_in(bytes, &len);
            o->head[i] = kc_arena_strndup(r->a, bytes, (size_t)(version - bytes));
            o->tail[i] = kc_arena_strdup(r->a, version + len);
            free(bytes);
        }
    }
}

static double cpu_ms(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static const struct subject {
    const char *name;
    unsigned threads;
    void *(*work)(void *arg);
} subjects[] = {
    {"libcurl, 8 connections", CONNECTIONS, work_bare},
    {"kubechat", WORKERS, work},
};
enum { BARE, OURS, N_SUBJECTS };

static void run(struct round *r, const struct subject *s, double *ret_per_s, double *ret_cpu_ms)
{
    const size_t n = OBJECTS * N_WRITES;
    pthread_t t[WORKERS];

    prepare(r);
    double cpu = cpu_ms();
    int64_t began = kc_mono_us();
    for (unsigned i = 0; i < s->threads; i++)
        must(pthread_create(&t[i], NULL, s->work, r) == 0, "a thread");
    for (unsigned i = 0; i < s->threads; i++)
        (void)pthread_join(t[i], NULL);
    *ret_per_s = (double)n * 1e6 / (double)(kc_mono_us() - began);
    *ret_cpu_ms = (cpu_ms() - cpu) / (double)n;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static struct round r;
    double per_s[N_SUBJECTS][ROUNDS_MAX], cpu[N_SUBJECTS][ROUNDS_MAX];
    struct kc_err err = {0};
    int64_t rounds = 5;

    must(argc < 2 || kc_parse_int(argv[1], 1, ROUNDS_MAX, &rounds), "ROUNDS is a number from 1 to 32");
    r.config = kc_config_load(NULL, NULL, &err);
    must(r.config != NULL, err.message);
    struct kc_http_client *http = kc_http_client_create(&err);
    must(http != NULL, err.message);
    r.chat.cluster.kube = kc_kube_create(http, kc_config_ref(r.config), &(struct kc_kube_options){0});
    r.chat.echo = kc_echo_create();
    r.a = kc_arena_create();
    create_objects(&r);
    for (int i = 0; i < rounds; i++)
        for (size_t s = 0; s < N_SUBJECTS; s++)
            run(&r, &subjects[s], &per_s[s][i], &cpu[s][i]);
    printf("%-28s %12s %14s %8s\n", "four status writes each", "writes/s", "CPU ms each", "ratio");
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        qsort(per_s[s], (size_t)rounds, sizeof(double), by_value);
        qsort(cpu[s], (size_t)rounds, sizeof(double), by_value);
        printf("%-28s %10.0f/s %14.3f %8.2f\n", subjects[s].name, per_s[s][rounds / 2], cpu[s][rounds / 2],
               per_s[s][rounds / 2] / per_s[BARE][rounds / 2]);
    }
    printf(
        "{\"bench\":\"status\",\"objects\":%d,\"writes_per_s\":%.1f,\"bare_writes_per_s\":%.1f,\"write_cpu_ms\":%.4f,"
        "\"bare_write_cpu_ms\":%.4f}\n",
        OBJECTS, per_s[OURS][rounds / 2], per_s[BARE][rounds / 2], cpu[OURS][rounds / 2], cpu[BARE][rounds / 2]);
    (void)kc_echo_destroy(r.chat.echo);
    (void)kc_arena_destroy(r.a);
    (void)kc_kube_unref(r.chat.cluster.kube);
    (void)kc_http_client_destroy(http);
    (void)kc_config_unref(r.config);
    return 0;
}
