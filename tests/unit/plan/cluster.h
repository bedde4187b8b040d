/* cluster: the objects that the prompts are about (cluster.json: several namespaces, names that are words and names
 * that two objects have, pods in every state; night.json: a shop at night) and files of prompts.
 *
 * A file has one prompt a line, and below it, indented, what has to come of it: the kubectl commands in their order; or
 * "?" for a question, with the candidates when any have to be offered; or "!" for a refusal. "#" begins a comment, "@"
 * says the namespaces of the prompts that follow.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "controller/action/kubectl.h"
#include "controller/plan/planner.h"

#define CLUSTER_DIR KC_SOURCE_DIR "/tests/unit/plan/"
#define CLUSTER_NOW INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

struct prompt {
    const char *text, *where; /* where: "reads.txt:12" */
    struct kc_strs namespaces, expected;
};
struct prompts {
    struct prompt *v;
    size_t n;
};

static inline const struct kc_inventory *cluster_inventory(struct kc_arena *a, const char *file)
{
    struct kc_inventory *inv = kc_arena_alloc(a, sizeof *inv);
    struct kc_err err = {0};
    json_error_t wrong;
    json_t *objects = json_load_file(kc_arena_printf(a, CLUSTER_DIR "%s", file), 0, &wrong);
    if (!objects)
        fail_msg("%s:%d: %s", file, wrong.line, wrong.text);
    inv->restmap = kc_restmap_offline(a, objects);
    if (!kc_inventory_add(a, inv, objects, NULL, &err))
        fail_msg("%s: %s", file, err.message);
    json_decref(objects);
    return inv;
}

static inline struct kc_strs cluster_words(struct kc_arena *a, const char *line)
{
    struct kc_strs out = {.v = kc_arena_array(a, strlen(line) + 1, sizeof *out.v)};
    for (const char *p = line + strspn(line, " "); *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        out.v[out.n++] = kc_arena_strndup(a, p, len);
        p += len;
    }
    return out;
}

/* Appends the prompts of a file in prompts/. */
static inline void cluster_prompts(struct kc_arena *a, const char *file, struct prompts *ret)
{
    char line[8192];
    struct kc_strs namespaces = {0};
    FILE *f = fopen(kc_arena_printf(a, CLUSTER_DIR "prompts/%s", file), "r");
    if (!f)
        fail_msg("prompts/%s cannot be read", file);
    for (size_t number = 1; fgets(line, sizeof line, f); number++) {
        line[strcspn(line, "\n")] = '\0';
        struct prompt *last = ret->n ? &ret->v[ret->n - 1] : NULL;
        if (line[0] == '@') {
            namespaces = cluster_words(a, line + 1);
        } else if (line[0] == ' ' && last) {
            last->expected.v[last->expected.n++] = kc_arena_strdup(a, line + strspn(line, " "));
        } else if (line[0] && line[0] != '#') {
            struct prompt *v = kc_arena_array(a, ret->n + 1, sizeof *v);
            if (ret->n)
                memcpy(v, ret->v, ret->n * sizeof *v);
            ret->v = v;
            v[ret->n++] = (struct prompt){.text = kc_arena_strdup(a, line),
                                          .where = kc_arena_printf(a, "%s:%zu", file, number),
                                          .namespaces = namespaces,
                                          .expected.v = kc_arena_array(a, KC_MAX_STEPS + 1, sizeof(char *))};
        }
    }
    (void)fclose(f);
}

static inline struct kc_plan_input cluster_input(const struct kc_inventory *inv, const struct prompt *p)
{
    return (struct kc_plan_input){
        .prompt = p->text, .namespaces = p->namespaces, .inventory = inv, .now_ms = CLUSTER_NOW};
}

static const struct {
    const char *inventory, *prompts;
} cluster_files[] = {
    {"cluster.json", "scale.txt"},   {"cluster.json", "reads.txt"},  {"cluster.json", "changes.txt"},
    {"cluster.json", "refused.txt"}, {"cluster.json", "styles.txt"}, {"cluster.json", "traps.txt"},
    {"night.json", "night.txt"},     {"night.json", "tickets.txt"},  {"night.json", "hazards.txt"},
    {"night.json", "handover.txt"},  {"night.json", "oncall.txt"},
};
#define CLUSTER_FILES (sizeof cluster_files / sizeof *cluster_files)
