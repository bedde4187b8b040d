/* What the server itself says: which types there are, what their fields are for, its version, who asks. */
#include <string.h>

#include "controller/plan/frame.h"

/* "deployment.spec.strategy": a type and a path of its fields, as it is written. */
static const struct kc_mapping *type_of_path(const struct kc_reading *r, const struct kc_lexeme *l, const char **field)
{
    const char *dot = strchr(l->text, '.');
    if (l->part != KC_W_UNKNOWN || !dot || dot == l->text || !dot[1])
        return NULL;
    const char *head = kc_arena_strndup(r->a, l->text, (size_t)(dot - l->text));
    const struct kc_mapping *type = kc_restmap_find(r->in->inventory->restmap, head);
    if (type)
        *field = l->raw + (dot + 1 - l->text);
    return type;
}

/* "spec.replicas" of "spec.replicas of a deployment" */
static bool is_path(const struct kc_lexeme *l)
{
    static const char *const roots[] = {"spec.", "status.", "metadata."};
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (l->part == KC_W_UNKNOWN && kc_str_starts(l->text, roots[i]) && l->text[strlen(roots[i])])
            return true;
    return false;
}

void kc_reading_fields(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++) {
        const struct kc_lexeme *l = kc_reading_at(r, i);
        const char *field = l->raw;
        const struct kc_mapping *type = type_of_path(r, l, &field);
        if (type || is_path(l))
            kc_reading_fill(r, i, 1, KC_SLOT_FIELD, field)->kind = type;
    }
}

void kc_plan_explain(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    const struct kc_lexeme *field = kc_clause_slot(c, KC_SLOT_FIELD);
    const struct kc_mapping *type = field && field->kind ? field->kind : kc_clause_type(r, c);
    struct kc_strs operands = {0};
    if (!type) {
        kc_answer_ask(r->a, r->ret, "\"%s\": the fields of which type? Say \"explain deployment.spec\"",
                      kc_reading_quote(r, c->at, c->end));
        return;
    }
    struct kc_target t = kc_target_of(type, "", "");
    if (field)
        kc_strs_append(r->a, &operands, field->text);
    kc_frame_step(r, f->verb, c, &t, NULL, 0, &operands, "");
}

void kc_plan_server(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    static const struct kc_target none = {.group = "", .version = "", .kind = "", .resource = "", .ns = "", .name = ""};
    kc_frame_step(r, f->verb, c, &none, NULL, 0, NULL, "");
}
