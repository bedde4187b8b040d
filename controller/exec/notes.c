#include "controller/exec/notes.h"

#include "controller/exec/object.h"
#include "controller/exec/surroundings.h"
#include "controller/plan/manager.h"

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

static const char *warning_of(const struct kc_record_step *step, const json_t *object,
                              const struct kc_surroundings *around, struct kc_arena *a)
{
    struct kc_marks chain[MAX_CHAIN], m = kc_marks_of_json(a, object);
    const struct kc_item *up;
    size_t n = 0;

    for (;;) {
        chain[n++] = m;
        up = n < MAX_CHAIN && *m.owner_kind ? find_owner(around, &m) : NULL;
        if (!up)
            break;
        m = kc_marks_of_item(m.owner_kind, up);
    }
    return kc_manager_warning(a, step, chain, n);
}

static void add(struct kc_arena *a, struct kc_strs *list, const char *text)
{
    const char **v = kc_arena_array(a, list->n + 1, sizeof *v);

    for (size_t i = 0; i < list->n; i++)
        v[i] = list->v[i];
    v[list->n] = text;
    *list = (struct kc_strs){v, list->n + 1};
}

void kc_note_step(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                  const json_t *before, struct kc_arena *a, struct kc_step_status *status)
{
    const struct kc_target *target = &step->action.target;
    const json_t *object = metadata_of(c, who, target, before, a);
    struct kc_surroundings around;
    const char *warning;

    kc_surroundings_of(c, who, target, a, &around);
    status->blast_radius = kc_reach(a, &(struct kc_reach_part){.step = step, .before = before}, 1, &around);
    warning = object ? warning_of(step, object, &around, a) : NULL;
    if (warning)
        add(a, &status->warnings, warning);
}
