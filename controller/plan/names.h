/* names: which words of a prompt are names of objects. Private to plan.
 *
 * One pass over the inventory, whatever the number of words; nearly every object is passed over by its first two bytes.
 * Namespaces are left out: their names say where.
 */
#pragma once

#include "controller/plan/inventory.h"
#include "controller/plan/token.h"

#define KC_MAX_KNOWN 64

struct kc_namesakes {
    bool workload; /* one of the objects is something that runs: a workload, a pod, a job */
    bool scalable, cronjob, node;
    bool others;      /* one of them is no node */
    bool pod, no_pod; /* one of them is a pod; one is none */
    const struct kc_object **v;
    size_t n; /* KC_MAX_KNOWN: perhaps more */
};

struct kc_names;

#define KC_NAME_WORDS 3 /* of a name that is written with spaces */
/* The n words from i on with hyphens between them. NULL: they are no words of one name. */
const char *kc_names_join(struct kc_arena *a, const struct kc_tokens *t, size_t i, size_t n);

struct kc_names *kc_names_create(struct kc_arena *a, const struct kc_strs *words, const struct kc_inventory *inv);
/* A container has the name, or its image is called so ("nginx" of "docker.io/library/nginx:1.27"). Only of what has no
 * owner: pods have the containers of their workloads. */
bool kc_names_has_container(const struct kc_names *n, const char *word);
/* NULL: no object has the name, or it was not among the words. */
const struct kc_namesakes *kc_names_find(const struct kc_names *n, const char *word);
