#include "controller/ai/answer.h"

#include <string.h>

#include "controller/action/kubectl.h"

#define MAX_ANSWER    ((size_t)256 * 1024)
#define MAX_ARGUMENTS 16

static const struct kc_object *target_of(const struct kc_ai_prompt *p, const char *shown)
{
    for (size_t i = 0; i < p->n_targets; i++)
        if (KC_STREQ(p->shown[i], shown))
            return p->targets[i];
    return NULL;
}

struct arguments {
    struct kc_flag_value flags[MAX_ARGUMENTS];
    const char *operands[MAX_ARGUMENTS];
    size_t n_flags, n_operands;
};

/* "--replicas=5" is a flag, "web=nginx:1.25" an operand. A flag in two words, as people write it, is none: strict. */
static bool read_arguments(struct kc_arena *a, const json_t *list, struct arguments *ret, struct kc_err *err)
{
    *ret = (struct arguments){0};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = kc_json_str(json_array_get(list, i), "");
        if (!word || !*word)
            return kc_fail(err, KC_INVALID, "BadArguments", "arguments[%zu]: expected a text", i);
        if (ret->n_flags == MAX_ARGUMENTS || ret->n_operands == MAX_ARGUMENTS)
            return kc_fail(err, KC_INVALID, "BadArguments", "more than %d arguments", MAX_ARGUMENTS);
        if (!kc_str_starts(word, "--")) {
            ret->operands[ret->n_operands++] = word;
            continue;
        }
        const char *equals = strchr(word, '=');
        ret->flags[ret->n_flags++] =
            equals ? (struct kc_flag_value){kc_arena_strndup(a, word + 2, (size_t)(equals - word) - 2), equals + 1}
                   : (struct kc_flag_value){word + 2, "true"};
    }
    return true;
}

/* The target that the verb works on: what was chosen, but for a verb that makes something new of it. */
static bool target_for(struct kc_arena *a, const struct kc_verb *verb, const struct kc_object *o,
                       const struct kc_plan_input *in, struct kc_target *ret, struct kc_err *err)
{
    if (verb->applies && !verb->applies(o->mapping))
        return kc_fail(err, KC_INVALID, "TypeNotApplicable", "%s %s cannot be %s", o->mapping->kind, o->name,
                       kc_or(verb->participle, "used"));
    if (verb->shape == KC_SHAPE_NEW) {
        const struct kc_mapping *made = kc_restmap_find(in->inventory->restmap, verb->type);
        if (!made)
            return kc_fail(err, KC_INVALID, "UnknownType", "%s: the server has no %s", verb->name, verb->type);
        *ret = kc_target_of(made, o->ns, kc_arena_printf(a, "%.48s-manual", o->name));
        return true;
    }
    *ret = kc_target_of(o->mapping, o->ns, o->name);
    return true;
}

static bool read_step(struct kc_arena *a, const json_t *step, const struct kc_ai_prompt *p,
                      const struct kc_plan_input *in, struct kc_planned_step *ret, struct kc_err *err)
{
    const char *verb_name = kc_or(kc_json_str(step, "verb"), ""), *shown = kc_or(kc_json_str(step, "target"), "");
    const struct kc_verb *verb = kc_verb_find(verb_name);
    const struct kc_object *o = target_of(p, shown);
    struct arguments args;
    struct kc_target target;

    if (!verb)
        return kc_fail(err, KC_INVALID, "UnknownVerb", "verb: \"%.40s\" is none of those listed", verb_name);
    if (!o)
        return kc_fail(err, KC_INVALID, "UnknownTarget", "target: \"%.120s\" is none of the objects listed", shown);
    if (!read_arguments(a, json_object_get(step, "arguments"), &args, err) ||
        !target_for(a, verb, o, in, &target, err) ||
        !kc_action_make(a, verb->name, &target, args.flags, args.n_flags, args.operands, args.n_operands, &ret->action,
                        err))
        return kc_wrap(err, "%s %s", verb->name, shown);
    ret->reason = "planned by a model from the words of the request";
    return true;
}

bool kc_ai_answer_read(struct kc_arena *a, const char *text, const struct kc_ai_prompt *p,
                       const struct kc_plan_input *in, struct kc_planned *ret, struct kc_err *err)
{
    const json_t *v = kc_json_parse_in(a, text, strlen(text), MAX_ANSWER, "answer", err);
    const json_t *steps = json_object_get(v, "steps");
    const char *ask = v ? kc_or(kc_json_str(v, "ask"), "") : "";
    struct kc_planned planned = {.outcome = KC_PLAN_MADE, .question = ""};

    if (!v)
        return false;
    planned.n_steps = json_array_size(steps);
    if (planned.n_steps > KC_AI_MAX_STEPS)
        return kc_fail(err, KC_INVALID, "TooManySteps", "steps: %zu, at most %d", planned.n_steps, KC_AI_MAX_STEPS);
    if (planned.n_steps == 0) {
        if (!*ask)
            return kc_fail(err, KC_INVALID, "EmptyAnswer", "neither steps nor a question in ask");
        planned.outcome = KC_PLAN_QUESTION;
        planned.question = kc_arena_printf(a, "the model asks: %s", ask);
        *ret = planned;
        return true;
    }
    planned.steps = kc_arena_array(a, planned.n_steps, sizeof *planned.steps);
    for (size_t i = 0; i < planned.n_steps; i++)
        if (!read_step(a, json_array_get(steps, i), p, in, &planned.steps[i], err))
            return kc_wrap(err, "steps[%zu]", i);
    *ret = planned;
    return true;
}

static bool same_step(const struct kc_action *x, const struct kc_action *y)
{
    return kc_target_equal(&x->target, &y->target) && kc_action_equal(x, y);
}

const char *kc_ai_difference(struct kc_arena *a, const struct kc_planned *plan, const struct kc_planned *other,
                             const struct kc_restmap *restmap)
{
    bool same = plan->n_steps == other->n_steps;
    KC_BUF_SCOPE reads = {0};

    for (size_t i = 0; same && i < plan->n_steps; i++)
        same = same_step(&plan->steps[i].action, &other->steps[i].action);
    if (same)
        return NULL;
    for (size_t i = 0; i < other->n_steps; i++)
        kc_buf_printf(&reads, "%s%s", i ? "; " : "", kc_kubectl_render(a, &other->steps[i].action, restmap));
    return kc_arena_strdup(a, kc_buf_str(&reads));
}
