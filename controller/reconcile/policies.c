#include "controller/reconcile/policies.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/clock.h"
#include "controller/base/log.h"
#include "controller/base/map.h"
#include "controller/kube/reflector.h"
#include "controller/runtime/workers.h"

#define EVERYTHING "all" /* the queue's only key: changes that come together are looked at together */
#define MAX_POLICY ((size_t)8 << 20)

struct kc_policies {
    struct kc_policies_options o;
    struct kc_store *policies, *namespaces;
    struct kc_reflector *policy_watch, *namespace_watch;
    struct kc_workqueue *queue;
    struct kc_workers *worker;
    atomic_bool policies_listed, namespaces_listed;
    atomic_bool writes_status;
    atomic_bool asks_labels; /* by the newest snapshot */
    uint64_t seen;           /* the worker's: what the last on_change was told of */
    bool told;
    pthread_mutex_t lock; /* guards the two below */
    const struct kc_policy_set *set;
    struct kc_map *unparsable; /* name to reason of what the watch could not even read */
};

static void look_again(struct kc_policies *p)
{
    struct kc_err err = {0};
    if (!kc_workqueue_add(p->queue, EVERYTHING, KC_LANE_FRESH, &err))
        kc_log(KC_DEBUG, "policy", "not looked at", "error", err.message, NULL);
}

/* Labels as "key\0value\0key\0value\0": all that is kept of a namespace. */
static struct kc_record *pack_namespace(void *arg, const json_t *object, struct kc_err *err)
{
    KC_BUF_SCOPE b = {0};
    const char *key;
    json_t *value;
    (void)arg;
    json_object_foreach(kc_json_at(object, "metadata.labels"), key, value)
    {
        const char *text = kc_or(json_string_value(value), "");
        kc_buf_add(&b, key, strlen(key) + 1);
        kc_buf_add(&b, text, strlen(text) + 1);
    }
    return kc_record_of_object(object, b.len ? b.data : "", b.len, err);
}

static size_t unpack_labels(const struct kc_record *r, struct kc_arena *a, struct kc_label **ret)
{
    const char *p = r->data, *end = p + r->size;
    size_t n = 0;
    for (const char *q = p; q < end; q += strlen(q) + 1)
        n++;
    *ret = kc_arena_array(a, n / 2, sizeof **ret);
    for (size_t i = 0; i < n / 2; i++) {
        (*ret)[i].key = p;
        p += strlen(p) + 1;
        (*ret)[i].value = p;
        p += strlen(p) + 1;
    }
    return n / 2;
}

static void forget_unparsable(struct kc_policies *p, const char *name)
{
    pthread_mutex_lock(&p->lock);
    kc_map_remove(p->unparsable, name);
    pthread_mutex_unlock(&p->lock);
}

static void on_policy(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct kc_policies *p = arg;
    (void)event, (void)initial;
    forget_unparsable(p, r->key);
    look_again(p);
}

static void on_bad_policy(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    struct kc_policies *p = arg;
    char *why = strdup(err->message);
    (void)ns;
    if (!why)
        abort();
    kc_log(KC_ERROR, "policy", "AuditPolicy cannot be read: nothing is changed until it is mended", "name", name,
           "error", err->message, NULL);
    pthread_mutex_lock(&p->lock);
    kc_map_put(p->unparsable, kc_or(name, "(without a name)"), why);
    pthread_mutex_unlock(&p->lock);
    look_again(p);
}

static void on_namespace(void *arg, enum kc_event event, const struct kc_record *r, bool initial)
{
    struct kc_policies *p = arg;
    (void)event, (void)r, (void)initial;
    if (atomic_load(&p->asks_labels))
        look_again(p);
}

/* A namespace that is not known fits every selector, so a bad one is no way around a policy. */
static void on_bad_namespace(void *arg, const char *ns, const char *name, const struct kc_err *err)
{
    (void)arg, (void)ns;
    kc_log(KC_WARN, "policy", "namespace skipped", "name", name, "error", err->message, NULL);
}

static void on_policies_listed(void *arg)
{
    struct kc_policies *p = arg;
    atomic_store(&p->policies_listed, true);
    look_again(p);
}

static void on_namespaces_listed(void *arg)
{
    struct kc_policies *p = arg;
    atomic_store(&p->namespaces_listed, true);
    look_again(p);
}

static void on_state(void *arg, const struct kc_err *err)
{
    (void)arg;
    if (err)
        kc_log(KC_WARN, "policy", "lost the API server, trying again", "error", err->message, NULL);
}

