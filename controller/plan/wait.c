/* "wait until web is ready": a wait is a step of the plan; what is asked for behind it is done once it is over, and not
 * at all when it fails. */
#include <string.h>

#include "controller/plan/frame.h"

/* What says of each type that it has come so far. */
static const struct {
    const char *kind;
    enum kc_state state;
    const char *goal;
} goals[] = {
    {"Job", KC_STATE_FAILED, "condition=Failed"},
    {"Job", KC_STATE_NONE, "condition=Complete"},
    {"Pod", KC_STATE_COMPLETED, "jsonpath={.status.phase}=Succeeded"},
    {"Pod", KC_STATE_FAILED, "jsonpath={.status.phase}=Failed"},
    {"Pod", KC_STATE_RUNNING, "jsonpath={.status.phase}=Running"},
    {"Pod", KC_STATE_NONE, "condition=Ready"},
    {"Node", KC_STATE_NONE, "condition=Ready"},
    {"Deployment", KC_STATE_NONE, "condition=Available"},
};

/* States that are the other end of what is waited for by default. */
static bool is_end(enum kc_state s)
{
    return s == KC_STATE_FAILED || s == KC_STATE_FAILING || s == KC_STATE_NOT_RUNNING || s == KC_STATE_NOT_READY ||
           s == KC_STATE_CRASHING;
}

static enum kc_state state_of(const struct kc_clause *c)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part == KC_W_STATE)
            return c->slots[i]->word->state;
    return KC_STATE_NONE;
}

/* How many replicas it has, or will have by an earlier step of this plan. */
static int64_t replicas_of(const struct kc_reading *r, const struct kc_object *o)
{
    int64_t n = o->replicas;
    for (size_t i = 0; i < r->ret->n_steps; i++) {
        const struct kc_action *act = &r->ret->steps[i].action;
        const char *to = kc_action_flag(act, "replicas");
        if (to && KC_STREQ(act->verb->name, "scale") && KC_STREQ(act->target.kind, o->mapping->kind) &&
            KC_STREQ(act->target.name, o->name) && KC_STREQ(act->target.ns, o->ns))
            n = strtoll(to, NULL, 10);
    }
    return n;
}

/* NULL: nothing that can be waited for is known. */
static const char *goal_of(const struct kc_reading *r, const struct kc_clause *c, enum kc_state state,
                           const struct kc_object *o)
{
    if (c->hints & KC_H_GONE || state == KC_STATE_TERMINATING)
        return "delete";
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++)
        if (KC_STREQ(goals[i].kind, o->mapping->kind) &&
            (goals[i].state == state || (goals[i].state == KC_STATE_NONE && !is_end(state))))
            return goals[i].goal;
    return o->mapping->scalable && replicas_of(r, o) > 0 && !is_end(state)
               ? kc_arena_printf(r->a, "jsonpath={.status.readyReplicas}=%lld", (long long)replicas_of(r, o))
               : NULL;
}

void kc_plan_wait(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_lexeme *patience = kc_clause_slot(c, KC_SLOT_SINCE);
    struct kc_pick pick = {.verb = kc_verb_find(f->verb), .owned = true, .likeliest = true, .reads = true};
    struct kc_clause clause = *c;
    struct kc_chosen chosen;
    enum kc_state state = state_of(c);
    clause.n_slots = 0; /* what is waited for chooses nothing */
    clause.slots = kc_arena_array(r->a, c->n_slots + 1, sizeof *clause.slots);
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->part != KC_W_STATE)
            clause.slots[clause.n_slots++] = c->slots[i];
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n && !kc_reading_done(r); i++) {
        const char *goal = goal_of(r, c, state, chosen.v[i]);
        struct kc_flag_value flags[] = {{"for", goal}, {"timeout", patience ? patience->text : NULL}};
        if (goal)
            kc_frame_step_on(r, f->verb, c, chosen.v[i], flags, 2, NULL, "");
        else
            kc_answer_ask(r->a, r->ret, "\"%s\": what should be waited for? Say kubectl wait %s --for=condition=NAME",
                          kc_reading_quote(r, c->at, c->end), kc_object_show(r->a, chosen.v[i]));
    }
}
