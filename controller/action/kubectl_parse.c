/* The types and names of a command, looked up: one action for each. */
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/manifest.h"

#define MAX_TYPES_LISTED 12

/* One target as it was typed; type NULL: the verb's own, name "": all of the type. */
struct typed {
    const char *type, *name;
    const struct kc_manifest_object *object; /* of a manifest, instead of the two; NULL: none */
};

static bool type_checked(const struct kc_command *c, const char *type, struct kc_err *err)
{
    if (strchr(type, ','))
        return kc_fail(err, KC_INVALID, "BadTarget", "%.64s: one type at a time: write each target as TYPE/NAME", type);
    if (KC_STREQ(type, "all") && c->verb->shape != KC_SHAPE_TYPED)
        return kc_fail(err, KC_INVALID, "BadTarget", "all: objects are named one by one: write TYPE/NAME");
    return kc_object_name_valid(type) || kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not a type", type);
}

static bool checked(const struct kc_command *c, const struct typed *t, struct kc_err *err)
{
    if (t->type && !type_checked(c, t->type, err))
        return false;
    if (t->type && KC_STREQ(t->type, "all"))
        return kc_fail(err, KC_INVALID, "BadTarget", "all/%.64s: all is no type: write TYPE/NAME", t->name);
    if (strchr(t->name, ','))
        return kc_fail(err, KC_INVALID, "BadTarget", "%.64s: names are separated by spaces", t->name);
    if (!kc_object_name_valid(t->name) || (*t->name == '-' && c->verb->type))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s %.64s: \"%.64s\" is not an object's name",
                       c->verb->name, kc_or(t->type, ""), t->name);
    return true;
}

static bool missing(const struct kc_command *c, struct kc_err *err)
{
    const struct kc_strs *w = &c->words;
    return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: the object is missing: write TYPE/NAME%s%.64s",
                   c->verb->name, w->n ? ", not only " : "", w->n ? w->v[0] : "");
}

static bool too_many(const struct kc_command *c, size_t n, struct kc_err *err)
{
    return kc_fail(err, KC_INVALID, "BadTarget",
                   "kubectl %s: %zu objects in one command, at most %d are planned at once", c->verb->name, n,
                   KC_MAX_PARTS);
}

struct typed_list {
    struct typed *v;
    size_t n;
};

/* "pod/web" as type and name; a word without slash is a name. */
static struct typed split_slash(struct kc_arena *a, const char *word, const char *type)
{
    const char *slash = strchr(word, '/');
    return slash ? (struct typed){kc_arena_strndup(a, word, (size_t)(slash - word)), slash + 1, NULL}
                 : (struct typed){type, word, NULL};
}

/* TYPE/NAME ... or TYPE NAME ..., never mixed. */
static bool typed_names(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    const struct kc_strs *w = &c->words;
    bool joined = w->n && strchr(w->v[0], '/') != NULL;
    size_t first = joined ? 0 : 1, n = w->n > first ? w->n - first : 0;
    if (!n)
        return missing(c, err);
    if (n > KC_MAX_PARTS)
        return too_many(c, n, err);
    *ret = (struct typed_list){kc_arena_array(a, n, sizeof *ret->v), n};
    for (size_t i = 0; i < n; i++) {
        const char *word = w->v[first + i];
        if ((strchr(word, '/') != NULL) != joined)
            return kc_fail(err, KC_INVALID, "BadTarget",
                           "%.64s: write every target as TYPE/NAME, or one TYPE and then names", word);
        ret->v[i] = split_slash(a, word, w->v[0]);
        if (!checked(c, &ret->v[i], err))
            return false;
    }
    return true;
}

/* The same, or TYPE[,TYPE...] alone for all of them. */
static bool types_or_names(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    const struct kc_strs *w = &c->words;
    if (w->n != 1 || strchr(w->v[0], '/'))
        return typed_names(a, c, ret, err);
    size_t n = 1;
    for (const char *p = w->v[0]; *p; p++)
        n += *p == ',';
    if (n > KC_MAX_STEPS)
        return too_many(c, n, err);
    *ret = (struct typed_list){kc_arena_array(a, n, sizeof *ret->v), n};
    const char *p = w->v[0];
    for (size_t i = 0; i < n; i++, p += strcspn(p, ",") + 1) {
        ret->v[i] = (struct typed){kc_arena_strndup(a, p, strcspn(p, ",")), "", NULL};
        if (!type_checked(c, ret->v[i].type, err))
            return false;
    }
    return true;
}

