/* Executed steps, their objects as captured and as they are now -> the steps that take them back. */
#include "controller/plan/rollback.h"

#include <string.h>

#include "controller/action/kubectl.h"
#include "controller/action/request.h"
#include "controller/action/restore.h"
#include "controller/plan/answer.h"
#include "controller/plan/rollback_parts.h"

#define SHOWN_CHANGES 8

/* What one object went through in one step, or in several that can only be taken back together. */
struct unit {
    const struct kc_executed *x;
    struct kc_change *changes; /* from: before the first of the steps; to: after the last */
    size_t n;
    bool folded;     /* into an earlier unit */
    bool by_capture; /* the step's own command would not do */
    bool deleted;    /* by a later step */
};

struct rollback {
    struct kc_arena *a;
    const struct kc_rollback_input *in;
    struct unit *units;
    struct kc_rollback *ret;
    struct kc_strs later, cannot, notes;
};

static const char *shown(const struct rollback *r, const struct unit *u)
{
    return kc_action_show(r->a, &u->x->step->action);
}

static KC_PRINTF(3, 4) void say(struct rollback *r, struct kc_strs *list, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    kc_strs_append(r->a, list, kc_arena_vprintf(r->a, fmt, ap));
    va_end(ap);
}

static const char *joined(struct kc_arena *a, const struct kc_strs *list)
{
    KC_BUF_SCOPE b = {0};
    for (size_t i = 0; i < list->n && i < SHOWN_CHANGES; i++)
        kc_buf_printf(&b, "%s%s", i ? "; " : "", list->v[i]);
    if (list->n > SHOWN_CHANGES)
        kc_buf_printf(&b, "; and %zu more", list->n - SHOWN_CHANGES);
    return kc_arena_strdup(a, kc_buf_str(&b));
}

static struct kc_change *change_at(const struct unit *u, const char *path)
{
    for (size_t i = 0; i < u->n; i++)
        if (KC_STREQ(u->changes[i].path, path))
            return &u->changes[i];
    return NULL;
}

static bool same_object(const struct unit *x, const struct unit *y)
{
    const struct kc_target a = kc_action_object(&x->x->step->action), b = kc_action_object(&y->x->step->action);
    return kc_target_equal(&a, &b);
}

static enum kc_deed deed_of(const struct unit *u)
{
    return kc_step_deed(u->x->step);
}

static bool share_a_field(const struct unit *x, const struct unit *y)
{
    for (size_t i = 0; i < y->n; i++)
        if (change_at(x, y->changes[i].path))
            return true;
    return false;
}

static void add_changes(struct rollback *r, struct unit *into, const struct unit *from)
{
    struct kc_change *v = kc_arena_array(r->a, into->n + from->n + 1, sizeof *v);
    if (into->n)
        memcpy(v, into->changes, into->n * sizeof *v);
    into->changes = v;
    for (size_t i = 0; i < from->n; i++) {
        struct kc_change *same = change_at(into, from->changes[i].path);
        if (same)
            same->to = from->changes[i].to;
        else
            v[into->n++] = from->changes[i];
    }
}

static bool is_made(const struct unit *u)
{
    const struct kc_record_step *s = u->x->step;
    return kc_rollback_way(kc_rollback_row_of(s->action.verb), s) == KC_BACK_DELETE;
}

/* A step whose object an earlier one made, or deleted after it was changed, or changed in the same field, is taken back
 * with that one. */
static void fold(struct rollback *r, size_t i)
{
    struct unit *u = &r->units[i];
    for (size_t j = i; j-- > 0;) {
        struct unit *earlier = &r->units[j];
        if (!same_object(earlier, u) || deed_of(earlier) == KC_DEED_READ || deed_of(earlier) == KC_DEED_DELETE)
            continue;
        bool makes = is_made(earlier), deletes = u->deleted || deed_of(u) == KC_DEED_DELETE;
        if (is_made(u) || (!makes && !deletes && !share_a_field(earlier, u)))
            continue;
        u->folded = true;
        earlier->deleted |= deletes;
        earlier->by_capture = true;
        add_changes(r, earlier, u);
        return;
    }
}

