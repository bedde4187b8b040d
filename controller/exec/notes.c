#include "controller/exec/notes.h"

#include <string.h>

#include "controller/exec/object.h"
#include "controller/exec/surroundings.h"

#define MAX_CHAIN       4
#define METADATA_ACCEPT KC_JSON_ACCEPT ";as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

/* The metadata of the target: a Scale has neither labels nor annotations. */
static const json_t *metadata_of(const struct kc_cluster *c, const struct kc_identity *who,
                                 const struct kc_target *target, const json_t *before, struct kc_arena *a)
{
    const struct kc_api_request req = {
        .method = "GET", .path = kc_target_path(a, target, NULL), .accept = METADATA_ACCEPT};
    struct kc_err ignored = {0}; /* no right to read it: no warning */
    json_t *object;

    if (!before || KC_STREQ(kc_or(kc_json_str(before, "kind"), ""), target->kind))
        return before;
    return kc_object_read(c, who, &req, a, &object, &ignored) ? object : NULL;
}

/* The owner, where it is in memory and may be seen. */
static const struct kc_item *find_owner(const struct kc_surroundings *around, const struct kc_marks *m)
{
    for (const struct kc_near *k = around->v; k && k < around->v + around->n; k++)
        for (size_t i = 0; k->named && KC_STREQ(k->kind, m->owner_kind) && i < k->n; i++)
            if (KC_STREQ(k->v[i]->name, m->owner_name))
                return kc_item_of(k->v[i]);
    return NULL;
}

/* The object and its controllers. */
static struct kc_chain climb(const struct kc_surroundings *around, const struct kc_marks *marks, struct kc_arena *a)
{
    struct kc_marks *chain = kc_arena_array(a, MAX_CHAIN, sizeof *chain), m = *marks;
    const struct kc_item *up;
    size_t n = 0;

    for (;;) {
        chain[n++] = m;
        up = n < MAX_CHAIN && *m.owner_kind ? find_owner(around, &m) : NULL;
        if (!up)
            break;
        m = kc_marks_of_item(m.owner_kind, up);
    }
    return (struct kc_chain){chain, n};
}

const struct kc_marks *kc_note_marks(const struct kc_cluster *c, const struct kc_identity *who,
                                     const struct kc_record_step *step, const json_t *before, struct kc_arena *a)
{
    const json_t *object = metadata_of(c, who, &step->action.target, before, a);
    struct kc_marks *m;

    if (!object)
        return NULL;
    m = kc_arena_alloc(a, sizeof *m);
    *m = kc_marks_of_json(a, object);
    return m;
}

void kc_note_step(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                  const json_t *before, struct kc_arena *a, struct kc_step_status *status)
{
    const struct kc_marks *marks = kc_note_marks(c, who, step, before, a);
    struct kc_surroundings around;
    const char *warning = NULL;

    kc_surroundings_of(c, who, &step->action.target, a, &around);
    status->blast_radius = kc_reach(a, &(struct kc_reach_part){.step = step, .before = before}, 1, &around);
    if (marks) {
        const struct kc_chain chain = climb(&around, marks, a);
        warning = kc_manager_warning(a, step, chain.v, chain.n);
    }
    if (warning)
        kc_strs_unite(a, &status->warnings, &(struct kc_strs){&warning, 1});
}

static const struct kc_target *const *targets_of(const struct kc_reach_part *parts, size_t n, struct kc_arena *a)
{
    const struct kc_target **v = kc_arena_array(a, n, sizeof(const struct kc_target *));

    for (size_t i = 0; i < n; i++)
        v[i] = &parts[i].step->action.target;
    return v;
}

void kc_note_parts(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_noted_parts *p,
                   struct kc_arena *a, struct kc_parts_note *ret)
{
    const struct kc_record_step **steps = kc_arena_array(a, p->n, sizeof(const struct kc_record_step *));
    struct kc_chain *chains = kc_arena_array(a, p->n, sizeof *chains);
    struct kc_surroundings around;

    kc_surroundings_of_all(c, who, targets_of(p->v, p->n, a), p->n, a, &around);
    for (size_t i = 0; i < p->n; i++) {
        steps[i] = p->v[i].step;
        if (p->marks[i])
            chains[i] = climb(&around, p->marks[i], a);
    }
    ret->reach = kc_reach(a, p->v, p->n, &around);
    ret->warnings = kc_manager_warnings(a, steps, chains, p->n);
    ret->all = kc_reach_is_all(p->v, p->n, &around);
}

size_t kc_note_together(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_reach_part *parts,
                        size_t n, struct kc_arena *a, struct kc_reach_together **ret)
{
    struct kc_reach_part *here = kc_arena_array(a, n, sizeof *here);
    struct kc_strs seen = {.v = kc_arena_array(a, n, sizeof *seen.v)};
    size_t said = 0;

    *ret = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct kc_target *t = &parts[i].step->action.target;
        struct kc_surroundings around;
        struct kc_reach_together *more;
        size_t n_here = 0, n_more;
        if (!*t->ns || kc_strs_has(&seen, t->ns))
            continue;
        seen.v[seen.n++] = t->ns;
        for (size_t j = i; j < n; j++)
            if (KC_STREQ(parts[j].step->action.target.ns, t->ns))
                here[n_here++] = parts[j];
        kc_surroundings_of(c, who, t, a, &around);
        n_more = kc_reach_together(a, here, n_here, &around, &more);
        struct kc_reach_together *all = kc_arena_array(a, said + n_more + 1, sizeof *all);
        if (said)
            memcpy(all, *ret, said * sizeof *all);
        if (n_more)
            memcpy(all + said, more, n_more * sizeof *all);
        *ret = all;
        said += n_more;
    }
    return said;
}