/* TYPE[,TYPE...] of a command that selects; of a verb with a type of its own nothing. */
static bool selected_types(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    static struct typed own = {NULL, "", NULL};
    size_t n = c->verb->shape == KC_SHAPE_NAMES ? 0 : 1;
    *ret = (struct typed_list){&own, 1};
    if (c->words.n > n || (n && c->words.n && strchr(c->words.v[0], '/')))
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s %.64s: names and a selection: which one is meant?",
                       c->verb->name, c->words.v[n && !strchr(c->words.v[0], '/') ? 1 : 0]);
    return n == 0 || types_or_names(a, c, ret, err);
}

/* NAME ... of the verb's own type, or TYPE/NAME; at_most of them. */
static bool own_names(struct kc_arena *a, const struct kc_command *c, size_t at_most, struct typed_list *ret,
                      struct kc_err *err)
{
    const struct kc_strs *w = &c->words;
    if (!w->n)
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: the name is missing: write kubectl %s NAME",
                       c->verb->name, c->verb->name);
    if (w->n > at_most && c->verb->takes_command)
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "kubectl %s: %.64s: write -- before the command: kubectl %s NAME -- COMMAND", c->verb->name,
                       w->v[at_most], c->verb->name);
    if (w->n > at_most)
        return at_most > 1 ? too_many(c, w->n, err)
                           : kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: one name, and nothing after it: %.64s",
                                     c->verb->name, w->v[1]);
    *ret = (struct typed_list){kc_arena_array(a, w->n, sizeof *ret->v), w->n};
    for (size_t i = 0; i < w->n; i++) {
        ret->v[i] = split_slash(a, w->v[i], NULL);
        if (!checked(c, &ret->v[i], err))
            return false;
    }
    return true;
}

/* TYPE or TYPE.FIELD..., as it was typed: which is which only the server's types tell. */
static bool typed_field(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    if (c->words.n != 1)
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "kubectl %s: one TYPE or TYPE.FIELD, such as deployment.spec.replicas", c->verb->name);
    if (!kc_object_name_valid(c->words.v[0]) || strchr(c->words.v[0], ','))
        return kc_fail(err, KC_INVALID, "BadTarget", "\"%.64s\" is not a type", c->words.v[0]);
    *ret = (struct typed_list){kc_arena_array(a, 1, sizeof *ret->v), 1};
    ret->v[0] = (struct typed){c->words.v[0], "", NULL};
    return true;
}

/* TYPE or TYPE/NAME behind the verb; nothing where the operands say it all. */
static bool typed_right(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    if (c->words.n == 0)
        return c->operands.n != 1 ||
               kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s %.64s: what? Write TYPE, TYPE/NAME or /URL",
                       c->verb->name, c->operands.v[0]);
    if (c->words.n > 1)
        return kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s: a verb and one TYPE or TYPE/NAME: %.64s is too much",
                       c->verb->name, c->words.v[1]);
    *ret = (struct typed_list){kc_arena_array(a, 1, sizeof *ret->v), 1};
    ret->v[0] = split_slash(a, c->words.v[0], NULL);
    if (strchr(c->words.v[0], '/'))
        return checked(c, &ret->v[0], err);
    ret->v[0] = (struct typed){c->words.v[0], "", NULL};
    return type_checked(c, c->words.v[0], err);
}

static bool nothing(const struct kc_command *c, struct kc_err *err)
{
    return c->words.n == 0 || kc_fail(err, KC_INVALID, "BadTarget", "kubectl %s %.64s: no object is named here",
                                      c->verb->name, c->words.v[0]);
}

static const char *flag(const struct kc_command *c, const char *name)
{
    return kc_action_flag(&(struct kc_action){.verb = c->verb, .flags = c->flags}, name);
}

/* The objects of the manifest on standard input. */
static bool manifest_targets(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    struct kc_manifest m;
    if (c->words.n)
        return kc_fail(err, KC_INVALID, "BadTarget",
                       "kubectl %s %.64s: the manifest says which objects are meant: name none beside it",
                       c->verb->name, c->words.v[0]);
    if (!kc_manifest_read(a, c->input, &m, err))
        return false;
    *ret = (struct typed_list){kc_arena_array(a, m.n, sizeof *ret->v), m.n};
    for (size_t i = 0; i < m.n; i++)
        ret->v[i].object = &m.v[i];
    return true;
}

