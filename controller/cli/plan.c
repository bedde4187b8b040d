#include "controller/cli/plan.h"

#include <stdio.h>
#include <stdlib.h>

#include "controller/action/kubectl.h"
#include "controller/base/yaml.h"
#include "controller/cli/flags.h"
#include "controller/plan/planner.h"

#define MAX_FILE_BYTES ((size_t)256 << 20)

enum { EXIT_PLANNED = 0, EXIT_ERROR = 1, EXIT_QUESTION = 2, EXIT_REFUSED = 3 };

struct options {
    const char *inventory, *output;
    struct kc_strs namespaces, commands;
    bool help;
};

static const struct {
    const char *name;
    int exit;
} outcomes[] = {
    [KC_PLAN_MADE] = {"Planned", EXIT_PLANNED},
    [KC_PLAN_QUESTION] = {"NeedsClarification", EXIT_QUESTION},
    [KC_PLAN_REFUSED] = {"Refused", EXIT_REFUSED},
};

static const char *const effects[] = {
    [KC_EFFECT_NONE] = "",
    [KC_READ_ONLY] = "ReadOnly",
    [KC_MUTATING] = "Mutating",
    [KC_DESTRUCTIVE] = "Destructive",
};

/* As kubectl does: an object of a file that names no namespace is in the one that is worked in. */
static void place(json_t *object, const struct kc_restmap *map, const char *ns)
{
    size_t i;
    json_t *item;
    json_t *metadata = json_object_get(object, "metadata");
    json_array_foreach(json_object_get(object, "items"), i, item)
    {
        place(item, map, ns);
    }
    const char *api_version = kc_json_str(object, "apiVersion"), *kind = kc_json_str(object, "kind");
    if (!api_version || !kind || !json_is_object(metadata) || json_object_get(metadata, "namespace"))
        return;
    const char *slash = strchr(api_version, '/');
    KC_ARENA_SCOPE(a);
    const char *group = slash ? kc_arena_strndup(a, api_version, (size_t)(slash - api_version)) : "";
    const struct kc_mapping *m = kc_restmap_kind(map, group, kind);
    /* A custom type is known to live in namespaces by its objects that have one. */
    if (m && m->namespaced)
        json_object_set_new(metadata, "namespace", json_string(ns));
}

static bool read_inventory(struct kc_arena *a, const struct options *o, struct kc_inventory *ret, struct kc_err *err)
{
    size_t i;
    json_t *document;
    KC_JSON_SCOPE *documents = kc_yaml_read_file(o->inventory, MAX_FILE_BYTES, err);
    if (!documents)
        return kc_wrap(err, "--inventory");
    *ret = (struct kc_inventory){.restmap = kc_restmap_offline(a, documents)};
    json_array_foreach(documents, i, document)
    {
        place(document, ret->restmap, o->namespaces.v[0]);
        if (!kc_inventory_add(a, ret, document, NULL, err))
            return kc_wrap(err, "--inventory %s: document %zu", o->inventory, i + 1);
    }
    return true;
}

static void print_json(struct kc_arena *a, const struct kc_planned *p, const struct kc_restmap *map)
{
    KC_JSON_SCOPE *steps = json_array();
    KC_JSON_SCOPE *candidates = json_array();
    for (size_t i = 0; i < p->n_steps; i++) {
        const struct kc_planned_step *s = &p->steps[i];
        json_array_append_new(steps, json_pack("{s:s, s:s, s:s}", "command", kc_kubectl_render(a, &s->action, map),
                                               "effect", effects[kc_action_effect(&s->action)], "reason", s->reason));
    }
    for (size_t i = 0; i < p->candidates.n; i++)
        json_array_append_new(candidates, json_string(p->candidates.v[i]));
    KC_JSON_SCOPE *out = json_pack("{s:s, s:O, s:s, s:O}", "outcome", outcomes[p->outcome].name, "steps", steps,
                                   "question", kc_or(p->question, ""), "candidates", candidates);
    json_dumpf(out, stdout, JSON_INDENT(2));
    putchar('\n');
}

