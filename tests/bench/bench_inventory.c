/* What holding a cluster's objects takes: from nothing until every kind has been listed, in wall and CPU time and at
 * the peak of anonymous memory, beside the floor: libcurl with one buffer that reads the same pods in one LIST of
 * protobuf and throws them away. Each runs in a process of its own, in turn, against the API server of $KUBECONFIG
 * (hack/bench fills one with pods): bench_inventory [ROUNDS], default 3. The medians are printed, and the ratios to the
 * floor. */
#include <curl/curl.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/base/clock.h"
#include "controller/base/text.h"
#include "controller/exec/gather.h"
#include "controller/http/target.h"
#include "controller/kube/fleet.h"
#include "controller/kube/protoframer.h"

#define ROUNDS_MAX 32
#define LIMIT_MS   (60 * KC_SECOND_MS)
#define PIECE      16384
#define GATHERS    21 /* measured; the first one before asks what may be listed */
#define PROTOBUF   "Accept: application/vnd.kubernetes.protobuf"

struct result {
    double wall_ms, cpu_ms;
    size_t objects, bytes;
    double rss_anon_mb; /* its peak, as the parent saw it */
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "bench_inventory: %s\n", what);
    exit(1);
}

static double cpu_ms(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

static struct kc_config *load_config(void)
{
    struct kc_err err = {0};
    struct kc_config *config = kc_config_load(NULL, NULL, &err);
    must(config != NULL, err.message);
    return config;
}

static size_t discard(char *bytes, size_t size, size_t n, void *arg)
{
    struct result *r = arg;
    (void)bytes;
    r->bytes += size * n;
    return size * n;
}

static size_t collect(char *bytes, size_t size, size_t n, void *arg)
{
    kc_buf_add(arg, bytes, size * n);
    return size * n;
}

/* One LIST of all pods with nothing but libcurl. */
static void fetch(size_t (*sink)(char *bytes, size_t size, size_t n, void *arg), void *arg, struct result *ret)
{
    struct kc_config *config = load_config();
    KC_ARENA_SCOPE(a);
    struct kc_err err = {0};
    const char *token;
    long status = 0;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    must(kc_config_token(config, false, a, &token, &err), err.message);
    CURL *easy = curl_easy_init();
    must(easy && kc_http_target_apply(kc_config_target(config), easy), "curl");
    struct curl_slist *headers = curl_slist_append(NULL, PROTOBUF);
    if (*token)
        headers = curl_slist_append(headers, kc_arena_printf(a, "Authorization: Bearer %s", token));
    curl_easy_setopt(easy, CURLOPT_URL, kc_arena_printf(a, "%s/api/v1/pods", kc_config_server(config)));
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, sink);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, arg);
    int64_t began = kc_mono_us();
    double cpu = cpu_ms();
    must(curl_easy_perform(easy) == CURLE_OK, "the LIST failed");
    ret->wall_ms = (double)(kc_mono_us() - began) / 1e3;
    ret->cpu_ms = cpu_ms() - cpu;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    must(status == 200, "the LIST was refused");
}

static void run_floor(struct result *ret)
{
    fetch(discard, ret, ret);
}

struct decoding {
    struct kc_intern *strings;
    struct kc_scratch *scratch;
    struct kc_store *store;
};

static void decode(void *arg, const struct kc_frame *f)
{
    struct decoding *d = arg;
    struct kc_err err = {0};
    struct kc_record *r =
        kc_kind_decode(kc_kind_find("", "pods"), d->strings, d->scratch, (const uint8_t *)f->data, f->len, &err);
    must(r != NULL, err.message);
    kc_store_put(d->store, r);
}

/* What is not the transfer: the same bytes out of memory, in pieces as they come. */
static void run_decode(struct result *ret)
{
    KC_BUF_SCOPE body = {0};
    struct decoding d = {kc_intern_create(), kc_scratch_create(), kc_store_create()};
    struct kc_protoframer framer;
    struct kc_err err = {0};

    fetch(collect, &body, ret);
    int64_t began = kc_mono_us();
    double cpu = cpu_ms();
    kc_protoframer_init(&framer, KC_FRAME_LIST, SIZE_MAX, decode, &d);
    for (size_t i = 0; i < body.len; i += PIECE)
        must(kc_protoframer_feed(&framer, body.data + i, body.len - i < PIECE ? body.len - i : PIECE, &err),
             err.message);
    ret->wall_ms = (double)(kc_mono_us() - began) / 1e3;
    ret->cpu_ms = cpu_ms() - cpu;
    ret->objects = kc_store_count(d.store);
}

