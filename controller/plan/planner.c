#include "controller/plan/planner.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "controller/action/kubectl.h"
#include "controller/plan/frame.h"

#define MAX_PROMPT_CHARACTERS 4096

/* "deployment/shop/checkout has 5 replicas already" of each. */
static const char *say_satisfied(const struct kc_reading *r)
{
    struct kc_strs said = {0};
    for (size_t i = 0; i < r->n_satisfied; i++) {
        const struct kc_object *o = r->satisfied[i];
        kc_strs_append(r->a, &said,
                       kc_arena_printf(r->a, "%s has %d replica%s already", kc_object_show(r->a, o), o->replicas,
                                       o->replicas == 1 ? "" : "s"));
    }
    return kc_words_join(r->a, &said, 8);
}

static void say_more(struct kc_reading *r, const char *more)
{
    r->ret->steps[0].reason = kc_arena_printf(r->a, "%s; %s", r->ret->steps[0].reason, more);
}

/* Words of a read that were of no use are said to be, so that nobody believes that they were. */
static void say_unused(struct kc_reading *r, const struct kc_clauses *c)
{
    struct kc_strs unused = {0};
    for (size_t i = 0; i < c->n_odd; i++) {
        const struct kc_lexeme *l = kc_reading_at(r, c->odd[i]);
        if (l->part == KC_W_UNKNOWN || l->part == KC_W_NAME || l->part == KC_W_VERB)
            kc_strs_append(r->a, &unused, kc_arena_printf(r->a, "\"%s\"", l->raw));
    }
    if (unused.n && r->ret->n_steps)
        say_more(r, kc_arena_printf(r->a, "not used: %s", kc_words_join(r->a, &unused, 6)));
}

/* "all" without what it is all of, and a pronoun that nothing stands behind. */
static void check_objects(struct kc_reading *r, const struct kc_clause *c)
{
    if (c->pronoun)
        kc_answer_ask(r->a, r->ret, "\"%s\": which object is meant? Say it by its name",
                      c->end ? kc_reading_quote(r, c->at, c->end) : "it");
    else if (c->all && !c->counts && !kc_clause_describes(c) && !(c->n_kinds && c->n_targets))
        kc_answer_ask(r->a, r->ret, "\"%s\" names no object: which objects are meant? Name each of them",
                      kc_reading_quote(r, c->at, c->end));
}

/* What no frame fits: a name without a wish, a wish that is unknown. */
static void ask_what(struct kc_reading *r, const struct kc_clause *c)
{
    for (size_t i = 0; i < c->n_targets; i++)
        (void)kc_resolve_exact(r->a, r->in, &(struct kc_pick){0}, c->targets[i].name, r->ret);
    kc_answer_ask(r->a, r->ret, "\"%s\": what should be done? %s", kc_reading_quote(r, c->at, c->end), kc_reading_can);
}

/* What is said to somebody whose words are about nothing that is known here. */
static void refuse_unknown(struct kc_reading *r)
{
    for (size_t i = 0; i < r->words.n; i++)
        if (r->words.v[i].part == KC_W_KUBECTL || r->words.v[i].part == KC_W_OTHER) {
            kc_reading_blockers(r);
            return;
        }
    kc_answer_refuse(r->a, r->ret, "nothing that is asked for is known here; %s", kc_reading_can);
}

static bool speaks(const struct kc_clauses *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (kc_clause_speaks(&c->v[i]))
            return true;
    return false;
}

/* One that changes something, or that is not understood, makes the whole prompt one in which every word counts. */
static void check_strictly(struct kc_reading *r, const struct kc_clauses *c, const struct kc_frame *const *frames)
{
    struct kc_pick pick = {0};
    kc_reading_blockers(r);
    for (size_t i = 0; i < r->words.n; i++)
        if (r->words.v[i].guessed)
            kc_answer_ask(r->a, r->ret, "not understood: \"%s\". Say it otherwise, or leave it out", r->words.v[i].raw);
    for (size_t i = 0; i < c->n && !kc_reading_done(r); i++) {
        if (!frames[i] || frames[i]->reads)
            continue;
        pick = kc_frame_pick(frames[i]);
        check_objects(r, &c->v[i]);
    }
    if (c->n_odd && !kc_reading_done(r))
        kc_clauses_ask_odd(r, c, &pick);
}

/* "restrat web": the word that is unknown may be the verb, and what it asks for anything. */
static bool may_be_verb(const struct kc_reading *r, const struct kc_clauses *c, const struct kc_clause *clause)
{
    bool reads =
        clause->verb || clause->asks || clause->hints & (KC_H_LOGS | KC_H_EVENTS | KC_H_TROUBLE | KC_H_HISTORY);
    for (size_t i = 0; i < c->n_odd; i++) {
        const struct kc_lexeme *l = kc_reading_at(r, c->odd[i]);
        bool change = l->part == KC_W_VERB && l->word->want < KC_WANT_SHOW; /* "check web, if broken restart it" */
        if ((change && !clause->asks) || (!reads && (l->part == KC_W_UNKNOWN || l->part == KC_W_PURPOSE_VERB)))
            return true;
    }
    return false;
}

