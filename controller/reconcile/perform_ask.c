/* Words -> plan by a model: asked in one visit, answered in another, at most two rounds; in vain, the built-in
 * planner's turn comes. */
#include <string.h>

#include "controller/ai/answer.h"
#include "controller/reconcile/visit.h"

#define ROUNDS     2
#define MAX_BODY   ((size_t)1 << 20)
#define MAX_QUOTED 2000

struct asking {
    struct kc_visit *v;
    const struct kc_plan_input *in;
    struct kc_ai_provider provider;
    struct kc_ai_prompt prompt;
    struct kc_asked *ret;
};

static const char *exchange(struct kc_visit *v, int round)
{
    return kc_arena_printf(v->a, "%s/%d", v->cr.meta.uid, round);
}

static bool in_vain(struct asking *q, const char *why)
{
    q->ret->how = KC_ASKED_IN_VAIN;
    q->ret->note = kc_arena_printf(q->v->a, "provider %s did not plan it (%s): planned by the built-in planner",
                                   q->provider.cr.meta.name, why);
    return true;
}

static bool ask(struct asking *q, int round, const char *refused, const char *complaint, struct kc_err *err)
{
    struct kc_http_request req;

    if (!kc_ai_provider_question(q->v->a, &q->provider, &q->prompt, refused, complaint, &req, err) ||
        !kc_ai_desk_ask(q->v->chat->providers->desk, exchange(q->v, round), q->v->key, &req, err))
        return false;
    q->ret->how = KC_ASKED_WAITING;
    q->ret->wait_ms = req.timeout_ms + KC_SECOND_MS;
    return true;
}

/* What the model wrote in a round. NULL: it wrote nothing that can be used, *why says why; complain: asking again with
 * this may help. */
static const char *written(struct asking *q, const struct kc_ai_outcome *o, bool *complain, struct kc_err *why)
{
    const json_t *body;

    *complain = false;
    if (!o->ok) {
        *why = o->err;
        return NULL;
    }
    body = kc_json_parse_in(q->v->a, o->body, o->body_len, MAX_BODY, "answer", why);
    *complain = body != NULL;
    return body ? q->provider.protocol->answer(q->v->a, body, why) : NULL;
}

static bool take(struct asking *q, int round, const struct kc_ai_outcome *o, struct kc_err *err)
{
    struct kc_arena *a = q->v->a;
    struct kc_err why = {0};
    bool complain;
    const char *text = written(q, o, &complain, &why);

    q->ret->latency_ms += o->latency_ms;
    if (text && kc_ai_answer_read(a, text, &q->prompt, q->in, &q->ret->planned, &why)) {
        q->ret->how = KC_ASKED_PLANNED;
        return true;
    }
    if ((!text && !complain) || round + 1 == ROUNDS)
        return in_vain(q, kc_arena_strdup(a, why.message));
    return ask(q, round + 1, kc_arena_printf(a, "%.*s", MAX_QUOTED, kc_or(text, "{}")),
               kc_arena_printf(a, "That is not usable: %s. Answer again, following the schema.", why.message), err);
}

static bool go_on(struct asking *q, struct kc_err *err)
{
    struct kc_ai_desk *desk = q->v->chat->providers->desk;

    for (int round = ROUNDS - 1; round >= 0; round--) {
        struct kc_ai_outcome o;
        switch (kc_ai_desk_look(desk, exchange(q->v, round), q->v->a, &o)) {
        case KC_AI_NONE:
            continue;
        case KC_AI_OPEN:
            q->ret->how = KC_ASKED_WAITING;
            q->ret->wait_ms = q->provider.cr.spec.timeout_seconds * KC_SECOND_MS;
            return true;
        case KC_AI_DONE:
            return take(q, round, &o, err);
        }
    }
    return ask(q, 0, NULL, NULL, err);
}

static bool unknown_provider(struct kc_visit *v, struct kc_asked *ret)
{
    ret->how = KC_ASKED_IN_VAIN;
    ret->refused = kc_arena_printf(v->a,
                                   "spec.providerRef.name: there is no AIProvider \"%s\"; kubectl get aiproviders "
                                   "shows which there are",
                                   v->cr.spec.provider_ref);
    return true;
}

bool kc_perform_ask(struct kc_visit *v, const struct kc_plan_input *in, struct kc_asked *ret, struct kc_err *err)
{
    struct asking q = {.v = v, .in = in, .ret = ret};
    struct kc_aiprovider cr;
    struct kc_err e = {0};
    bool found = false;

    *ret = (struct kc_asked){.how = KC_ASKED_NOBODY, .provider = KC_AI_BUILTIN, .model = "", .note = "", .refused = ""};
    if (!v->chat->providers)
        return *v->cr.spec.provider_ref ? unknown_provider(v, ret) : true;
    if (!kc_providers_find(v->chat->providers, v->cr.spec.provider_ref, v->a, &cr, &found, err))
        return false;
    if (!found)
        return *v->cr.spec.provider_ref ? unknown_provider(v, ret) : true;
    if (KC_STREQ(cr.spec.type, KC_AI_BUILTIN))
        return true;
    q.provider.cr = cr;
    ret->provider = cr.meta.name;
    ret->model = cr.spec.model;
    if (!kc_providers_open(v->chat->providers, &cr, v->a, &q.provider, &e)) {
        q.provider.cr = cr;
        return in_vain(&q, kc_arena_strdup(v->a, e.message));
    }
    kc_ai_prompt_make(v->a, in, &q.prompt);
    if (!go_on(&q, &e))
        return in_vain(&q, kc_arena_strdup(v->a, e.message));
    return true;
}

void kc_perform_ask_done(struct kc_visit *v)
{
    for (int round = 0; v->chat->providers && round < ROUNDS; round++)
        kc_ai_desk_forget(v->chat->providers->desk, exchange(v, round));
}
