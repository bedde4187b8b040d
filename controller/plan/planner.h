/* planner: plain words -> actions, by the built-in planner: no model, no I/O, no memory of earlier requests.
 *
 * The vocabulary is data (vocabulary.c). Every word of the prompt is either understood or known to carry no meaning;
 * a word that is neither, a name that is unknown or matches twice, a negation or a condition becomes a question with
 * candidates, never a guess. reason says which words decided.
 */
#pragma once

#include "controller/plan/inventory.h"

struct kc_names;

enum kc_outcome { KC_PLAN_MADE, KC_PLAN_QUESTION, KC_PLAN_REFUSED };

/* What people see as one step may be several changes, its parts (controller/action/record.h): they stand one after the
 * other and have the same group. */
struct kc_planned_step {
    struct kc_action action;
    const char *reason;
    size_t group;
    const char *part;  /* "evict pod/shop/web-1"; NULL: the step itself, which is a group of its own */
    const char *whole; /* of a group's first part: the group's command; NULL elsewhere */
    const char *about; /* of a group's first part: what there is to know of the whole; NULL: nothing more */
    bool all;          /* of a group's first part: they are all there are (record.h) */
};

struct kc_planned {
    enum kc_outcome outcome;
    struct kc_planned_step *steps;
    size_t n_steps;
    const char *question;      /* KC_PLAN_QUESTION, KC_PLAN_REFUSED: what to tell the person */
    struct kc_strs candidates; /* "deployment/shop/checkout" */
};

/* What a part is called: "delete pod/shop/web-1". */
const char *kc_planned_part(struct kc_arena *a, const struct kc_action *act);
/* One past the last step of the group that begins at first. */
size_t kc_planned_group_end(const struct kc_planned *p, size_t first);
/* How many steps people see. */
size_t kc_planned_groups(const struct kc_planned *p);

/* In which wave each step may be previewed: 0 for what no earlier step has to do with, else one more than the latest
 * wave of the earlier steps on the same object. Steps of one wave are independent of each other. Returns the number of
 * waves; ret has n_steps numbers. */
size_t kc_planned_waves(struct kc_arena *a, const struct kc_planned *p, size_t **ret);

struct kc_plan_input {
    const char *prompt;
    struct kc_strs namespaces; /* where to look; the first is the default */
    const struct kc_inventory *inventory;
    const struct kc_names *names; /* what kc_plan_words found of the words; NULL */
    int64_t now_ms;               /* since 1970, for ages and the names that are chosen; 0: the clock says */
};

/* Never fails: what cannot be planned is a question or a refusal. */
void kc_plan_words(struct kc_arena *a, const struct kc_plan_input *in, struct kc_planned *ret);
/* spec.commands: parsed strictly, targets looked up in the inventory; one that does not exist is a question, unless an
 * earlier command makes it, or its namespace (action/succession.h). */
void kc_plan_commands(struct kc_arena *a, const struct kc_strs *commands, const struct kc_plan_input *in,
                      struct kc_planned *ret);
/* Of the namespaces those that have to be there: not one that a command makes. */
struct kc_strs kc_plan_namespaces_there(struct kc_arena *a, const struct kc_strs *commands,
                                        const struct kc_strs *namespaces, const struct kc_restmap *restmap);
