/* set image and set resources: what is set on one container of an object. */
#include <string.h>

#include "controller/plan/frame.h"

static const char *quote(const struct kc_reading *r, const struct kc_clause *c)
{
    return kc_reading_quote(r, c->at, c->end);
}

/* "ghcr.io/shop/web:2.3.1@sha256:..." -> where the tag or digest begins. */
static size_t repository_len(const char *image)
{
    const char *digest = strchr(image, '@');
    size_t len = digest ? (size_t)(digest - image) : strlen(image);
    for (size_t i = len; i-- > 0 && image[i] != '/';)
        if (image[i] == ':')
            return i;
    return len;
}

static const char *tag_of(const char *image)
{
    const char *tag = image + repository_len(image);
    return *tag == ':' ? tag + 1 : "";
}

/* "web" of "ghcr.io/shop/web:2.3.1" */
static bool is_called(const char *image, const char *name)
{
    size_t len = repository_len(image), n = strlen(name);
    return len >= n && strncmp(image + len - n, name, n) == 0 && (len == n || image[len - n - 1] == '/');
}

static void ask_container(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o, const char *what)
{
    struct kc_strs names = {0};
    for (size_t i = 0; i < o->n_containers; i++)
        kc_strs_append(r->a, &names, kc_arena_printf(r->a, "%s (%s)", o->containers[i].name, o->containers[i].image));
    if (!o->n_containers)
        kc_answer_ask(r->a, r->ret, "\"%s\": it is not known which containers %s has: say container=image", quote(r, c),
                      kc_object_show(r->a, o));
    else
        kc_answer_ask(r->a, r->ret, "\"%s\": %s in %s is not clear: it has %s; say \"container NAME\"", quote(r, c),
                      what, kc_object_show(r->a, o), kc_words_join(r->a, &names, 8));
}

/* The container that is meant: the one that was named, the only one, the one that is called as the image (or as the
 * object) is. NULL: it asks. */
static const struct kc_container_ref *container_of(struct kc_reading *r, const struct kc_clause *c,
                                                   const struct kc_object *o, const char *image_name)
{
    const struct kc_lexeme *said = kc_clause_slot(c, KC_SLOT_CONTAINER);
    const char *name = said ? said->text : kc_or(image_name, o->name);
    const struct kc_container_ref *found = NULL;
    size_t n = 0;
    if (!said && !image_name && o->n_containers == 1)
        return &o->containers[0];
    for (size_t i = 0; i < o->n_containers; i++)
        if (KC_STREQ(o->containers[i].name, name) || is_called(o->containers[i].image, name)) {
            found = &o->containers[i];
            n++;
        }
    if (n == 1)
        return found;
    ask_container(r, c, o,
                  said         ? said->raw
                  : image_name ? kc_arena_printf(r->a, "\"%s\"", image_name)
                               : "the container");
    return NULL;
}

/* A version that was only said to be the old one has to be the old one. */
static bool check_from(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o,
                       const struct kc_container_ref *container)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->slot == KC_SLOT_VERSION && c->slots[i]->role == KC_W_FROM &&
            !KC_STREQ(c->slots[i]->text, tag_of(container->image)))
            kc_answer_ask(r->a, r->ret, "\"%s\": the image of %s is %s: is the right object meant?", quote(r, c),
                          kc_object_show(r->a, o), container->image);
    return !kc_reading_done(r);
}

/* The one value of a slot that is to be; asks when there are two. */
static const struct kc_lexeme *only_slot(struct kc_reading *r, const struct kc_clause *c, enum kc_slot slot)
{
    const struct kc_lexeme *found = NULL;
    for (size_t i = 0; i < c->n_slots; i++) {
        const struct kc_lexeme *s = c->slots[i];
        if (s->part == KC_W_STATE || s->slot != slot || s->role == KC_W_FROM)
            continue;
        if (found)
            kc_answer_ask(r->a, r->ret, "\"%s\" names both %s and %s: which one is meant?", quote(r, c), found->raw,
                          s->raw);
        found = s;
    }
    return found;
}

struct wanted {
    const char *image;   /* a whole reference; NULL: version */
    const char *version; /* a tag */
    const char *name;    /* "nginx" of "nginx 1.27"; NULL: not said */
};

