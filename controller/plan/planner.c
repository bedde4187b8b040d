#include "controller/plan/planner.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "controller/plan/clause.h"

#define MAX_PROMPT_CHARACTERS 4096
#define MAX_QUOTE             120

const char *kc_reading_quote(const struct kc_reading *r, size_t at, size_t end)
{
    KC_BUF_SCOPE out = {0};
    bool space = false;
    for (; at < end && out.len < MAX_QUOTE; at++) {
        char c = r->in->prompt[at];
        space |= isspace((unsigned char)c) != 0;
        if (isspace((unsigned char)c))
            continue;
        kc_buf_puts(&out, space && out.len ? " " : "");
        kc_buf_putc(&out, c);
        space = false;
    }
    /* Never a part of a character. */
    while (at < end && ((unsigned char)r->in->prompt[at] & 0xC0) == 0x80)
        kc_buf_putc(&out, r->in->prompt[at++]);
    kc_buf_puts(&out, at < end ? "..." : "");
    return kc_arena_strdup(r->a, kc_buf_str(&out));
}

void kc_reading_cut(struct kc_reading *r, size_t i, size_t n)
{
    /* One more than the words: the KC_W_STOP behind them. */
    memmove(&r->words.v[i], &r->words.v[i + n], (r->words.n + 1 - i - n) * sizeof *r->words.v);
    r->words.n -= n;
}

/* Which words decided, what they were read as, and what was said besides. */
static const char *reason(const struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o,
                          const char *how)
{
    const char *now = o->replicas < 0 ? "replicas unknown"
                                      : kc_arena_printf(r->a, "%d replica%s", o->replicas, o->replicas == 1 ? "" : "s");
    const char *out = kc_arena_printf(r->a, "\"%s\" \u2192 %s %s (%s%s%s)", kc_reading_quote(r, c->at, c->end),
                                      o->mapping->kind, o->name, now, *how ? "; " : "", how);
    for (size_t i = 0; i < r->purposes.n; i++)
        out = kc_arena_printf(r->a, "%s%s \"%s\"", out, i ? "," : "; purpose:", r->purposes.v[i]);
    return out;
}

/* Objects that have the number already: nothing to do, but said. */
struct satisfied {
    const struct kc_object *v[KC_MAX_STEPS];
    size_t n;
};

static bool planned_before(const struct kc_planned *p, const struct satisfied *s, const struct kc_object *o,
                           const struct kc_target *t)
{
    for (size_t i = 0; i < p->n_steps; i++)
        if (kc_target_equal(&p->steps[i].action.target, t))
            return true;
    for (size_t i = 0; i < s->n; i++)
        if (s->v[i] == o)
            return true;
    return false;
}

static void plan_target(struct kc_reading *r, const struct kc_clause *c, const struct kc_mention *m,
                        struct satisfied *satisfied)
{
    int32_t n;
    const char *how;
    if (m->ns && !kc_strs_has(&r->in->namespaces, m->ns)) {
        kc_reading_ask_place(r, c->at, c->end, m->ns);
        return;
    }
    const struct kc_object *o = kc_resolve(r->a, r->in, r->verb, m, r->ret);
    if (!o || !kc_clause_replicas(r, c, o, &n, &how))
        return;
    struct kc_target target = kc_target_of(o->mapping, o->ns, o->name);
    struct kc_flag_value replicas = {"replicas", kc_arena_printf(r->a, "%d", n)};
    struct kc_action act;
    struct kc_err err = {0};
    if (!kc_action_make(r->a, r->verb->name, &target, &replicas, 1, NULL, 0, &act, &err)) {
        kc_answer_refuse(r->a, r->ret, "%s", err.message);
        return;
    }
    if (planned_before(r->ret, satisfied, o, &act.target))
        kc_answer_ask(r->a, r->ret, "%s is spoken of more than once: to how many replicas should it be scaled?",
                      kc_object_show(r->a, o));
    else if (r->ret->n_steps + satisfied->n == KC_MAX_STEPS)
        kc_answer_refuse(r->a, r->ret, "at most %d objects can be changed by one request: split it", KC_MAX_STEPS);
    else if (n == o->replicas)
        satisfied->v[satisfied->n++] = o;
    else
        kc_answer_step(r->a, r->ret, &act, reason(r, c, o, how));
}

