#include "controller/plan/answer.h"

static bool answered(const struct kc_planned *p)
{
    return p->outcome != KC_PLAN_MADE;
}

void kc_strs_append(struct kc_arena *a, struct kc_strs *list, const char *s)
{
    /* Full at each power of two. */
    if ((list->n & (list->n - 1)) == 0) {
        const char **v = kc_arena_array(a, list->n ? 2 * list->n : 1, sizeof *v);
        if (list->n)
            memcpy(v, list->v, list->n * sizeof *v);
        list->v = v;
    }
    list->v[list->n++] = s;
}

void kc_answer_step(struct kc_arena *a, struct kc_planned *p, const struct kc_action *act, const char *reason)
{
    if (answered(p))
        return;
    struct kc_planned_step *v = kc_arena_array(a, p->n_steps + 1, sizeof *v);
    if (p->n_steps)
        memcpy(v, p->steps, p->n_steps * sizeof *v);
    v[p->n_steps] = (struct kc_planned_step){.action = *act, .reason = reason};
    p->steps = v;
    p->n_steps++;
}

/* Words are cut and quoted on the way here: whatever is no whole character, or reads other than it is, is shown as "?".
 */
static void make_printable(char *s)
{
    size_t at;
    for (size_t len = strlen(s); kc_text_deceptive(s, len, &at); s += at + 1, len -= at + 1)
        s[at] = '?';
}

static void answer(struct kc_arena *a, struct kc_planned *p, enum kc_outcome outcome, const char *fmt, va_list ap)
{
    if (answered(p))
        return;
    p->outcome = outcome;
    char *text = kc_arena_vprintf(a, fmt, ap);
    make_printable(text);
    p->question = text;
    p->steps = NULL;
    p->n_steps = 0;
}

void kc_answer_ask(struct kc_arena *a, struct kc_planned *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    answer(a, p, KC_PLAN_QUESTION, fmt, ap);
    va_end(ap);
}

void kc_answer_refuse(struct kc_arena *a, struct kc_planned *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    answer(a, p, KC_PLAN_REFUSED, fmt, ap);
    va_end(ap);
}

const char *kc_object_show(struct kc_arena *a, const struct kc_object *o)
{
    struct kc_target t = kc_target_of(o->mapping, o->ns, o->name);
    return kc_target_show(a, &t);
}

void kc_answer_candidate(struct kc_arena *a, struct kc_planned *p, const struct kc_object *o)
{
    const char *shown = kc_object_show(a, o);
    if (!kc_strs_has(&p->candidates, shown))
        kc_strs_append(a, &p->candidates, shown);
}

const char *kc_words_join(struct kc_arena *a, const struct kc_strs *words, size_t max)
{
    size_t n = words->n > max ? max : words->n;
    const char *out = "";
    for (size_t i = 0; i < n; i++)
        out = kc_arena_printf(a, "%s%s%s", out, !i ? "" : i + 1 == words->n ? " and " : ", ", words->v[i]);
    return n < words->n ? kc_arena_printf(a, "%s and %zu more", out, words->n - n) : out;
}