static bool read_wanted(struct kc_reading *r, const struct kc_clause *c, struct wanted *ret)
{
    const struct kc_lexeme *image = only_slot(r, c, KC_SLOT_IMAGE), *version = only_slot(r, c, KC_SLOT_VERSION);
    bool plain =
        c->has_amount && c->amount.unit == KC_UNIT_COUNT && !c->amount.sign && c->role != KC_ROLE_BY && !c->more;
    *ret = (struct wanted){.image = image ? image->text : NULL};
    if (version) {
        ret->version = version->text;
        ret->name = version->name.name;
    } else if (!image && plain && !c->has_from) {
        ret->version = c->amount_raw;
    }
    if (image && version)
        kc_answer_ask(r->a, r->ret, "\"%s\" names both %s and %s: which one is meant?", quote(r, c), image->raw,
                      version->raw);
    else if (!image && !ret->version)
        kc_answer_ask(r->a, r->ret, "\"%s\": which version, or which image?", quote(r, c));
    else if (c->has_amount && (image || version))
        kc_answer_ask(r->a, r->ret,
                      "\"%s\" holds a number besides: is it meant for replicas? Ask for one thing at a time",
                      quote(r, c));
    else if (c->n_targets > 1 && c->has_amount)
        kc_answer_ask(r->a, r->ret, "\"%s\": is the version meant for each of them? Say it for each by name",
                      quote(r, c));
    return !kc_reading_done(r);
}

static void set_image(struct kc_reading *r, const struct kc_clause *c, const struct kc_object *o,
                      const struct wanted *w)
{
    const char *image_name = w->name;
    if (w->image && o->n_containers > 1 && !kc_clause_slot(c, KC_SLOT_CONTAINER)) {
        const char *slash = strrchr(w->image, '/');
        size_t len = repository_len(w->image), from = slash ? (size_t)(slash + 1 - w->image) : 0;
        image_name = kc_arena_strndup(r->a, w->image + from, len > from ? len - from : 0);
    }
    const struct kc_container_ref *container = container_of(r, c, o, image_name);
    if (!container || !check_from(r, c, o, container))
        return;
    const char *image = w->image;
    if (!image)
        image = kc_arena_printf(r->a, "%.*s:%s", (int)repository_len(container->image), container->image, w->version);
    if (KC_STREQ(image, container->image)) {
        kc_answer_refuse(r->a, r->ret, "%s has the image %s already: nothing to change", kc_object_show(r->a, o),
                         image);
        return;
    }
    struct kc_strs operands = {0};
    kc_strs_append(r->a, &operands, kc_arena_printf(r->a, "%s=%s", container->name, image));
    kc_frame_step_on(r, "set image", c, o, NULL, 0, &operands,
                     kc_arena_printf(r->a, "%s is %s", container->name, container->image));
}

/* "deploy basket:2.3.2": the image is called as the object is. */
static struct kc_clause with_target(struct kc_reading *r, const struct kc_clause *c, struct wanted *w)
{
    struct kc_clause out = *c;
    if (c->n_targets || kc_clause_describes(c))
        return out;
    if (w->image && !strchr(w->image, '/')) {
        size_t len = repository_len(w->image);
        out.targets[out.n_targets++] = (struct kc_mention){.name = kc_arena_strndup(r->a, w->image, len), .ns = c->ns};
        w->version = tag_of(w->image);
        w->image = NULL;
    } else if (w->name) {
        out.targets[out.n_targets++] = (struct kc_mention){.name = w->name, .ns = c->ns};
        w->name = NULL;
    }
    return out;
}

/* "set image deployment web nginx=nginx:1.27" */
static void set_pairs(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_strs operands = {0};
    struct kc_chosen chosen;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i]->slot == KC_SLOT_PAIR)
            kc_strs_append(r->a, &operands, c->slots[i]->text);
    if (c->n_slots != operands.n || c->has_amount)
        kc_answer_ask(r->a, r->ret, "\"%s\": write only container=image", quote(r, c));
    if (!kc_reading_done(r) && kc_choose(r, c, &pick, &chosen))
        for (size_t i = 0; i < chosen.n; i++)
            kc_frame_step_on(r, f->verb, c, chosen.v[i], NULL, 0, &operands, "");
}

void kc_plan_image(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_chosen chosen;
    struct wanted w;
    if (kc_clause_slot(c, KC_SLOT_PAIR)) {
        set_pairs(r, f, c);
        return;
    }
    if (!read_wanted(r, c, &w))
        return;
    struct kc_clause clause = with_target(r, c, &w);
    clause.pods = false;
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n && !kc_reading_done(r); i++)
        set_image(r, c, chosen.v[i], &w);
}

/* "memory=512Mi,cpu=500m" of what belongs to limits or to requests. */
struct resources {
    const char *limits, *requests;
    bool from; /* an old value was said, which nothing is compared with */
};

