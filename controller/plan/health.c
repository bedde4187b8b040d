#include "controller/plan/health.h"

#include <string.h>

#include "controller/base/text.h"
#include "controller/plan/reach_pods.h"

/* Of kubectl's STATUS column, behind "Init:" too. What passes by itself (ContainerCreating, ErrImagePull, Error) comes
 * to one of these when it does not. */
static const char *const ill[] = {
    "CrashLoopBackOff",           "ImagePullBackOff",     "InvalidImageName",
    "CreateContainerConfigError", "CreateContainerError", "OOMKilled",
};

static bool is_ill(const char *status)
{
    if (kc_str_starts(status, "Init:"))
        status += strlen("Init:");
    for (size_t i = 0; i < sizeof ill / sizeof *ill; i++)
        if (KC_STREQ(status, ill[i]))
            return true;
    return false;
}

static void add_ill(const struct kc_touched *t, size_t i, struct kc_health *ret)
{
    const struct kc_item *pod = kc_item_of(t->pods->v[i]);

    ret->more_ill = ret->n_ill == KC_HEALTH_PODS;
    if (!ret->more_ill)
        ret->ill[ret->n_ill++] = (struct kc_ill_pod){t->pods->v[i]->uid, pod->name, pod->status, t->pods->named};
}

static bool is_of(const struct kc_item *slice, const char *service)
{
    for (size_t i = 0; i < slice->n_refs; i++)
        if (KC_STREQ(slice->refs[i].name, service))
            return true;
    return false;
}

static int64_t endpoints_of(const struct kc_near *slices, const char *service)
{
    int64_t n = 0;

    for (size_t i = 0; i < slices->n; i++)
        if (is_of(kc_item_of(slices->v[i]), service))
            n += kc_item_of(slices->v[i])->have;
    return n;
}

static const struct kc_served *service_in(const struct kc_health *h, const char *name)
{
    for (size_t i = 0; i < h->n_services; i++)
        if (KC_STREQ(h->services[i].service, name))
            return &h->services[i];
    return NULL;
}

/* Also those that selected the target's pods before: a template whose labels changed has left them. */
static void find_services(const struct kc_surroundings *around, const struct kc_touched *t,
                          const struct kc_health *before, struct kc_health *ret)
{
    const struct kc_near *services = kc_near_next(around, "Service", NULL);
    const struct kc_near *slices = kc_near_next(around, "EndpointSlice", NULL);

    for (size_t i = 0; services && slices && i < services->n && ret->n_services < KC_HEALTH_SERVICES; i++) {
        const struct kc_item *s = kc_item_of(services->v[i]);
        if (kc_selects_touched(s, t) || (before && service_in(before, s->name)))
            ret->services[ret->n_services++] =
                (struct kc_served){s->name, services->named, endpoints_of(slices, s->name)};
    }
}

bool kc_health_of(struct kc_arena *a, const struct kc_record_step *step, const char *uid,
                  const struct kc_surroundings *around, const struct kc_health *before, struct kc_health *ret)
{
    struct kc_record_step now = *step;
    struct kc_touched t;

    *ret = (struct kc_health){0};
    now.uid = uid;
    kc_pods_touched(a, &(struct kc_reach_part){.step = &now}, 1, around, &t);
    if (!t.pods)
        return false;
    ret->ready = t.shares[0].n_ready;
    for (size_t i = 0; i < t.pods->n; i++)
        if (t.of[i] && is_ill(kc_item_of(t.pods->v[i])->status))
            add_ill(&t, i, ret);
    find_services(around, &t, before, ret);
    return true;
}

json_t *kc_health_encode(const struct kc_health *h)
{
    json_t *uids = json_array(), *endpoints = json_object();

    for (size_t i = 0; i < h->n_ill; i++)
        json_array_append_new(uids, json_string(h->ill[i].uid));
    for (size_t i = 0; i < h->n_services; i++)
        json_object_set_new(endpoints, h->services[i].service, json_integer(h->services[i].endpoints));
    return json_pack("{s:I, s:o, s:b, s:o}", "ready", (json_int_t)h->ready, "ill", uids, "moreIll", h->more_ill,
                     "endpoints", endpoints);
}

bool kc_health_decode(struct kc_arena *a, const json_t *object, struct kc_health *ret)
{
    const json_t *uids = kc_json_at(object, "ill"), *endpoints = kc_json_at(object, "endpoints"), *n;
    int64_t ready = kc_json_int(object, "ready", -1);
    const char *service;

    *ret = (struct kc_health){.more_ill = kc_json_bool(object, "moreIll", false)};
    if (ready < 0 || !json_is_array(uids) || !json_is_object(endpoints))
        return false;
    ret->ready = (size_t)ready;
    for (size_t i = 0; i < json_array_size(uids) && i < KC_HEALTH_PODS; i++)
        ret->ill[ret->n_ill++] = (struct kc_ill_pod){
            kc_arena_strdup(a, kc_or(json_string_value(json_array_get(uids, i)), "")), "", "", false};
    json_object_foreach((json_t *)(uintptr_t)endpoints, service, n) if (ret->n_services < KC_HEALTH_SERVICES)
        ret->services[ret->n_services++] =
        (struct kc_served){kc_arena_strdup(a, service), false, json_integer_value(n)};
    return true;
}

static bool was_ill(const struct kc_health *before, const char *uid)
{
    for (size_t i = 0; i < before->n_ill; i++)
        if (KC_STREQ(before->ill[i].uid, uid))
            return true;
    return before->more_ill;
}

const struct kc_ill_pod *kc_health_worse(const struct kc_health *before, const struct kc_health *now)
{
    for (size_t i = 0; i < now->n_ill; i++)
        if (!was_ill(before, now->ill[i].uid))
            return &now->ill[i];
    return NULL;
}

const char *kc_health_missing(struct kc_arena *a, const struct kc_health *before, const struct kc_health *now,
                              int64_t want)
{
    int64_t fewer = (int64_t)before->ready > want ? (int64_t)before->ready - want : 0;

    for (size_t i = 0; i < before->n_services; i++) {
        const struct kc_served *was = &before->services[i], *is = service_in(now, was->service);
        int64_t due = was->endpoints - fewer;
        if (!is || is->endpoints >= due) /* it is gone: that was somebody's own change */
            continue;
        return kc_arena_printf(a, "%s has %lld of %lld endpoints",
                               is->named ? kc_arena_printf(a, "service/%s", is->service) : "a service",
                               (long long)is->endpoints, (long long)due);
    }
    return NULL;
}