static void plan_clause(struct kc_reading *r, const struct kc_clause *c, struct satisfied *satisfied)
{
    for (size_t t = 0; t < c->n_targets && !kc_reading_done(r); t++)
        plan_target(r, c, &c->targets[t], satisfied);
    if (c->n_targets)
        return;
    if (c->kind && !r->verb->applies(c->kind))
        kc_answer_refuse(r->a, r->ret, "%s cannot be %s; %s", c->kind->resource, r->verb->participle, kc_reading_can);
    else
        kc_answer_ask(r->a, r->ret, "\"%s\": which object should be scaled?", kc_reading_quote(r, c->at, c->end));
}

/* "deployment/shop/checkout has 5 replicas already" of each. */
static const char *say_satisfied(struct kc_arena *a, const struct satisfied *s)
{
    struct kc_strs said = {0};
    for (size_t i = 0; i < s->n; i++)
        kc_strs_append(a, &said,
                       kc_arena_printf(a, "%s has %d replica%s already", kc_object_show(a, s->v[i]), s->v[i]->replicas,
                                       s->v[i]->replicas == 1 ? "" : "s"));
    return kc_words_join(a, &said, 8);
}

static void plan_clauses(struct kc_reading *r, const struct kc_clauses *clauses)
{
    struct satisfied satisfied = {0};
    for (size_t i = 0; i < clauses->n && !kc_reading_done(r); i++)
        plan_clause(r, &clauses->v[i], &satisfied);
    if (kc_reading_done(r))
        return;
    if (!r->ret->n_steps && satisfied.n)
        kc_answer_refuse(r->a, r->ret, "%s: nothing to change", say_satisfied(r->a, &satisfied));
    else if (!r->ret->n_steps)
        kc_answer_refuse(r->a, r->ret, "nothing is asked for; %s", kc_reading_can);
    else if (satisfied.n)
        r->ret->steps[0].reason =
            kc_arena_printf(r->a, "%s; %s", r->ret->steps[0].reason, say_satisfied(r->a, &satisfied));
}

/* A prompt of commands: each line begins with kubectl. */
static bool read_commands(struct kc_arena *a, const char *prompt, struct kc_strs *ret)
{
    while (*prompt) {
        size_t len = strcspn(prompt, "\n");
        size_t blank = strspn(prompt, " \t\r");
        if (blank < len) {
            const char *line = kc_arena_strndup(a, prompt + blank, len - blank);
            if (strncasecmp(line, "kubectl ", strlen("kubectl ")) != 0)
                return false;
            char *command = kc_arena_printf(a, "kubectl %s", line + strlen("kubectl "));
            command[strcspn(command, "\r")] = '\0';
            kc_strs_append(a, ret, command);
        }
        prompt += len + (prompt[len] != '\0');
    }
    return ret->n > 0;
}

static bool readable(struct kc_arena *a, const char *prompt, struct kc_planned *ret)
{
    size_t len = strlen(prompt), wrong;
    uint32_t c;
    if (!kc_utf8_valid(prompt, len, &wrong))
        kc_answer_refuse(a, ret, "the words are not valid UTF-8 (byte %zu)", wrong + 1);
    else if ((c = kc_text_deceptive(prompt, len, &wrong)))
        kc_answer_refuse(a, ret, "the words hold the invisible character U+%04X (byte %zu): write them without it",
                         (unsigned)c, wrong + 1);
    else if (kc_utf8_count(prompt, len) > MAX_PROMPT_CHARACTERS)
        kc_answer_refuse(a, ret, "the words are longer than %d characters", MAX_PROMPT_CHARACTERS);
    return ret->outcome == KC_PLAN_MADE;
}

void kc_plan_words(struct kc_arena *a, const struct kc_plan_input *in, struct kc_planned *ret)
{
    struct kc_reading r = {.a = a, .in = in, .verb = kc_verb_find("scale"), .ret = ret};
    struct kc_strs commands = {0};
    struct kc_tokens tokens;
    struct kc_clauses clauses;
    *ret = (struct kc_planned){0};
    if (!readable(a, in->prompt, ret))
        return;
    if (read_commands(a, in->prompt, &commands)) {
        kc_plan_commands(a, &commands, in, ret);
        return;
    }
    if (!kc_tokens_read(a, in->prompt, &tokens)) {
        kc_answer_refuse(a, ret, "more than %d words: split the request", KC_MAX_TOKENS);
        return;
    }
    kc_lexemes_read(a, in, r.verb, &tokens, &r.words);
    static void (*const passes[])(struct kc_reading *) = {kc_reading_places, kc_reading_purposes, kc_reading_blockers};
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
        if (!kc_reading_done(&r))
            passes[i](&r);
    if (kc_reading_done(&r))
        return;
    kc_clauses_read(&r, &clauses);
    if (!kc_reading_done(&r))
        plan_clauses(&r, &clauses);
}