static bool split_targets(struct kc_arena *a, const struct kc_command *c, struct typed_list *ret, struct kc_err *err)
{
    static struct typed any = {NULL, "", NULL};
    *ret = (struct typed_list){&any, 1};
    if (c->input)
        return manifest_targets(a, c, ret, err);
    const struct kc_selection *selection;
    if (!kc_command_selection(a, c, &selection, err))
        return false;
    if (selection)
        return selected_types(a, c, ret, err);
    switch (c->verb->shape) {
    case KC_SHAPE_TARGETS:
        if (c->verb->name_apart && c->words.n && strchr(c->words.v[0], '/'))
            return kc_fail(err, KC_INVALID, "BadTarget", "%.64s: kubectl %s wants the type and the name as two words",
                           c->words.v[0], c->verb->name);
        return typed_names(a, c, ret, err);
    case KC_SHAPE_TYPED:
        return types_or_names(a, c, ret, err);
    case KC_SHAPE_NAMES:
        return own_names(a, c, KC_MAX_PARTS, ret, err);
    case KC_SHAPE_NEW:
        if (c->words.n == 1 && strchr(c->words.v[0], '/'))
            return kc_fail(err, KC_INVALID, "BadTarget", "%.64s: write the new object's name alone", c->words.v[0]);
        return own_names(a, c, 1, ret, err);
    case KC_SHAPE_POD:
        return (!c->words.n && flag(c, "selector")) || own_names(a, c, 1, ret, err);
    case KC_SHAPE_FIELD:
        return typed_field(a, c, ret, err);
    case KC_SHAPE_RIGHT:
        return typed_right(a, c, ret, err);
    case KC_SHAPE_NONE:
    case KC_SHAPE_MANIFEST:
        break;
    }
    return nothing(c, err);
}

bool kc_unknown_type(const struct kc_restmap *m, const char *type, struct kc_err *err)
{
    for (size_t i = 0; i < m->n; i++)
        if (kc_edit_distance(type, m->v[i].resource, 2) <= 2 ||
            kc_edit_distance(type, kc_or(m->v[i].singular, m->v[i].kind), 2) <= 2)
            return kc_fail(err, KC_INVALID, "UnknownType", "the server has no type \"%.64s\"; did you mean %s?", type,
                           m->v[i].resource);
    return kc_fail(err, KC_INVALID, "UnknownType", "the server has no type \"%.64s\"", type);
}

static bool wrong_type(const struct kc_verb *verb, const struct kc_restmap *m, const struct kc_mapping *type,
                       struct kc_err *err)
{
    KC_BUF_SCOPE can = {0};
    size_t n = 0;
    for (size_t i = 0; i < m->n && n < MAX_TYPES_LISTED; i++)
        if (m->v[i].preferred && verb->applies(&m->v[i]))
            kc_buf_printf(&can, "%s%s", n++ ? ", " : "", m->v[i].resource);
    return kc_fail(err, KC_INVALID, "TypeNotApplicable", "%s cannot be %s; what can: %s", type->resource,
                   verb->participle, kc_or(kc_buf_str(&can), "nothing that this server has"));
}

static bool place(const struct kc_command *c, const struct kc_kubectl_context *x, const struct typed *t,
                  const struct kc_mapping *m, const char **ret, struct kc_err *err)
{
    bool everywhere = flag(c, "all-namespaces") || c->selected[KC_SELECTION_FLAGS - 1];
    *ret = everywhere ? "" : kc_or(c->ns, x->default_namespace);
    if (everywhere && *t->name)
        return kc_fail(err, KC_INVALID, "BadFlag", "--all-namespaces: %.64s is in one: --namespace=NAME", t->name);
    if (everywhere && c->ns)
        return kc_fail(err, KC_INVALID, "BadFlag", "--namespace=%s and --all-namespaces: which one is meant?", c->ns);
    if (m->namespaced && !everywhere && !*kc_or(*ret, ""))
        return kc_fail(err, KC_INVALID, "MissingFlag", "%s/%s: say in which namespace: --namespace=NAME",
                       kc_or(t->type, m->resource), t->name);
    if (!m->namespaced && c->ns)
        return kc_fail(err, KC_INVALID, "BadFlag", "--namespace=%s: %s are in no namespace: leave it out", c->ns,
                       m->resource);
    return true;
}

/* A type whose group, where one is written, is written whole: "deployments.a" is a field of deployments. */
static const struct kc_mapping *find_whole(struct kc_arena *a, const struct kc_restmap *types, const char *word)
{
    const struct kc_mapping *m = kc_restmap_find(types, word);
    const char *dot = strchr(word, '.');
    if (!m || !dot || KC_STREQ(dot + 1, kc_or(m->group, "")))
        return m;
    return KC_STREQ(dot + 1, kc_arena_printf(a, "%s.%s", m->version, kc_or(m->group, ""))) ? m : NULL;
}