static void plan_clauses(struct kc_reading *r, struct kc_clauses *c)
{
    const struct kc_frame **frames = kc_arena_array(r->a, c->n + 1, sizeof *frames);
    bool strict = false;
    if (!speaks(c)) {
        refuse_unknown(r);
        return;
    }
    for (size_t i = 0; i < c->n; i++) {
        frames[i] = kc_frame_of(&c->v[i]);
        strict |= !frames[i] || !frames[i]->reads || c->v[i].other || may_be_verb(r, c, &c->v[i]);
    }
    if (strict)
        check_strictly(r, c, frames);
    for (size_t i = 0; i < c->n && !kc_reading_done(r); i++) {
        if (frames[i])
            kc_frame_plan(r, frames[i], &c->v[i]);
        else if (kc_clause_speaks(&c->v[i]))
            ask_what(r, &c->v[i]);
    }
    if (kc_reading_done(r))
        return;
    if (!r->ret->n_steps && r->n_satisfied)
        kc_answer_refuse(r->a, r->ret, "%s: nothing to change", say_satisfied(r));
    else if (!r->ret->n_steps)
        kc_answer_refuse(r->a, r->ret, "nothing is asked for; %s", kc_reading_can);
    else if (r->n_satisfied)
        say_more(r, say_satisfied(r));
    if (!strict)
        say_unused(r, c);
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

/* "please run kubectl get pods": words that only lead to one command. */
static const char *led_command(struct kc_arena *a, const char *prompt, const struct kc_tokens *tokens)
{
    for (size_t i = 0; i < tokens->n; i++) {
        const struct kc_token *t = &tokens->v[i];
        const char *words[] = {t->text};
        size_t n;
        if (t->mark != KC_MARK_WORD)
            continue;
        if (KC_STREQ(t->text, "kubectl")) {
            size_t len = strlen(prompt + t->at);
            while (len && strchr(" \t\r\n.!?", prompt[t->at + len - 1]))
                len--;
            return i ? kc_arena_strndup(a, prompt + t->at, len) : NULL;
        }
        const struct kc_word *w = kc_vocabulary_find(words, 1, &n);
        bool leads = w && (w->part == KC_W_FILLER || w->part == KC_W_PLEASE || w->part == KC_W_MODAL ||
                           w->part == KC_W_PERSON || w->part == KC_W_AND || w->part == KC_W_ARTICLE ||
                           (w->part == KC_W_VERB && (w->want == KC_WANT_RUN || w->want == KC_WANT_DO)));
        if (!leads && !KC_STREQ(t->text, "command"))
            return NULL;
    }
    return NULL;
}

/* "rollout undo deploy/web --to-revision=2": a command without kubectl in front, taken as one when all of it is. */
static const char *bare_command(struct kc_arena *a, const struct kc_plan_input *in)
{
    struct kc_kubectl_context c = {.restmap = in->inventory->restmap,
                                   .default_namespace = in->namespaces.n ? in->namespaces.v[0] : ""};
    struct kc_actions actions;
    struct kc_err err = {0};
    const char *prompt = in->prompt + strspn(in->prompt, " \t");
    if (strncasecmp(prompt, "k ", 2) == 0)
        prompt += 2;
    else if (!strstr(prompt, " -"))
        return NULL;
    const char *command = kc_arena_printf(a, "kubectl %s", prompt);
    return kc_kubectl_parse(a, command, &c, &actions, &err) ? command : NULL;
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

/* The order counts: what a filler has taken is no word for the next. */
static void (*const passes[])(struct kc_reading *) = {
    kc_reading_titles,    kc_reading_fields, kc_reading_windows,    kc_reading_pairs,
    kc_reading_versions,  kc_reading_bounds, kc_reading_places,     kc_reading_rights,
    kc_reading_new_names, kc_reading_ports,  kc_reading_containers, kc_reading_purposes,
};

void kc_plan_words(struct kc_arena *a, const struct kc_plan_input *in, struct kc_planned *ret)
{
    struct kc_plan_input own = *in;
    struct kc_reading r = {.a = a, .in = &own, .ret = ret};
    struct kc_strs commands = {0};
    struct kc_tokens tokens;
    struct kc_clauses clauses;
    const char *command;
    own.names = NULL;
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
    if ((command = led_command(a, in->prompt, &tokens)) || (command = bare_command(a, in))) {
        commands = (struct kc_strs){0};
        kc_strs_append(a, &commands, command);
        kc_plan_commands(a, &commands, in, ret);
        return;
    }
    kc_lexemes_read(a, &own, &tokens, &r.words);
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++)
        if (!kc_reading_done(&r))
            passes[i](&r);
    if (kc_reading_done(&r))
        return;
    kc_clauses_read(&r, &clauses);
    if (kc_reading_done(&r))
        return;
    kc_clauses_link(&r, &clauses);
    plan_clauses(&r, &clauses);
}