static void take_units(struct rollback *r)
{
    r->units = kc_arena_array(r->a, r->in->n + 1, sizeof *r->units);
    for (size_t i = 0; i < r->in->n; i++) {
        const struct kc_record_step *s = r->in->v[i].step;
        struct unit *u = &r->units[i];
        *u = (struct unit){.x = &r->in->v[i], .changes = kc_arena_array(r->a, s->n_changes + 1, sizeof *u->changes)};
        for (size_t j = 0; j < s->n_changes; j++)
            if (!s->changes[j].volatile_value)
                u->changes[u->n++] = s->changes[j];
    }
    for (size_t i = r->in->n; i-- > 0;)
        fold(r, i);
}

static void add_step(struct rollback *r, const struct unit *u, const struct kc_action *act, size_t later_before)
{
    const struct kc_strs overwritten = {r->later.v + later_before, r->later.n - later_before};
    const char *reason = kc_arena_printf(r->a, "takes back step %zu of %s", u->x->number, r->in->name);
    if (overwritten.n)
        reason = kc_arena_printf(r->a, "%s and what was changed later: %s", reason, joined(r->a, &overwritten));
    kc_answer_step(r->a, &r->ret->planned, act, reason);
}

static const char *quoted(struct kc_arena *a, const char *value)
{
    return *value ? kc_arena_strndup(a, value, 128) : "(none)";
}

static void say_later(struct rollback *r, const struct unit *u, const char *path, const char *left, const char *is)
{
    const char *manager, *time;
    kc_field_writer(r->a, u->x->now, path, &manager, &time);
    const char *by = *manager ? kc_arena_printf(r->a, " (%s%s%s)", manager, *time ? " at " : "", time) : "";
    say(r, &r->later, "%s %s: was left at %s, is %s%s", shown(r, u), path, quoted(r->a, left), quoted(r->a, is), by);
}

static bool is_there_to_see(struct rollback *r, const struct unit *u)
{
    if (*kc_or(u->x->unreadable, ""))
        say(r, &r->cannot, "step %zu: %s", u->x->number, u->x->unreadable);
    return !*kc_or(u->x->unreadable, "");
}

/* The one action that a recorded command is. */
static bool recorded_undo(const struct rollback *r, const struct unit *u, struct kc_action *ret)
{
    const struct kc_kubectl_context c = {.restmap = r->in->restmap,
                                         .default_namespace = kc_or(u->x->step->action.target.ns, "")};
    struct kc_actions all;
    if (!*kc_or(u->x->step->undo, "") || !kc_kubectl_parse(r->a, u->x->step->undo, &c, &all, NULL) || all.n != 1)
        return false;
    *ret = all.v[0];
    return true;
}

/* Whether the fields came out as they were: what has no place of its own in a list that was put into another order
 * cannot be put back one by one. */
static bool restored(struct rollback *r, const struct unit *u, const json_t *want, const struct kc_strs *paths)
{
    for (size_t i = 0; i < paths->n; i++) {
        const struct kc_change *ch = change_at(u, paths->v[i]);
        if (!ch || KC_STREQ(kc_object_field(r->a, want, ch->path), ch->from))
            continue;
        say(r, &r->cannot, "step %zu: %s %s cannot be put back without what is beside it: do it by hand", u->x->number,
            shown(r, u), ch->path);
        return false;
    }
    return true;
}

static bool patch_back(struct rollback *r, const struct unit *u, const struct kc_strs *paths, struct kc_action *ret)
{
    const struct kc_target t = kc_action_object(&u->x->step->action);
    const char *command;
    struct kc_err e = {0};
    if (kc_rollback_of_secret(&u->x->step->action)) {
        say(r, &r->cannot,
            "step %zu: values of a Secret are not put into a plan, which others read: %s has to be put "
            "back by hand",
            u->x->number, shown(r, u));
        return false;
    }
    if (!u->x->captured) {
        say(r, &r->cannot, "step %zu: %s: %s", u->x->number, shown(r, u), kc_or(u->x->not_captured, "not captured"));
        return false;
    }
    const json_t *want = kc_object_restore(r->a, u->x->captured, u->x->now, paths);
    if (!restored(r, u, want, paths))
        return false;
    if (kc_rollback_patch(r->a, &t, r->in->restmap, u->x->now, want, ret, &command, &e))
        return true;
    say(r, &r->cannot, "step %zu: %s", u->x->number, e.message);
    return false;
}