static void add(struct kc_reading *r, struct resources *to, uint64_t scope, const char *what, const char *text)
{
    const uint64_t both = KC_H_LIMIT | KC_H_REQUEST;
    if ((scope & both) == both) {
        add(r, to, KC_H_LIMIT, what, text);
        add(r, to, KC_H_REQUEST, what, text);
        return;
    }
    const char **list = scope & KC_H_LIMIT ? &to->limits : &to->requests;
    if (*list && strstr(*list, what))
        kc_answer_ask(r->a, r->ret, "two amounts of %s: which one is meant?", what);
    *list = kc_arena_printf(r->a, "%s%s%s=%s", kc_or(*list, ""), *list ? "," : "", what, text);
}

static uint64_t scope_of(struct kc_reading *r, const struct kc_clause *c, uint64_t said)
{
    const uint64_t both = KC_H_LIMIT | KC_H_REQUEST;
    uint64_t of_clause = (c->hints | c->lent_hints) & both;
    if (said)
        return said;
    if (of_clause == KC_H_LIMIT || of_clause == KC_H_REQUEST || c->both_scopes)
        return of_clause;
    kc_answer_ask(r->a, r->ret,
                  "\"%s\": is it the limit or the request that should be set? Say \"limit\" or \"request\"",
                  quote(r, c));
    return KC_H_LIMIT;
}

/* "by 256Mi", "256Mi more", "raise it 256Mi": kubectl sets amounts, and what there is is not known here. */
static bool is_relative(const struct kc_clause *c, const struct kc_lexeme *s)
{
    bool raises = c->verb && c->verb->sign && !c->verb->gives;
    return c->more || (c->verb && c->verb->num) ||
           (s ? s->role == KC_W_BY || (raises && s->role != KC_W_TO) : c->role != KC_ROLE_TO && raises);
}

static bool read_resources(struct kc_reading *r, const struct kc_clause *c, struct resources *ret)
{
    bool cpu = false;
    *ret = (struct resources){0};
    for (size_t i = 0; i < c->n_slots && !kc_reading_done(r); i++) {
        const struct kc_lexeme *s = c->slots[i];
        if (s->slot == KC_SLOT_CONTAINER)
            continue;
        if (s->role == KC_W_FROM) {
            ret->from = true;
            continue;
        }
        cpu |= s->slot == KC_SLOT_CPU;
        if (is_relative(c, s))
            kc_answer_ask(r->a, r->ret, "\"%s\": how much should it be in the end? Say \"to 512Mi\"", quote(r, c));
        else
            add(r, ret, scope_of(r, c, s->scope), s->slot == KC_SLOT_CPU ? "cpu" : "memory", s->text);
    }
    bool plain = c->has_amount && c->amount.unit == KC_UNIT_COUNT && !c->amount.sign && c->hints & KC_H_CPU && !cpu;
    if (kc_reading_done(r))
        return false;
    if (plain && !c->pods && c->role != KC_ROLE_BY && !is_relative(c, NULL) &&
        strspn(c->amount_raw, "0123456789.") == strlen(c->amount_raw))
        add(r, ret, scope_of(r, c, 0), "cpu", c->amount_raw);
    else if (c->has_amount)
        kc_answer_ask(r->a, r->ret, "\"%s\": %s of what? Say it with a unit, as in 512Mi of memory or 500m of CPU",
                      quote(r, c), c->amount_raw);
    if (!ret->limits && !ret->requests)
        kc_answer_ask(r->a, r->ret, "\"%s\": how much memory or CPU should it be? Say \"memory limit to 512Mi\"",
                      quote(r, c));
    return !kc_reading_done(r);
}

void kc_plan_resources(struct kc_reading *r, const struct kc_frame *f, const struct kc_clause *c)
{
    struct kc_pick pick = kc_frame_pick(f);
    struct kc_clause clause = *c;
    struct resources given;
    struct kc_chosen chosen;
    if (!read_resources(r, c, &given))
        return;
    clause.pods = false;
    if (!kc_choose(r, &clause, &pick, &chosen))
        return;
    for (size_t i = 0; i < chosen.n && !kc_reading_done(r); i++) {
        const struct kc_object *o = chosen.v[i];
        const struct kc_container_ref *container = container_of(r, c, o, NULL);
        struct kc_flag_value flags[] = {{"containers", o->n_containers > 1 && container ? container->name : NULL},
                                        {"limits", given.limits},
                                        {"requests", given.requests}};
        if (container)
            kc_frame_step_on(r, f->verb, c, o, flags, sizeof flags / sizeof *flags, NULL,
                             given.from ? "the amount there is was not compared" : "");
    }
}