static void add_policies(struct kc_policies *p, struct kc_policy_set *set, struct kc_arena *a)
{
    size_t n, i = 0;
    const struct kc_record **records = kc_store_list(p->policies, &n);
    const char *name;
    void *why;
    for (size_t k = 0; k < n; k++) {
        struct kc_err err = {0};
        const char *text = records[k]->data;
        const json_t *object = kc_json_parse_in(a, text, strlen(text), MAX_POLICY, records[k]->key, &err);
        if (object)
            kc_policy_set_add(set, object);
        else
            kc_policy_set_add_unreadable(set, records[k]->key, err.message);
        kc_record_unref(records[k]);
    }
    free(records);
    pthread_mutex_lock(&p->lock);
    while (kc_map_next(p->unparsable, &i, &name, &why))
        kc_policy_set_add_unreadable(set, name, why);
    pthread_mutex_unlock(&p->lock);
}

/* The sum of what each thing hashes to (FNV-1a): in whatever order a store lists them. Only decides whether anybody is
 * woken; a snapshot is published in any case. */
static uint64_t hash(uint64_t h, const void *data, size_t size)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < size; i++)
        h = (h ^ p[i]) * UINT64_C(1099511628211);
    return h;
}

#define HASH_START UINT64_C(14695981039346656037)

static uint64_t add_namespaces(struct kc_policies *p, struct kc_policy_set *set, struct kc_arena *a)
{
    uint64_t sum = 0;
    size_t n;
    const struct kc_record **records = kc_store_list(p->namespaces, &n);
    for (size_t i = 0; i < n; i++) {
        struct kc_label *labels;
        size_t n_labels = unpack_labels(records[i], a, &labels);
        kc_policy_set_add_namespace(set, records[i]->key, labels, n_labels);
        sum += hash(hash(HASH_START, records[i]->key, strlen(records[i]->key) + 1), records[i]->data, records[i]->size);
        kc_record_unref(records[i]);
    }
    free(records);
    return sum;
}

/* By name and generation: a status that was written, or an annotation, changes nothing. */
static uint64_t sum_of_policies(const struct kc_policy_set *set)
{
    uint64_t sum = 0;
    size_t n;
    const struct kc_policy *const *list = kc_policy_set_list(set, &n);
    for (size_t i = 0; i < n; i++) {
        const struct kc_meta *m = &list[i]->decoded.meta;
        uint64_t h = hash(HASH_START, list[i]->name, strlen(list[i]->name) + 1);
        h = hash(h, kc_or(m->uid, ""), strlen(kc_or(m->uid, "")) + 1);
        h = hash(h, &m->generation, sizeof m->generation);
        sum += hash(h, &list[i]->fault, sizeof list[i]->fault);
    }
    return sum;
}

static void publish(struct kc_policies *p, const struct kc_policy_set *set)
{
    pthread_mutex_lock(&p->lock);
    const struct kc_policy_set *old = p->set;
    p->set = kc_policy_set_ref(set);
    pthread_mutex_unlock(&p->lock);
    kc_policy_set_unref(old);
}

static const struct kc_policy_set *look(struct kc_policies *p, struct kc_arena *a)
{
    struct kc_policy_set *set = kc_policy_set_create();
    add_policies(p, set, a);
    uint64_t sum = sum_of_policies(set);
    atomic_store(&p->asks_labels, kc_policy_set_asks_labels(set)); /* before the list: what comes now is not missed */
    if (kc_policy_set_asks_labels(set))
        sum += add_namespaces(p, set, a);
    publish(p, set);
    if (!p->told || sum != p->seen) {
        p->told = true;
        p->seen = sum;
        p->o.on_change(p->o.arg, set);
    }
    return set;
}

/* What Ready said before, with its time; NULL: nothing yet. */
static const struct kc_condition *ready_before(const struct kc_policy *policy)
{
    const struct kc_auditpolicy_status *s = &policy->decoded.status;
    for (size_t i = 0; i < s->n_conditions; i++)
        if (KC_STREQ(s->conditions[i].type, KC_READY))
            return &s->conditions[i].condition;
    return NULL;
}

