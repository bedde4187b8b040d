/* The decoders of the fleet's kinds: the first byte says which; what follows is an object in protobuf, or in JSON when
 * it begins with a bracket. What comes out is read in full, and nothing of it stays behind. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/base/text.h"
#include "controller/kube/kind.h"

static size_t check(const char *s)
{
    if (!kc_utf8_valid(s, strlen(s), NULL))
        abort();
    return strlen(s);
}

static size_t read_all(const struct kc_item *i)
{
    size_t n = check(i->ns) + check(i->name) + check(i->owner_kind) + check(i->owner_name) + check(i->owner_uid) +
               check(i->status) + check(i->node) + check(i->schedule);

    for (size_t k = 0; k < i->n_labels; k++)
        n += check(i->labels[k].key) + check(i->labels[k].value);
    for (size_t k = 0; k < i->n_containers; k++)
        n += check(i->containers[k].name) + check(i->containers[k].image);
    for (size_t k = 0; k < i->n_selector; k++)
        n += check(i->selector[k].key) + check(i->selector[k].operator) + check(i->selector[k].values);
    for (size_t k = 0; k < i->n_refs; k++)
        n += check(i->refs[k].kind) + check(i->refs[k].name);
    (void)kc_selector_matches(i->selector, i->n_selector, i->labels, i->n_labels);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct kc_kind *k = &kc_kinds[data[0] % kc_n_kinds];
    struct kc_intern *strings = kc_intern_create();
    struct kc_scratch *scratch = kc_scratch_create();
    struct kc_err err = {0};
    struct kc_record *r = NULL;

    if (data[1] == '{') {
        KC_JSON_SCOPE *json = kc_json_parse((const char *)data + 1, size - 1, size, "object", &err);
        r = json ? kc_kind_decode_json(k, strings, scratch, json, &err) : NULL;
    } else {
        r = kc_kind_decode(k, strings, scratch, data + 1, size - 1, &err);
    }
    if (!r && err.class != KC_INVALID)
        abort();
    if (r && read_all(kc_item_of(r)) > 65536 + 512)
        abort();
    kc_record_unref(r);
    if (kc_intern_count(strings) != 0)
        abort();
    kc_scratch_destroy(scratch);
    kc_intern_unref(strings);
    return 0;
}