/* The longest beginning of "deployments.apps.spec.replicas" that is a type; the rest is the field. */
static bool resolve_field(struct kc_arena *a, const struct kc_command *c, const struct kc_kubectl_context *x,
                          const char *word, struct kc_action *act, struct kc_err *err)
{
    const struct kc_mapping *m = NULL;
    size_t len = strlen(word);
    if (c->ns)
        return kc_fail(err, KC_INVALID, "BadFlag", "--namespace=%s: types are in no namespace: leave it out", c->ns);
    while (!(m = find_whole(a, x->restmap, kc_arena_strndup(a, word, len))) && strcspn(word, ".") < len)
        while (word[--len] != '.')
            ;
    if (!m)
        return kc_unknown_type(x->restmap, kc_arena_strndup(a, word, len), err);
    act->target = kc_target_of(m, "", "");
    act->operands =
        (struct kc_strs){.v = kc_arena_array(a, 1, sizeof *act->operands.v), .n = word[len] && word[len + 1]};
    if (act->operands.n)
        act->operands.v[0] = word + len + 1;
    return true;
}

/* Nothing of the server's types is named: what is in a namespace is that of the command. */
static bool resolve_none(const struct kc_command *c, const struct kc_kubectl_context *x, struct kc_action *act,
                         struct kc_err *err)
{
    bool placed = c->verb->shape == KC_SHAPE_RIGHT && flag(c, "all-namespaces") == NULL;
    if (c->ns && !placed)
        return kc_fail(err, KC_INVALID, "BadFlag", "--namespace=%s: this is about the whole cluster: leave it out",
                       c->ns);
    act->target.ns = placed ? kc_or(c->ns, x->default_namespace) : "";
    return true;
}

/* kubectl's rules: --namespace and the manifest have to agree; what neither says is the default. */
static bool place_object(const struct kc_command *c, const struct kc_kubectl_context *x,
                         const struct kc_manifest_object *o, const struct kc_mapping *m, const char **ret,
                         struct kc_err *err)
{
    *ret = *o->ns ? o->ns : kc_or(c->ns, kc_or(x->default_namespace, ""));
    if (!m->namespaced && *o->ns)
        return kc_fail(err, KC_INVALID, "BadManifest",
                       "%s %s: metadata.namespace: %s are in no namespace: leave it out", o->kind, o->name,
                       m->resource);
    if (!m->namespaced)
        *ret = "";
    if (*o->ns && c->ns && !KC_STREQ(o->ns, c->ns))
        return kc_fail(err, KC_INVALID, "BadManifest",
                       "%s %s: metadata.namespace is \"%s\", and --namespace=%s: which one is meant?", o->kind, o->name,
                       o->ns, c->ns);
    return !m->namespaced || **ret ||
           kc_fail(err, KC_INVALID, "MissingFlag", "%s %s: say in which namespace: metadata.namespace", o->kind,
                   o->name);
}

static bool resolve_object(struct kc_arena *a, const struct kc_command *c, const struct kc_kubectl_context *x,
                           const struct kc_manifest_object *o, struct kc_action *act, struct kc_err *err)
{
    const struct kc_mapping *m;
    const char *ns;
    if (!kc_manifest_mapping(x->restmap, o, &m, err))
        return false;
    if (c->verb->applies && !c->verb->applies(m))
        return wrong_type(c->verb, x->restmap, m, err);
    if (!place_object(c, x, o, m, &ns, err))
        return false;
    act->target = kc_target_of(m, ns, o->name);
    if (c->verb->input == KC_INPUT_OBJECT)
        act->input = kc_manifest_input(a, o->object, ns);
    return true;
}

static bool resolve(struct kc_arena *a, const struct kc_command *c, const struct kc_kubectl_context *x,
                    const struct typed *t, struct kc_action *act, struct kc_err *err)
{
    if (t->object)
        return resolve_object(a, c, x, t->object, act, err);
    const char *type = t->type ? t->type : c->verb->type, *ns;
    if (c->verb->shape == KC_SHAPE_FIELD)
        return resolve_field(a, c, x, type, act, err);
    if (!type)
        return resolve_none(c, x, act, err);
    const struct kc_mapping *m = kc_restmap_find(x->restmap, type);
    if (!m)
        return kc_unknown_type(x->restmap, type, err);
    if (c->verb->applies && !c->verb->applies(m))
        return wrong_type(c->verb, x->restmap, m, err);
    if (t->type && c->verb->type && c->verb->shape == KC_SHAPE_NAMES && m != kc_restmap_find(x->restmap, c->verb->type))
        return kc_fail(err, KC_INVALID, "TypeNotApplicable", "%s cannot be %s; what can: %s", m->resource,
                       c->verb->participle, c->verb->type);
    if (!place(c, x, t, m, &ns, err))
        return false;
    act->target = kc_target_of(m, ns, t->name);
    return true;
}

