#include "controller/kube/proto/reach.pb-c.h"
#include "controller/kube/read_kinds.h"

#define SERVICE_NAME_LABEL "kubernetes.io/service-name" /* discovery/v1 LabelServiceName */

static void set_ref(struct kc_arena *a, const char *kind, const char *name, struct kc_item *ret)
{
    struct kc_object_ref *r = kc_arena_alloc(a, sizeof(*r));

    *r = (struct kc_object_ref){kind, name};
    ret->refs = r;
    ret->n_refs = 1;
}

/* An endpoint that says nothing of ready is to be taken for ready (discovery/v1 EndpointConditions). */
static bool is_ready(const Pb__Endpoint *e)
{
    return !e->conditions || !e->conditions->has_ready || e->conditions->ready;
}

void kc_read_endpointslice(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__EndpointSlice *s = (const Pb__EndpointSlice *)m;
    const char *service = kc_label_get(ret->labels, ret->n_labels, SERVICE_NAME_LABEL);

    ret->want = (int32_t)s->n_endpoints;
    ret->have = 0;
    for (size_t i = 0; i < s->n_endpoints; i++)
        ret->have += is_ready(s->endpoints[i]);
    if (service)
        set_ref(a, "Service", service, ret);
}

static const Pb__HTTPIngressRuleValue *http_of(const Pb__IngressRule *r)
{
    return r->ingress_rule_value ? r->ingress_rule_value->http : NULL;
}

static void add_backend(const Pb__IngressBackend *b, struct kc_object_ref *v, uint16_t *n)
{
    const char *name = b && b->service ? b->service->name : NULL;

    if (!name || *n == UINT16_MAX)
        return;
    for (uint16_t i = 0; i < *n; i++)
        if (KC_STREQ(v[i].name, name))
            return;
    v[(*n)++] = (struct kc_object_ref){"Service", name};
}

void kc_read_ingress(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__IngressSpec *s = ((const Pb__Ingress *)m)->spec;
    size_t n = 1;

    for (size_t i = 0; s && i < s->n_rules; i++)
        n += http_of(s->rules[i]) ? http_of(s->rules[i])->n_paths : 0;
    struct kc_object_ref *v = kc_arena_array(a, n, sizeof(*v));

    add_backend(s ? s->default_backend : NULL, v, &ret->n_refs);
    for (size_t i = 0; s && i < s->n_rules; i++)
        for (size_t j = 0; http_of(s->rules[i]) && j < http_of(s->rules[i])->n_paths; j++)
            add_backend(http_of(s->rules[i])->paths[j]->backend, v, &ret->n_refs);
    ret->refs = v;
}

void kc_read_hpa(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__HorizontalPodAutoscaler *h = (const Pb__HorizontalPodAutoscaler *)m;

    if (h->status) {
        ret->want = h->status->desired_replicas;
        ret->have = h->status->current_replicas;
    }
    if (!h->spec)
        return;
    ret->min = h->spec->has_min_replicas ? h->spec->min_replicas : 1; /* the API's default */
    ret->max = h->spec->max_replicas;
    if (h->spec->scale_target_ref)
        set_ref(a, h->spec->scale_target_ref->kind, h->spec->scale_target_ref->name, ret);
}

void kc_read_pdb(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__PodDisruptionBudget *b = (const Pb__PodDisruptionBudget *)m;

    if (b->status) {
        ret->want = b->status->expected_pods;
        ret->have = b->status->current_healthy;
        ret->min = b->status->desired_healthy;
        ret->allowed = b->status->disruptions_allowed;
    }
    if (b->spec)
        kc_read_selector(a, b->spec->selector, ret);
}
