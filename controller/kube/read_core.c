#include <string.h>

#include "controller/kube/read_kinds.h"

/* A count that does not fit makes the item too large, which kc_item_pack says. */
static uint16_t count(size_t n)
{
    return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

void kc_read_pairs(struct kc_arena *a, Pb__Pair *const *v, size_t n, const struct kc_label **ret, uint16_t *ret_n)
{
    struct kc_label *labels = kc_arena_array(a, n, sizeof(*labels));

    for (size_t i = 0; i < n; i++)
        labels[i] = (struct kc_label){kc_or(v[i]->key, ""), kc_or(v[i]->value, "")};
    *ret = labels;
    *ret_n = count(n);
}

void kc_read_containers(struct kc_arena *a, const Pb__PodSpec *pod, struct kc_item *ret)
{
    size_t n = pod ? pod->n_containers : 0;
    struct kc_container_ref *v = kc_arena_array(a, n, sizeof(*v));

    for (size_t i = 0; i < n; i++)
        v[i] = (struct kc_container_ref){pod->containers[i]->name, pod->containers[i]->image};
    ret->containers = v;
    ret->n_containers = count(n);
}

static void add_match(struct kc_requirement *to, Pb__Pair *const *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (struct kc_requirement){v[i]->key, "In", v[i]->value};
}

void kc_read_match(struct kc_arena *a, Pb__Pair *const *v, size_t n, struct kc_item *ret)
{
    struct kc_requirement *selector = kc_arena_array(a, n, sizeof(*selector));

    add_match(selector, v, n);
    ret->selector = selector;
    ret->n_selector = count(n);
    ret->selects = n > 0;
}

static const char *join(struct kc_arena *a, char *const *v, size_t n)
{
    const char *all = n ? v[0] : "";

    for (size_t i = 1; i < n; i++)
        all = kc_arena_printf(a, "%s,%s", all, v[i]);
    return all;
}

void kc_read_selector(struct kc_arena *a, const Pb__LabelSelector *s, struct kc_item *ret)
{
    if (!s)
        return;
    size_t n = s->n_match_labels + s->n_match_expressions;
    struct kc_requirement *v = kc_arena_array(a, n, sizeof(*v));

    add_match(v, s->match_labels, s->n_match_labels);
    for (size_t i = 0; i < s->n_match_expressions; i++) {
        const Pb__LabelSelectorRequirement *e = s->match_expressions[i];
        v[s->n_match_labels + i] = (struct kc_requirement){e->key, e->operator_, join(a, e->values, e->n_values)};
    }
    ret->selector = v;
    ret->n_selector = count(n);
    ret->selects = true;
}

bool kc_read_condition(Pb__Condition *const *v, size_t n, const char *type, const char *status)
{
    for (size_t i = 0; i < n; i++)
        if (v[i]->type && v[i]->status && KC_STREQ(v[i]->type, type))
            return KC_STREQ(v[i]->status, status);
    return false;
}

void kc_read_node(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__Node *node = (const Pb__Node *)m;
    size_t n = node->status ? node->status->n_conditions : 0;
    Pb__Condition *const *v = n ? node->status->conditions : NULL;

    (void)a;
    ret->status = kc_read_condition(v, n, "Ready", "True") ? "Ready" : "NotReady";
    ret->unschedulable = node->spec && node->spec->unschedulable;
}

void kc_read_namespace(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__Namespace *ns = (const Pb__Namespace *)m;

    (void)a;
    ret->status = ns->status ? ns->status->phase : NULL;
}

void kc_read_service(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret)
{
    const Pb__Service *s = (const Pb__Service *)m;

    if (s->spec)
        kc_read_match(a, s->spec->selector, s->spec->n_selector, ret);
}