static struct kc_kube *connect_kube(void)
{
    struct kc_err err = {0};

    mallopt(M_ARENA_MAX, 2); /* as the manager does */
    struct kc_http_client *http = kc_http_client_create(&err);
    must(http != NULL, err.message);
    return kc_kube_create(http, load_config(), &(struct kc_kube_options){0});
}

static struct kc_fleet *run_fleet(struct kc_kube *kube, const struct kc_fleet_options *o, struct result *ret)
{
    int64_t began = kc_mono_us();
    double cpu = cpu_ms();
    struct kc_fleet *fleet = kc_fleet_create(kube, o);
    while (!kc_fleet_synced(fleet) && kc_mono_us() - began < LIMIT_MS * 1000)
        usleep(5000);
    ret->wall_ms = (double)(kc_mono_us() - began) / 1e3;
    ret->cpu_ms = cpu_ms() - cpu;
    must(kc_fleet_synced(fleet), "not every kind was listed within a minute");
    for (size_t i = 0; i < kc_n_kinds; i++)
        ret->objects += kc_fleet_count(fleet, &kc_kinds[i]);
    return fleet;
}

static void run_as_shipped(struct result *ret)
{
    run_fleet(connect_kube(), NULL, ret);
}

static void run_watch_lists(struct result *ret)
{
    run_fleet(connect_kube(), &(struct kc_fleet_options){.start = KC_FLEET_WATCH_LISTS}, ret);
}

