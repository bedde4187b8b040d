#include <ctype.h>
#include <string.h>

#include "controller/action/command.h"
#include "controller/action/manifest.h"
#include "controller/base/digest.h"
#include "controller/base/yaml.h"

#define SHORT_HEX 12 /* digits of a digest that stands for a manifest */

static bool is_type(const struct kc_mapping *m, const struct kc_target *t)
{
    return KC_STREQ(m->resource, t->resource) && KC_STREQ(m->version, t->version) &&
           KC_STREQ(kc_or(m->group, ""), t->group);
}

static const struct kc_mapping *mapping_of(const struct kc_restmap *restmap, const struct kc_target *t)
{
    for (size_t i = 0; i < restmap->n; i++)
        if (is_type(&restmap->v[i], t))
            return &restmap->v[i];
    return NULL;
}

static bool finds(const struct kc_restmap *restmap, const char *type, const struct kc_mapping *m)
{
    return kc_restmap_find(restmap, type) == m;
}

/* A CRD may leave the singular to be the kind in lower case. */
static void put_singular(struct kc_buf *out, const struct kc_mapping *m)
{
    if (*kc_or(m->singular, "")) {
        kc_buf_puts(out, m->singular);
        return;
    }
    for (const char *p = m->kind; *p; p++)
        kc_buf_putc(out, (char)tolower((unsigned char)*p));
}

/* The shortest of TYPE, TYPE.GROUP and TYPE.VERSION.GROUP that finds the type again. */
const char *kc_type_name(struct kc_arena *a, const struct kc_mapping *m, const struct kc_restmap *restmap)
{
    const char *group = kc_or(m->group, "");
    KC_BUF_SCOPE type = {0};
    put_singular(&type, m);
    if (!finds(restmap, kc_buf_str(&type), m)) {
        kc_buf_printf(&type, ".%s", group);
        if (!*group || !finds(restmap, kc_buf_str(&type), m)) {
            kc_buf_finish(&type);
            put_singular(&type, m);
            kc_buf_printf(&type, ".%s.%s", m->version, group);
        }
    }
    return kc_arena_strdup(a, kc_buf_str(&type));
}

static void put_type(struct kc_arena *a, struct kc_buf *out, const struct kc_target *t,
                     const struct kc_restmap *restmap)
{
    const struct kc_mapping *m = restmap ? mapping_of(restmap, t) : NULL;
    if (m)
        kc_buf_puts(out, kc_type_name(a, m, restmap));
    else
        kc_buf_printf(out, "%s.%s.%s", t->resource, t->version, t->group);
}

static void put_word(struct kc_buf *out, const char *word)
{
    kc_buf_putc(out, ' ');
    kc_shell_quote(out, word);
}

static void put_target(struct kc_arena *a, struct kc_buf *out, const struct kc_action *act,
                       const struct kc_restmap *restmap)
{
    KC_BUF_SCOPE word = {0};
    const char *name = act->target.name;
    if (act->verb->shape == KC_SHAPE_NONE || !*act->target.kind || (act->verb->shape == KC_SHAPE_POD && !*name) ||
        (act->verb->shape == KC_SHAPE_NAMES && act->selection))
        return;
    if (act->verb->shape != KC_SHAPE_NAMES && act->verb->shape != KC_SHAPE_NEW) {
        put_type(a, &word, &act->target, restmap);
        if (*name && act->verb->name_apart) {
            put_word(out, kc_buf_str(&word));
            kc_buf_clear(&word);
        } else if (*name) {
            kc_buf_putc(&word, '/');
        }
    }
    kc_buf_puts(&word, name);
    if (act->verb->shape == KC_SHAPE_FIELD && act->operands.n)
        kc_buf_printf(&word, ".%s", act->operands.v[0]);
    put_word(out, kc_buf_str(&word));
}

static void put_operands(struct kc_buf *out, const struct kc_action *act)
{
    for (size_t i = 0; i < act->operands.n; i++)
        put_word(out, act->operands.v[i]);
}

static void put_value(struct kc_buf *out, const char *name, const char *value)
{
    kc_buf_puts(out, " --");
    kc_buf_puts(out, name);
    kc_buf_putc(out, '=');
    if (*value) /* --flag='' reads worse than --flag= */
        kc_shell_quote(out, value);
}

static void put_flag(struct kc_arena *a, struct kc_buf *out, const struct kc_flag *f, const char *value)
{
    if (f->kind == KC_FLAG_BOOL && KC_STREQ(value, "true")) {
        kc_buf_puts(out, " --");
        kc_buf_puts(out, f->name);
        return;
    }
    if (f->kind != KC_FLAG_LIST) {
        put_value(out, f->name, value);
        return;
    }
    for (const char *p = value;; p++) {
        size_t len = strcspn(p, KC_LIST_SEPARATOR);
        put_value(out, f->name, kc_arena_strndup(a, p, len));
        p += len;
        if (!*p)
            return;
    }
}

static void put_selection(struct kc_buf *out, const struct kc_action *act)
{
    const struct kc_selection *s = act->selection;
    if (s->labels)
        put_value(out, "selector", s->labels);
    if (s->fields)
        put_value(out, "field-selector", s->fields);
    if (s->all && act->verb->selects & KC_SELECTS_ALL)
        kc_buf_puts(out, " --all");
    if (s->everywhere)
        kc_buf_puts(out, " --all-namespaces");
}