static void back_update(struct rollback *r, const struct unit *u)
{
    struct kc_strs paths = {0};
    size_t later = r->later.n;
    struct kc_action act;
    if (!u->x->now) {
        say(r, &r->later, "%s is gone", shown(r, u));
        return;
    }
    if (!KC_STREQ(kc_or(kc_json_str(u->x->now, "metadata.uid"), ""), u->x->step->uid))
        say(r, &r->later, "%s was deleted and created again", shown(r, u));
    for (size_t i = 0; i < u->n; i++) {
        const struct kc_change *ch = &u->changes[i];
        const char *is = kc_object_field(r->a, u->x->now, ch->path);
        if (KC_STREQ(is, ch->from))
            continue;
        kc_strs_append(r->a, &paths, ch->path);
        if (!KC_STREQ(is, ch->to))
            say_later(r, u, ch->path, ch->to, is);
    }
    if (!paths.n) {
        say(r, &r->notes, "step %zu: %s is already as it was", u->x->number, shown(r, u));
        return;
    }
    if (r->later.n > later && !r->in->overwrite)
        return;
    /* From the capture where there is one; the verb's own opposite reads better. */
    bool own = !u->by_capture && recorded_undo(r, u, &act) && kc_rollback_stands_alone(&act, u->x->now) &&
               (!u->x->captured || !KC_STREQ(act.verb->name, "patch"));
    if (own || patch_back(r, u, &paths, &act))
        add_step(r, u, &act, later);
}

/* The dry run may have shown another value than the one that the object was then made with: an address, for one. */
static bool was_written_later(const struct rollback *r, const struct unit *u, const char *path)
{
    const char *manager, *time;
    kc_field_writer(r->a, u->x->now, path, &manager, &time);
    return *manager && strcmp(time, kc_or(kc_json_str(u->x->now, "metadata.creationTimestamp"), "")) > 0;
}

/* What keeps house in a cluster: fields that it adds to an object are nobody's change. */
static bool is_housekeeper(const char *manager)
{
    return KC_STREQ(manager, KC_MANAGER) || KC_STREQ(manager, "kube-controller-manager") ||
           KC_STREQ(manager, "kube-scheduler") || KC_STREQ(manager, "kubelet") || KC_STREQ(manager, "kube-apiserver");
}

/* What somebody added to an object that we made. */
static void find_additions(struct rollback *r, const struct unit *u)
{
    const char *manager, *time;
    struct kc_change *is;
    size_t n = kc_changes_between(r->a, NULL, u->x->now, &is);
    for (size_t i = 0; i < n; i++) {
        kc_field_writer(r->a, u->x->now, is[i].path, &manager, &time);
        if (*manager && !is_housekeeper(manager) && !change_at(u, is[i].path))
            say_later(r, u, is[i].path, "", is[i].to);
    }
}

static void back_create(struct rollback *r, const struct unit *u)
{
    const struct kc_target t = kc_action_object(&u->x->step->action);
    size_t later = r->later.n;
    struct kc_action act;
    struct kc_err e = {0};
    if (!u->x->now) {
        say(r, &r->notes, "step %zu: %s is gone already", u->x->number, shown(r, u));
        return;
    }
    if (!*kc_or(u->x->made_uid, "")) {
        say(r, &r->cannot,
            "step %zu: whether %s is the object that was made then is not known: look at it and delete "
            "it by hand",
            u->x->number, shown(r, u));
        return;
    }
    const char *uid = kc_or(kc_json_str(u->x->now, "metadata.uid"), "");
    if (!KC_STREQ(uid, u->x->made_uid)) {
        say(r, &r->cannot,
            "step %zu: %s is another object than the one that was made (uid %s, made since %s): it is "
            "not deleted",
            u->x->number, shown(r, u), uid, kc_or(kc_json_str(u->x->now, "metadata.creationTimestamp"), "then"));
        return;
    }
    for (size_t i = 0; i < u->n; i++) {
        const char *is = kc_object_field(r->a, u->x->now, u->changes[i].path);
        if (!KC_STREQ(is, u->changes[i].to) && (!*is || was_written_later(r, u, u->changes[i].path)))
            say_later(r, u, u->changes[i].path, u->changes[i].to, is);
    }
    find_additions(r, u);
    if (r->later.n > later && !r->in->overwrite)
        return;
    if (kc_action_make(r->a, "delete", &t, NULL, 0, NULL, 0, &act, &e))
        add_step(r, u, &act, later);
    else
        say(r, &r->cannot, "step %zu: %s", u->x->number, e.message);
}