static void run_pages(struct result *ret)
{
    run_fleet(connect_kube(), &(struct kc_fleet_options){.start = KC_FLEET_PAGES}, ret);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every namespace into a planner's inventory, once it is known what may be listed there: the median of some. */
static void run_gather(struct result *ret)
{
    struct kc_kube *kube = connect_kube();
    struct kc_cluster c = {.kube = kube, .discovery = kc_discovery_create(kube), .rights = kc_rights_create()};
    const struct kc_identity who = {.username = ""};
    struct kc_err err = {0};
    struct kc_strs namespaces = {0};
    double ms[GATHERS];

    c.fleet = run_fleet(kube, NULL, ret);
    must(kc_discovery_refresh(c.discovery, true, &err), err.message);
    const struct kc_restmap *types = kc_restmap_of(kc_discovery_get(c.discovery));
    namespaces.v = (const char **)(uintptr_t)kc_fleet_namespaces(c.fleet, kc_kind_find("", "pods"));
    while (namespaces.v[namespaces.n])
        namespaces.n++;
    for (int i = -1; i < GATHERS; i++) {
        KC_ARENA_SCOPE(a);
        struct kc_inventory inventory;
        int64_t began = kc_mono_us();
        must(kc_gather(&c, types, &who, &namespaces, KC_LIST_CACHED, a, &inventory, &err), err.message);
        if (i >= 0)
            ms[i] = (double)(kc_mono_us() - began) / 1e3;
        ret->objects = inventory.n;
    }
    qsort(ms, GATHERS, sizeof(ms[0]), by_value);
    ret->wall_ms = ret->cpu_ms = ms[GATHERS / 2];
}

static const struct {
    const char *name;
    void (*run)(struct result *ret);
} subjects[] = {
    {"floor: libcurl, one LIST, discarded", run_floor},
    {"fleet, as it is shipped", run_as_shipped},
    {"fleet, watch lists", run_watch_lists},
    {"fleet, LISTs in pages", run_pages},
    {"decoding alone, out of memory", run_decode},
    {"gathering all namespaces", run_gather},
};
#define N_SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static double rss_anon_mb(pid_t pid)
{
    char path[64], text[4096];
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = '\0';
    const char *line = strstr(text, "RssAnon:");
    return line ? strtod(line + strlen("RssAnon:"), NULL) / 1024 : 0;
}

/* The child does its work, writes its result and waits until its memory has been looked at. */
static struct result measure(size_t subject)
{
    int out[2], in[2];
    char number[16];
    struct result r = {0};
    double peak = 0;

    must(pipe2(out, O_NONBLOCK) == 0 && pipe(in) == 0, "pipe");
    pid_t pid = fork();
    if (pid == 0) {
        snprintf(number, sizeof(number), "%zu", subject);
        dup2(out[1], STDOUT_FILENO);
        dup2(in[0], STDIN_FILENO);
        close(in[1]);
        execl("/proc/self/exe", "bench_inventory", "subject", number, (char *)NULL);
        _exit(127);
    }
    must(pid > 0, "fork");
    close(out[1]);
    close(in[0]);
    for (;;) {
        ssize_t n = read(out[0], &r, sizeof(r));
        double now = rss_anon_mb(pid);
        peak = now > peak ? now : peak;
        if (n == (ssize_t)sizeof(r))
            break;
        must(n != 0, "a measurement died");
        usleep(1000);
    }
    close(in[1]);
    close(out[0]);
    waitpid(pid, NULL, 0);
    r.rss_anon_mb = peak;
    return r;
}

static int be_subject(size_t subject)
{
    struct result r = {0};
    char c;

    subjects[subject].run(&r);
    must(write(STDOUT_FILENO, &r, sizeof(r)) == (ssize_t)sizeof(r), "write");
    (void)!read(STDIN_FILENO, &c, 1);
    _exit(0); /* what ending takes is not asked */
}

static double median(const struct result *r, int rounds, size_t member)
{
    double v[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++)
        memcpy(&v[i], (const char *)&r[i] + member, sizeof(v[i]));
    qsort(v, (size_t)rounds, sizeof(v[0]), by_value);
    return v[rounds / 2];
}

int main(int argc, char **argv)
{
    static struct result results[N_SUBJECTS][ROUNDS_MAX];
    int64_t rounds = 3;

    if (argc == 3 && KC_STREQ(argv[1], "subject"))
        return be_subject(strtoul(argv[2], NULL, 10));
    must(argc < 2 || kc_parse_int(argv[1], 1, ROUNDS_MAX, &rounds), "ROUNDS is a number from 1 to 32");
    for (int i = 0; i < rounds; i++)
        for (size_t s = 0; s < N_SUBJECTS; s++)
            results[s][i] = measure(s);

    double floor_wall = median(results[0], (int)rounds, offsetof(struct result, wall_ms));
    double floor_cpu = median(results[0], (int)rounds, offsetof(struct result, cpu_ms));
    printf("%-38s %9s %9s %9s %9s %12s %9s\n", "", "wall ms", "x floor", "CPU ms", "x floor", "RssAnon MB", "objects");
    for (size_t s = 0; s < N_SUBJECTS; s++) {
        double wall = median(results[s], (int)rounds, offsetof(struct result, wall_ms));
        double cpu = median(results[s], (int)rounds, offsetof(struct result, cpu_ms));
        printf("%-38s %9.1f %9.3f %9.1f %9.3f %12.1f %9zu\n", subjects[s].name, wall, wall / floor_wall, cpu,
               cpu / floor_cpu, median(results[s], (int)rounds, offsetof(struct result, rss_anon_mb)),
               results[s][0].objects);
    }
    const struct result *ours = results[1];
    printf("{\"bench\":\"inventory\",\"sync_ms\":%.0f,\"floor_ms\":%.0f,\"sync_cpu_ms\":%.0f,\"floor_cpu_ms\":%.0f,"
           "\"anon_mb\":%.1f,\"objects\":%zu,\"gather_ms\":%.2f}\n",
           median(ours, (int)rounds, offsetof(struct result, wall_ms)), floor_wall,
           median(ours, (int)rounds, offsetof(struct result, cpu_ms)), floor_cpu,
           median(ours, (int)rounds, offsetof(struct result, rss_anon_mb)), ours->objects,
           median(results[N_SUBJECTS - 1], (int)rounds, offsetof(struct result, wall_ms)));
    printf("the floor read %.0f MB\n", (double)results[0][0].bytes / 1e6);
    return 0;
}
