/* What became of a send whose answer is missing: the object tells. */
#include <string.h>

#include "controller/action/request.h"
#include "controller/exec/execute.h"
#include "controller/exec/look.h"

/* Whether the object's changed paths hold the values `to` or `from`. */
enum values { VALUES_TO, VALUES_FROM, VALUES_OTHER };

static enum values values_of(struct kc_arena *a, const struct kc_record_step *step, const json_t *now)
{
    bool to = true, from = true;

    for (size_t i = 0; i < step->n_changes; i++) {
        const struct kc_change *ch = &step->changes[i];
        if (ch->volatile_value)
            continue;
        const char *is = kc_object_field(a, now, ch->path);
        to = to && KC_STREQ(is, ch->to);
        from = from && KC_STREQ(is, ch->from);
    }
    return to ? VALUES_TO : from ? VALUES_FROM : VALUES_OTHER;
}

/* The generation counts changes of the spec, if the kind has one; what is in metadata shows in managedFields alone. */
static bool generation_tells(const struct kc_record_step *step, const struct kc_seen *seen)
{
    if (!seen->generation)
        return false;
    for (size_t i = 0; i < step->n_changes; i++)
        if (!kc_str_starts(step->changes[i].path, "metadata."))
            return true;
    return step->n_changes == 0;
}

static enum kc_recovery judge_update(struct kc_arena *a, const struct kc_record_step *step, const struct kc_seen *seen,
                                     const json_t *now, const struct kc_object_meta *meta, const char **ret_message)
{
    const char *shown = kc_action_show(a, &step->action);

    if (!KC_STREQ(meta->uid, seen->uid)) {
        *ret_message = kc_arena_printf(a, "%s was created anew (uid %s, it was %s)", shown, meta->uid, seen->uid);
        return KC_RECOVERED_UNKNOWN;
    }
    enum values values = values_of(a, step, now);
    bool tells = generation_tells(step, seen);
    bool moved = tells ? meta->generation != seen->generation
                       : !KC_STREQ(kc_or(meta->marked_at, ""), kc_or(seen->marked_at, ""));
    if (values == VALUES_TO) {
        *ret_message = kc_arena_printf(a, "%s was found to have the values that were sent", shown);
        return KC_RECOVERED_DONE;
    }
    if (values == VALUES_FROM && !moved) {
        *ret_message = kc_arena_printf(a, "%s has not been touched: the change was not made", shown);
        return KC_RECOVERED_NOT_DONE;
    }
    *ret_message =
        tells ? kc_arena_printf(a,
                                "%s moved from generation %lld to %lld and has not the values that were sent: "
                                "somebody may have reverted them",
                                shown, (long long)seen->generation, (long long)meta->generation)
              : kc_arena_printf(a,
                                "%s was changed at %s and has not the values that were sent: somebody may have "
                                "reverted them",
                                shown, kc_or(meta->marked_at, "some time"));
    return KC_RECOVERED_UNKNOWN;
}

/* Nothing can take a delete back: either the object is as it was, or the delete was accepted. */
static enum kc_recovery judge_delete(struct kc_arena *a, const struct kc_record_step *step, const struct kc_seen *seen,
                                     const json_t *now, const struct kc_object_meta *meta, const char **ret_message)
{
    const char *shown = kc_action_show(a, &step->action);

    if (!now || !KC_STREQ(meta->uid, seen->uid) || meta->being_deleted) {
        *ret_message = kc_arena_printf(a, "%s %s", shown,
                                       !now                  ? "is gone"
                                       : meta->being_deleted ? "is being deleted"
                                                             : "is gone, another of its name is there");
        return KC_RECOVERED_DONE;
    }
    *ret_message = kc_arena_printf(a, "%s is still there: it was not deleted", shown);
    return KC_RECOVERED_NOT_DONE;
}

static bool set_by_us(const json_t *object)
{
    const json_t *fields = kc_json_at(object, "metadata.managedFields");

    for (size_t i = 0; i < json_array_size(fields); i++)
        if (KC_STREQ(kc_or(kc_json_str(json_array_get(fields, i), "manager"), ""), KC_MANAGER))
            return true;
    return false;
}

/* seen->marked_at is the API server's time when the object was not there yet. */
static enum kc_recovery judge_create(struct kc_arena *a, const struct kc_record_step *step, const struct kc_seen *seen,
                                     const json_t *now, const char **ret_message)
{
    const char *shown = kc_action_show(a, &step->action);
    const char *created = kc_or(kc_json_str(now, "metadata.creationTimestamp"), "");

    if (!now) {
        *ret_message = kc_arena_printf(a, "%s is not there: it was not created", shown);
        return KC_RECOVERED_NOT_DONE;
    }
    /* RFC 3339 in UTC compares as text. */
    if (set_by_us(now) && strcmp(created, kc_or(seen->marked_at, "")) >= 0) {
        *ret_message = kc_arena_printf(a, "%s was found created at %s", shown, created);
        return KC_RECOVERED_DONE;
    }
    *ret_message = kc_arena_printf(a, "%s is there, but somebody else made it at %s", shown, created);
    return KC_RECOVERED_UNKNOWN;
}

enum kc_recovery kc_recovery_judge(struct kc_arena *a, const struct kc_record_step *step, const struct kc_seen *seen,
                                   const json_t *now, const struct kc_object_meta *meta, const char **ret_message)
{
    switch (kc_step_deed(step)) {
    case KC_DEED_CREATE:
        return judge_create(a, step, seen, now, ret_message);
    case KC_DEED_DELETE:
        return judge_delete(a, step, seen, now, meta, ret_message);
    default:
        return judge_update(a, step, seen, now, meta, ret_message);
    }
}

bool kc_execute_recover(const struct kc_cluster *c, const struct kc_identity *who, const struct kc_record_step *step,
                        const struct kc_seen *seen, struct kc_arena *a, enum kc_recovery *ret, const char **ret_message,
                        struct kc_err *err)
{
    const char *shown = kc_action_show(a, &step->action);
    bool update = kc_step_deed(step) == KC_DEED_UPDATE;
    struct kc_target_seen now = {0};
    struct kc_err e = {0};

    if (kc_target_look(c, who, &step->action, KC_META_LAST, a, &now, &e) || (e.class == KC_NOT_FOUND && !update)) {
        *ret = kc_recovery_judge(a, step, seen, now.object, &now.meta, ret_message);
        return true;
    }
    if (e.class != KC_NOT_FOUND && e.http_status != 403) {
        *err = e;
        return kc_wrap(err, "looking for what became of %s", step->command);
    }
    *ret = KC_RECOVERED_UNKNOWN;
    *ret_message = kc_arena_printf(a, "whether %s was changed before cannot be known any more: %s", shown, e.message);
    return true;
}