/* TYPE NAME NAME ...: the type is said once. */
static void put_names_apart(struct kc_arena *a, struct kc_buf *out, const struct kc_action *v, size_t n,
                            const struct kc_restmap *restmap)
{
    put_target(a, out, v, restmap);
    for (size_t i = 1; i < n; i++)
        put_word(out, v[i].target.name);
}

static void put_flags(struct kc_arena *a, struct kc_buf *out, const struct kc_action *act)
{
    for (size_t i = 0; act->flags && act->verb->flags && act->verb->flags[i].name; i++)
        if (act->flags[i])
            put_flag(a, out, &act->verb->flags[i], act->flags[i]);
}

/* Everything but the manifest, which names the object and its namespace. */
static void put_line(struct kc_arena *a, struct kc_buf *out, const struct kc_action *v, size_t n,
                     const struct kc_restmap *restmap)
{
    const struct kc_action *act = v;
    kc_buf_puts(out, "kubectl ");
    kc_buf_puts(out, act->verb->name);
    if (act->input) {
        put_flags(a, out, act);
        kc_buf_puts(out, " --filename=-");
        return;
    }
    bool first = act->verb->shape == KC_SHAPE_RIGHT;
    if (first)
        put_operands(out, act);
    if (act->verb->name_apart)
        put_names_apart(a, out, v, n, restmap);
    for (size_t i = 0; !act->verb->name_apart && i < n; i++)
        put_target(a, out, &v[i], restmap);
    if (!first && !act->verb->takes_command && act->verb->shape != KC_SHAPE_FIELD)
        put_operands(out, act);
    if (*act->target.ns)
        put_value(out, "namespace", act->target.ns);
    if (act->selection)
        put_selection(out, act);
    put_flags(a, out, act);
    if (act->verb->takes_command && act->operands.n)
        kc_buf_puts(out, " --");
    for (size_t i = 0; act->verb->takes_command && i < act->operands.n; i++)
        put_word(out, act->operands.v[i]);
}

/* No line of a mapping in YAML is the word EOF alone: outside of quotes and blocks, which are indented, there is a
 * colon. */
static void put_manifest(struct kc_arena *a, struct kc_buf *out, const struct kc_action *act)
{
    struct kc_err err = {0};
    KC_BUF_SCOPE yaml = {0};
    const json_t *object = kc_action_object_of(a, act);
    if (object && kc_yaml_write(object, KC_YAML_TYPED, &yaml, &err))
        kc_buf_puts(out, kc_buf_str(&yaml));
    else /* JSON is YAML */
        kc_buf_printf(out, "%s\n", act->input);
}

const char *kc_kubectl_render(struct kc_arena *a, const struct kc_action *act, const struct kc_restmap *restmap)
{
    return kc_kubectl_render_all(a, act, 1, restmap);
}

const char *kc_kubectl_render_all(struct kc_arena *a, const struct kc_action *v, size_t n,
                                  const struct kc_restmap *restmap)
{
    const struct kc_action *act = v;
    KC_BUF_SCOPE out = {0};
    put_line(a, &out, v, n, restmap);
    if (act->input) {
        kc_buf_puts(&out, " <<'EOF'\n");
        put_manifest(a, &out, act);
        kc_buf_puts(&out, "EOF");
    }
    return kc_arena_memdup(a, kc_buf_str(&out), out.len + 1);
}

const char *kc_kubectl_line(struct kc_arena *a, const struct kc_action *act, const struct kc_restmap *restmap)
{
    KC_BUF_SCOPE out = {0};
    KC_BUF_SCOPE manifest = {0};
    uint8_t sum[KC_SHA256_LEN];
    char hex[KC_HEX_LEN];
    size_t lines = 0;
    put_line(a, &out, act, 1, restmap);
    if (act->input) {
        put_manifest(a, &manifest, act);
        for (const char *p = kc_buf_str(&manifest); *p; p++)
            lines += *p == '\n';
        kc_sha256(sum, act->input, strlen(act->input));
        kc_buf_printf(&out, " # %s, %zu lines, sha256:%.*s", kc_target_show(a, &act->target), lines, SHORT_HEX,
                      kc_hex(hex, sum, sizeof sum));
    }
    return kc_arena_memdup(a, kc_buf_str(&out), out.len + 1);
}

const char *kc_command_brief(struct kc_arena *a, const char *command)
{
    struct kc_strs words;
    const char *input;
    struct kc_err err = {0};
    size_t lines = 0;
    if (!kc_shell_split(a, command, &words, &input, &err) || !input)
        return command;
    for (const char *p = input; *p; p++)
        lines += *p == '\n';
    KC_BUF_SCOPE out = {0};
    for (size_t i = 0; i < words.n; i++) {
        kc_buf_puts(&out, i ? " " : "");
        kc_shell_quote(&out, words.v[i]);
    }
    kc_buf_printf(&out, " # %zu lines, %s", lines, kc_digest_string(a, input, strlen(input)));
    return kc_arena_strdup(a, kc_buf_str(&out));
}
