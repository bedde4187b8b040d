#include <ctype.h>
#include <string.h>

#include "controller/action/kubectl.h"

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

/* The shortest of TYPE, TYPE.GROUP and TYPE.VERSION.GROUP that finds the target's type again. */
static void put_type(struct kc_buf *out, const struct kc_target *t, const struct kc_restmap *restmap)
{
    const struct kc_mapping *m = restmap ? mapping_of(restmap, t) : NULL;
    KC_BUF_SCOPE type = {0};
    if (!m) {
        kc_buf_printf(out, "%s.%s.%s", t->resource, t->version, t->group);
        return;
    }
    put_singular(&type, m);
    if (!finds(restmap, kc_buf_str(&type), m)) {
        kc_buf_printf(&type, ".%s", t->group);
        if (!*t->group || !finds(restmap, kc_buf_str(&type), m)) {
            kc_buf_finish(&type);
            put_singular(&type, m);
            kc_buf_printf(&type, ".%s.%s", t->version, t->group);
        }
    }
    kc_buf_add(out, kc_buf_str(&type), type.len);
}

static void put_word(struct kc_buf *out, const char *word)
{
    kc_buf_putc(out, ' ');
    kc_shell_quote(out, word);
}

static void put_target(struct kc_buf *out, const struct kc_action *act, const struct kc_restmap *restmap)
{
    KC_BUF_SCOPE word = {0};
    const char *name = act->target.name;
    if (act->verb->shape == KC_SHAPE_NONE || (act->verb->shape == KC_SHAPE_POD && !*name) ||
        (act->verb->shape == KC_SHAPE_NAMES && act->selection))
        return;
    if (act->verb->shape != KC_SHAPE_NAMES && act->verb->shape != KC_SHAPE_NEW) {
        put_type(&word, &act->target, restmap);
        if (*name && act->verb->name_apart) {
            put_word(out, kc_buf_str(&word));
            kc_buf_clear(&word);
        } else if (*name) {
            kc_buf_putc(&word, '/');
        }
    }
    kc_buf_puts(&word, name);
    put_word(out, kc_buf_str(&word));
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
static void put_names_apart(struct kc_buf *out, const struct kc_action *v, size_t n, const struct kc_restmap *restmap)
{
    put_target(out, v, restmap);
    for (size_t i = 1; i < n; i++)
        put_word(out, v[i].target.name);
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
    kc_buf_puts(&out, "kubectl ");
    kc_buf_puts(&out, act->verb->name);
    if (act->verb->name_apart)
        put_names_apart(&out, v, n, restmap);
    for (size_t i = 0; !act->verb->name_apart && i < n; i++)
        put_target(&out, &v[i], restmap);
    for (size_t i = 0; i < act->operands.n; i++) {
        kc_buf_putc(&out, ' ');
        kc_shell_quote(&out, act->operands.v[i]);
    }
    if (*act->target.ns)
        put_value(&out, "namespace", act->target.ns);
    if (act->selection)
        put_selection(&out, act);
    for (size_t i = 0; act->flags && act->verb->flags && act->verb->flags[i].name; i++)
        if (act->flags[i])
            put_flag(a, &out, &act->verb->flags[i], act->flags[i]);
    return kc_arena_memdup(a, kc_buf_str(&out), out.len + 1);
}
