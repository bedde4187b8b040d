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

static void add_flag(struct arguments *args, const char *name, const char *value)
{
    for (size_t i = 0; i < args->n_flags; i++)
        if (KC_STREQ(args->flags[i].name, name))
            return;
    if (args->n_flags < MAX_ARGUMENTS)
        args->flags[args->n_flags++] = (struct kc_flag_value){name, value};
}

/* The target that the verb works on: what was chosen, but for a verb that makes something new of it, or that looks at
 * other objects which speak of it. */
static bool target_for(struct kc_arena *a, const struct kc_verb *verb, const struct kc_object *o,
                       const struct kc_plan_input *in, struct arguments *args, struct kc_target *ret,
                       struct kc_err *err)
{
    const char *typed = kc_arena_printf(a, "%s/%s", kc_or(o->mapping->singular, o->mapping->resource), o->name);

    if (verb->applies && !verb->applies(o->mapping))
        return kc_fail(err, KC_INVALID, "TypeNotApplicable", "%s %s cannot be %s", o->mapping->kind, o->name,
                       kc_or(verb->participle, "used"));
    if (verb->shape != KC_SHAPE_NEW && verb->shape != KC_SHAPE_NONE) {
        *ret = kc_target_of(o->mapping, o->ns, o->name);
        return true;
    }
    const struct kc_mapping *other = kc_restmap_find(in->inventory->restmap, verb->type);
    if (!other)
        return kc_fail(err, KC_INVALID, "UnknownType", "%s: the server has no %s", verb->name, verb->type);
    bool new = verb->shape == KC_SHAPE_NEW;
    *ret = kc_target_of(other, o->ns, new ? kc_arena_printf(a, "%.48s-manual", o->name) : "");
    const char *flag = new ? "from" : "for";
    if (kc_verb_flag(verb, flag, strlen(flag)))
        add_flag(args, flag, typed);
    return true;
}

/* What is planned has to be a command that could have been typed, word for word. */
static bool could_be_typed(struct kc_arena *a, const struct kc_action *act, const struct kc_plan_input *in,
                           struct kc_err *err)
{
    const struct kc_kubectl_context c = {.restmap = in->inventory->restmap, .default_namespace = act->target.ns};
    const char *command = kc_kubectl_render(a, act, in->inventory->restmap);
    struct kc_actions again;

    if (!kc_kubectl_parse(a, command, &c, &again, err))
        return false;
    return (again.n == 1 && kc_action_equal(act, &again.v[0])) ||
           kc_fail(err, KC_INVALID, "BadArguments", "%s cannot be written as a command", command);
}

static bool read_step(struct kc_arena *a, const json_t *step, const struct kc_ai_prompt *p,
                      const struct kc_plan_input *in, struct kc_planned_step *ret, struct kc_err *err)
{
    const char *verb_name = kc_or(kc_json_str(step, "verb"), ""), *shown = kc_or(kc_json_str(step, "target"), "");
    const struct kc_verb *verb = kc_verb_find(verb_name);
    const struct kc_object *o = target_of(p, shown);
    struct arguments args;
    struct kc_target target;

    if (!verb || !kc_ai_offers(verb))
        return kc_fail(err, KC_INVALID, "UnknownVerb", "verb: \"%.40s\" is none of those listed", verb_name);
    if (!o)
        return kc_fail(err, KC_INVALID, "UnknownTarget", "target: \"%.120s\" is none of the objects listed", shown);
    if (!read_arguments(a, json_object_get(step, "arguments"), &args, err) ||
        !target_for(a, verb, o, in, &args, &target, err) ||
        !kc_action_make(a, verb->name, &target, args.flags, args.n_flags, args.operands, args.n_operands, &ret->action,
                        err) ||
        !could_be_typed(a, &ret->action, in, err))
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