static void print_text(struct kc_arena *a, const struct kc_planned *p, const struct kc_restmap *map)
{
    for (size_t i = 0; i < p->n_steps; i++)
        printf("%zu  %s\n   why      %s\n   effect   %s\n", i + 1, kc_kubectl_render(a, &p->steps[i].action, map),
               p->steps[i].reason, effects[kc_action_effect(&p->steps[i].action)]);
    if (p->outcome != KC_PLAN_MADE)
        printf("%s: %s\n", outcomes[p->outcome].name, p->question);
    for (size_t i = 0; i < p->candidates.n; i++)
        printf("  - %s\n", p->candidates.v[i]);
}

static int usage(FILE *to, const struct kc_opt *opts, size_t n)
{
    fprintf(to,
            "usage: kubechat plan --inventory FILE [flags] WORDS\n"
            "       kubechat plan --inventory FILE [flags] --command CMD\n\n"
            "Plans words, or checks stated commands, against a file of Kubernetes objects. Nothing is contacted.\n\n");
    if (to == stdout)
        kc_flags_help(opts, n);
    fprintf(to, "\nexit codes: 0 planned, 1 error, 2 a question is asked back, 3 refused\n");
    return to == stdout ? EXIT_PLANNED : EXIT_ERROR;
}

static bool checked(const struct options *o, const struct kc_strs *words, struct kc_err *err)
{
    if (!o->inventory)
        return kc_fail(err, KC_INVALID, "Usage",
                       "--inventory FILE is needed: the objects to plan with (\"-\": standard input)");
    if (o->output && !KC_STREQ(o->output, "json"))
        return kc_fail(err, KC_INVALID, "Usage", "-o \"%s\": only json", o->output);
    if (words->n && o->commands.n)
        return kc_fail(err, KC_INVALID, "Usage", "give either words or --command, not both");
    return true;
}

/* Words that came as several arguments are one prompt. */
static const char *join(struct kc_arena *a, const struct kc_strs *words)
{
    KC_BUF_SCOPE out = {0};
    for (size_t i = 0; i < words->n; i++)
        kc_buf_printf(&out, "%s%s", i ? " " : "", words->v[i]);
    return kc_arena_strdup(a, kc_buf_str(&out));
}

int kc_cmd_plan(int argc, char **argv)
{
    const char *default_namespaces[] = {"default"};
    KC_ARENA_SCOPE(a);
    struct options o = {0};
    const struct kc_opt opts[] = {
        {"inventory", 'f', KC_OPT_STRING, &o.inventory, false, "FILE",
         "objects to plan with, JSON or YAML (\"-\": standard input)"},
        {"namespace", 'n', KC_OPT_LIST, &o.namespaces, false, "NAME",
         "where to look, the first is the default; repeatable (default: default)"},
        {"command", 0, KC_OPT_REPEAT, &o.commands, false, "CMD", "a kubectl command instead of words; repeatable"},
        {"output", 'o', KC_OPT_STRING, &o.output, false, "FORMAT", "json"},
        {"help", 'h', KC_OPT_BOOL, &o.help, false, NULL, "this text"},
    };
    const size_t n = sizeof opts / sizeof opts[0];
    struct kc_strs words;
    struct kc_inventory inventory;
    struct kc_planned planned;
    struct kc_err err = {0};

    if (!kc_flags_parse(a, argc, argv, opts, n, &words, &err))
        goto failed;
    if (o.help)
        return usage(stdout, opts, n);
    if (!words.n && !o.commands.n)
        return usage(stderr, opts, n);
    if (!o.namespaces.n)
        o.namespaces = (struct kc_strs){.v = default_namespaces, .n = 1};
    if (!checked(&o, &words, &err) || !read_inventory(a, &o, &inventory, &err))
        goto failed;
    struct kc_plan_input in = {.prompt = join(a, &words), .namespaces = o.namespaces, .inventory = &inventory};
    if (o.commands.n)
        kc_plan_commands(a, &o.commands, &in, &planned);
    else
        kc_plan_words(a, &in, &planned);
    if (o.output)
        print_json(a, &planned, inventory.restmap);
    else
        print_text(a, &planned, inventory.restmap);
    return outcomes[planned.outcome].exit;

failed:
    fprintf(stderr, "kubechat plan: %s\n", err.message);
    return EXIT_ERROR;
}