static void back_delete(struct rollback *r, const struct unit *u)
{
    const struct kc_target t = kc_action_object(&u->x->step->action);
    const char *maker = kc_or(u->x->step->controller, ""), *uid = kc_or(kc_json_str(u->x->now, "metadata.uid"), "");
    struct kc_action act;
    struct kc_err e = {0};
    if (*maker) {
        say(r, &r->notes, "step %zu: %s is not brought back: %s makes it again by itself", u->x->number, shown(r, u),
            maker);
    } else if (u->x->now && !KC_STREQ(uid, u->x->step->uid)) {
        say(r, r->in->overwrite ? &r->notes : &r->later, "%s is there again (uid %s, made at %s)%s", shown(r, u), uid,
            kc_or(kc_json_str(u->x->now, "metadata.creationTimestamp"), "some time"),
            r->in->overwrite ? ": it is left as it is" : "");
    } else if (kc_json_str(u->x->now, "metadata.deletionTimestamp")) {
        say(r, &r->cannot, "step %zu: %s is still being deleted: ask again when it is gone", u->x->number, shown(r, u));
    } else if (u->x->now) {
        say(r, &r->notes, "step %zu: %s was not deleted", u->x->number, shown(r, u));
    } else if (!u->x->captured) {
        say(r, &r->cannot, "step %zu: %s: %s", u->x->number, shown(r, u), kc_or(u->x->not_captured, "not captured"));
    } else if (kc_rollback_create(r->a, &t, r->in->restmap, u->x->captured, &act, &e)) {
        add_step(r, u, &act, r->later.n);
    } else {
        say(r, &r->cannot, "step %zu: %s", u->x->number, e.message);
    }
}

static void back(struct rollback *r, const struct unit *u)
{
    const struct kc_record_step *s = u->x->step;
    const struct kc_rollback_row *row = kc_rollback_row_of(s->action.verb);
    if (u->folded || s->action.verb->deed == KC_DEED_READ)
        return;
    /* What the preview called irreversible was approved as such: the rest is taken back without it. */
    enum kc_way_back way = kc_rollback_way(row, s);
    if (way == KC_BACK_NEVER || s->reversible == KC_IRREVERSIBLE) {
        say(r, &r->notes, "step %zu cannot be taken back%s%s: %s", u->x->number, row && *row->lost ? ", " : "",
            row ? row->lost : "", s->command);
        return;
    }
    if (!is_there_to_see(r, u))
        return;
    if (way == KC_BACK_DELETE)
        back_create(r, u);
    else if (way == KC_BACK_CREATE || u->deleted)
        back_delete(r, u);
    else
        back_update(r, u);
}

static void refuse(struct rollback *r, const char *reason, const char *message)
{
    r->ret->planned = (struct kc_planned){0};
    kc_answer_refuse(r->a, &r->ret->planned, "%s", message);
    r->ret->reason = reason;
}

void kc_rollback_plan(struct kc_arena *a, const struct kc_rollback_input *in, struct kc_rollback *ret)
{
    struct rollback r = {.a = a, .in = in, .ret = ret};
    *ret = (struct kc_rollback){.reason = "", .note = ""};
    take_units(&r);
    for (size_t i = in->n; i-- > 0;)
        back(&r, &r.units[i]);
    ret->note = joined(a, &r.notes);
    if (r.cannot.n)
        refuse(&r, "CannotRollBack",
               kc_arena_printf(a, "%s cannot be rolled back: %s", in->name, joined(a, &r.cannot)));
    else if (r.later.n && !in->overwrite)
        refuse(&r, "LaterChanges",
               kc_arena_printf(a,
                               "what %s did was changed later: %s; to take that back too, ask with "
                               "spec.overwriteLaterChanges (kubectl chat rollback %s --overwrite-later-changes)",
                               in->name, joined(a, &r.later), in->name));
    else if (!ret->planned.n_steps)
        refuse(&r, "NothingToRollBack",
               kc_arena_printf(a, "there is nothing of %s to roll back%s%s", in->name, r.notes.n ? ": " : "",
                               r.notes.n ? ret->note : ""));
}

bool kc_rollback_needs_capture(const struct kc_record_step *step)
{
    enum kc_way_back way = kc_rollback_way(kc_rollback_row_of(step->action.verb), step);
    return way != KC_BACK_NEVER && way != KC_BACK_DELETE && step->reversible != KC_IRREVERSIBLE &&
           !*kc_or(step->controller, "");
}