static bool in_category(const struct kc_mapping *m, const char *category)
{
    return m->preferred && kc_strs_has(&m->categories, category);
}

/* "all", and other categories: a target for each type that is in it, in the server's order. */
static bool expand_categories(struct kc_arena *a, const struct kc_command *c, const struct kc_restmap *m,
                              struct typed_list *targets, struct kc_err *err)
{
    struct typed_list out = {kc_arena_array(a, KC_MAX_STEPS, sizeof *out.v), 0};
    for (size_t i = 0; i < targets->n; i++) {
        const struct typed *t = &targets->v[i];
        bool plain = !t->type || *t->name || kc_restmap_find(m, t->type);
        size_t before = out.n;
        for (size_t j = 0; j < (plain ? 1 : m->n); j++) {
            if (!plain && !in_category(&m->v[j], t->type))
                continue;
            if (out.n == KC_MAX_STEPS)
                return too_many(c, out.n + 1, err);
            out.v[out.n++] = plain ? *t : (struct typed){kc_type_name(a, &m->v[j], m), "", NULL};
        }
        if (out.n == before)
            return kc_unknown_type(m, t->type, err);
    }
    *targets = out;
    return true;
}

static bool named_before(const struct kc_action *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (kc_target_equal(&v[i].target, &v[n].target))
            return true;
    return false;
}

/* Without the target. */
static bool read_action(struct kc_arena *a, const char *command, struct kc_command *cmd, struct typed_list *targets,
                        struct kc_action *ret, struct kc_err *err)
{
    static const struct kc_target none = {"", "", "", "", "", ""};
    if (!kc_command_read(a, command, cmd, err))
        return false;
    *ret = (struct kc_action){.verb = cmd->verb, .target = none, .flags = cmd->flags, .operands = cmd->operands};
    if (!kc_command_selection(a, cmd, &ret->selection, err))
        return false;
    return kc_action_has_all(ret, err) && split_targets(a, cmd, targets, err);
}

bool kc_kubectl_parse(struct kc_arena *a, const char *command, const struct kc_kubectl_context *c,
                      struct kc_actions *ret, struct kc_err *err)
{
    struct kc_command cmd;
    struct kc_action first;
    struct typed_list targets;
    if (!read_action(a, command, &cmd, &targets, &first, err))
        return false;
    if (cmd.verb->shape == KC_SHAPE_TYPED && !expand_categories(a, &cmd, c->restmap, &targets, err))
        return false;
    struct kc_action *v = kc_arena_array(a, targets.n, sizeof *v);
    for (size_t i = 0; i < targets.n; i++) {
        v[i] = first;
        if (!resolve(a, &cmd, c, &targets.v[i], &v[i], err) || !kc_action_agrees(a, &v[i], err))
            return false;
        if (cmd.verb->find_types && !cmd.verb->find_types(a, &v[i], c->restmap, err))
            return false;
        if (named_before(v, i))
            return kc_fail(err, KC_INVALID, "BadTarget", "%s is named twice", kc_target_show(a, &v[i].target));
    }
    if (targets.n > 1 && cmd.verb->together && !cmd.verb->together(a, v, targets.n, err))
        return false;
    *ret = (struct kc_actions){.v = v, .n = targets.n};
    return true;
}

bool kc_commands_fit(const struct kc_strs *commands, struct kc_err *err)
{
    size_t all = 0;
    for (size_t i = 0; i < commands->n; i++)
        all += strlen(commands->v[i]);
    return all <= KC_COMMANDS_MAX ||
           kc_fail(err, KC_INVALID, "TooLarge",
                   "%zu bytes of commands, at most %d are planned at once: make it several requests", all,
                   KC_COMMANDS_MAX);
}

bool kc_kubectl_check(struct kc_arena *a, const char *command, struct kc_err *err)
{
    struct kc_command cmd;
    struct kc_action act;
    struct typed_list targets;
    return read_action(a, command, &cmd, &targets, &act, err) && kc_action_agrees(a, &act, err);
}
