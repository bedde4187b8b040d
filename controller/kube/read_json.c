#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/kube/ingest.h"
#include "controller/kube/peek.h"
#include "controller/kube/reading.h"

static void identify(const struct kc_frame *f, bool event, struct kc_reading *r)
{
    static const char *const ns[] = {"object", "metadata", "namespace", NULL};
    static const char *const name[] = {"object", "metadata", "name", NULL};
    static const char *const rv[] = {"object", "metadata", "resourceVersion", NULL};
    size_t from = event ? 0 : 1;

    kc_peek_string(f->data, f->len, ns + from, r->ns, sizeof(r->ns));
    kc_peek_string(f->data, f->len, rv + from, r->rv, sizeof(r->rv));
    kc_peek_string(f->data, f->len, name + from, r->name, sizeof(r->name));
    kc_reading_key(r);
}

struct kc_record *kc_record_of_object(const json_t *object, const void *data, size_t size, struct kc_err *err)
{
    const char *uid = kc_json_str(object, "metadata.uid");
    const char *rv = kc_json_str(object, "metadata.resourceVersion");
    char key[KC_KEY_CAP];

    if (!kc_record_key(kc_json_str(object, "metadata.namespace"), kc_json_str(object, "metadata.name"), uid, rv, key,
                       err))
        return NULL;
    return kc_record_create(key, uid, rv, data, size);
}

static struct kc_record *decode(const struct kc_reflector_options *o, const json_t *object, struct kc_err *err)
{
    if (!json_is_object(object)) {
        kc_fail(err, KC_INVALID, "BadObject", "it is not a JSON object");
        return NULL;
    }
    if (o->decode)
        return o->decode(o->arg, object, err);

    char *text = json_dumps(object, JSON_COMPACT);
    if (!text) {
        kc_fail(err, KC_INVALID, "BadObject", "it cannot be written as JSON text again");
        return NULL;
    }
    struct kc_record *r = kc_record_of_object(object, text, strlen(text) + 1, err);
    free(text);
    return r;
}

static void read_item(const struct kc_reflector_options *o, const struct kc_frame *f, struct kc_reading *ret)
{
    KC_JSON_SCOPE *object =
        kc_reading_fits(f, &ret->err) ? kc_json_parse(f->data, f->len, KC_OBJECT_MAX, "list item", &ret->err) : NULL;

    ret->record = object ? decode(o, object, &ret->err) : NULL;
    if (!ret->record)
        identify(f, false, ret);
}

static void read_error(const json_t *status, struct kc_err *err)
{
    int code = (int)kc_json_int(status, "code", 500);
    char *text = json_dumps(status, JSON_COMPACT | JSON_ENCODE_ANY);

    kc_err_clear(err);
    kc_status_fail(err, code, text ? text : "", text ? strlen(text) : 0);
    free(text);
}

static void read_event(const struct kc_reflector_options *o, const struct kc_frame *f, struct kc_reading *ret)
{
    static const char *const type[] = {"type", NULL};
    KC_JSON_SCOPE *root =
        kc_reading_fits(f, &ret->err) ? kc_json_parse(f->data, f->len, KC_OBJECT_MAX, "watch event", &ret->err) : NULL;
    const json_t *object = kc_json_at(root, "object");

    kc_peek_string(f->data, f->len, type, ret->type, sizeof(ret->type));
    identify(f, true, ret);
    ret->readable = root != NULL;
    if (KC_STREQ(ret->type, "ERROR")) {
        read_error(object, &ret->err);
    } else if (KC_STREQ(ret->type, "BOOKMARK")) {
        const char *ended = kc_json_map_get(object, "metadata.annotations", KC_INITIAL_EVENTS_END);
        ret->list_ended = ended && KC_STREQ(ended, "true");
    } else if (object) {
        ret->record = decode(o, object, &ret->err);
    } else if (root) {
        kc_fail(&ret->err, KC_INVALID, "BadObject", "the event has no object");
    }
}

static char *copy(const char *s)
{
    char *c = s ? strdup(s) : NULL;

    if (s && !c)
        abort();
    return c;
}

static bool read_page(const struct kc_frame *envelope, struct kc_page *ret, struct kc_err *err)
{
    KC_JSON_SCOPE *list = kc_json_parse(envelope->data, envelope->len, envelope->len + 1, "list", err);
    if (!list)
        return false;

    const json_t *items = kc_json_at(list, "items");
    const char *more = kc_json_str(list, "metadata.continue");

    if (items && !json_is_array(items) && !json_is_null(items))
        return true;
    ret->resource_version = copy(kc_json_str(list, "metadata.resourceVersion"));
    ret->more = more && *more ? copy(more) : NULL;
    ret->strays = json_array_size(items) > 0; /* what was no object stayed in the envelope */
    return true;
}

const struct kc_reader kc_json_reader = {read_item, read_event, read_page};