static bool write_status(struct kc_policies *p, const struct kc_policy *policy, struct kc_arena *a, struct kc_err *err)
{
    struct kc_call as_ourselves = {0};
    const struct kc_condition *before = ready_before(policy);
    const struct kc_meta *m = &policy->decoded.meta;
    struct kc_condition_item ready = {
        .type = KC_READY, .condition = {.observed_generation = m->generation, .last_transition_time = kc_unix_ms()}};
    struct kc_condition *now = &ready.condition;
    now->status = kc_policy_ready(a, policy, &now->reason, &now->message);
    if (kc_condition_follows(now, before))
        return true;
    struct kc_auditpolicy_status status = {
        .observed_generation = m->generation, .conditions = &ready, .n_conditions = 1};
    KC_JSON_SCOPE *patch = json_pack("{s:{s:s}, s:o}", "metadata", "resourceVersion", m->resource_version, "status",
                                     kc_auditpolicy_encode_status(&status));
    const char *path = kc_resource_path(a, &kc_auditpolicy_mapping, NULL, policy->name, "status");
    if (now->status != KC_TRUE)
        kc_log(KC_ERROR, "policy", "policy is not in order", "name", policy->name, "reason", now->reason, "message",
               now->message, NULL);
    return kc_kube_send(p->o.kube, "PATCH", path, "fieldManager=kubechat", "application/merge-patch+json", patch,
                        &as_ourselves, a, NULL, err) ||
           err->class == KC_NOT_FOUND || kc_wrap(err, "status of AuditPolicy %s", policy->name);
}

/* All are tried; the first failure is what comes of it. */
static bool write_all(struct kc_policies *p, const struct kc_policy_set *set, struct kc_arena *a, struct kc_err *err)
{
    bool ok = true;
    size_t n;
    const struct kc_policy *const *list = kc_policy_set_list(set, &n);
    for (size_t i = 0; i < n; i++) {
        struct kc_err e = {0};
        if (!*list[i]->decoded.meta.resource_version || write_status(p, list[i], a, &e))
            continue;
        if (ok)
            *err = e;
        ok = false;
    }
    return ok;
}

static bool reconcile(void *arg, const char *key, struct kc_arena *a, int64_t *again_ms, struct kc_err *err)
{
    struct kc_policies *p = arg;
    (void)key;
    *again_ms = -1;
    if (!kc_policies_synced(p))
        return true;
    const struct kc_policy_set *set = look(p, a);
    bool ok = !atomic_load(&p->writes_status) || write_all(p, set, a, err);
    kc_policy_set_unref(set);
    return ok;
}

static void watch(struct kc_policies *p)
{
    const struct kc_reflector_options policies = {.path =
                                                      "/apis/" KC_GROUP "/" KC_API_VERSION "/" KC_AUDITPOLICY_RESOURCE,
                                                  .on_event = on_policy,
                                                  .on_synced = on_policies_listed,
                                                  .on_bad = on_bad_policy,
                                                  .on_state = on_state,
                                                  .arg = p};
    const struct kc_reflector_options namespaces = {.path = "/api/v1/namespaces",
                                                    .metadata_only = true,
                                                    .decode = pack_namespace,
                                                    .on_event = on_namespace,
                                                    .on_synced = on_namespaces_listed,
                                                    .on_bad = on_bad_namespace,
                                                    .on_state = on_state,
                                                    .arg = p};
    p->policy_watch = kc_reflector_create(p->o.kube, p->policies, &policies);
    p->namespace_watch = kc_reflector_create(p->o.kube, p->namespaces, &namespaces);
}

struct kc_policies *kc_policies_start(const struct kc_policies_options *o, struct kc_err *err)
{
    struct kc_policies *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->o = *o;
    p->policies = kc_store_create();
    p->namespaces = kc_store_create();
    p->unparsable = kc_map_create(free);
    pthread_mutex_init(&p->lock, NULL);
    p->queue = kc_workqueue_create(1);
    p->worker = kc_workers_start(p->queue, 1, "auditpolicy", reconcile, p, err);
    if (!p->worker)
        return kc_policies_stop(p);
    watch(p);
    return p;
}

struct kc_policies *kc_policies_stop(struct kc_policies *p)
{
    if (!p)
        return NULL;
    kc_reflector_destroy(p->policy_watch);
    kc_reflector_destroy(p->namespace_watch);
    kc_workers_stop(p->worker);
    kc_workqueue_destroy(p->queue);
    kc_policy_set_unref(p->set);
    kc_map_destroy(p->unparsable);
    kc_store_destroy(p->policies);
    kc_store_destroy(p->namespaces);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return NULL;
}

void kc_policies_write_status(struct kc_policies *p, bool writes)
{
    atomic_store(&p->writes_status, writes);
    look_again(p);
}

const struct kc_policy_set *kc_policies_get(struct kc_policies *p)
{
    pthread_mutex_lock(&p->lock);
    const struct kc_policy_set *set = kc_policy_set_ref(p->set);
    pthread_mutex_unlock(&p->lock);
    return set;
}

void kc_policies_let_go(void *set)
{
    kc_policy_set_unref(set);
}

bool kc_policies_synced(struct kc_policies *p)
{
    return atomic_load(&p->policies_listed) && atomic_load(&p->namespaces_listed);
}
