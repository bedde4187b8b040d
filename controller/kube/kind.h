/* kind: the kinds that the fleet holds, each with what it takes to read one.
 *
 * To add one: its message in controller/kube/proto/, a function that reads it into an item, and a row in kinds.c.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "controller/base/json.h"
#include "controller/kube/item.h"
#include "controller/kube/scratch.h"

struct kc_kind {
    const char *group, *version, *kind, *resource;
    bool namespaced;
    bool many;          /* they grow with the pods: listed in pages, which takes half as long as a watch list */
    bool metadata_only; /* only the metadata of each object is asked for */
    const ProtobufCMessageDescriptor *message; /* its first field is metadata */
    /* m is a message of that type; what goes into *ret beyond its metadata may be in the arena. NULL: nothing. */
    void (*read)(struct kc_arena *a, const ProtobufCMessage *m, struct kc_item *ret);
};

extern const struct kc_kind kc_kinds[];
extern const size_t kc_n_kinds;

/* NULL: the fleet does not hold it. */
const struct kc_kind *kc_kind_find(const char *group, const char *resource);

/* One object's record from its protobuf (without envelope) or its JSON. s is reset when that is over. NULL with INVALID
 * when the object is broken, or decodes to more than s gives, or as kc_item_pack. */
struct kc_record *kc_kind_decode(const struct kc_kind *k, struct kc_intern *strings, struct kc_scratch *s,
                                 const uint8_t *object, size_t len, struct kc_err *err);
struct kc_record *kc_kind_decode_json(const struct kc_kind *k, struct kc_intern *strings, struct kc_scratch *s,
                                      const json_t *object, struct kc_err *err);

/* The message that protobuf would have carried, from an object's JSON; everything lives in the arena, json outlives it.
 * Members that the message does not have, or of another type, are left out. */
ProtobufCMessage *kc_message_of_json(struct kc_arena *a, const ProtobufCMessageDescriptor *d, const json_t *json);
