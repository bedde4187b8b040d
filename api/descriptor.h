/* descriptor: the shape of an API type as constant tables, one row a field.
 *
 * The same rows drive decoding (decode.c), encoding and defaulting (encode.c), trimming to the limits (fit.c) and the
 * generated CustomResourceDefinition (crd.h), so that the four cannot disagree. A row says where the field lies in its
 * C struct; nested objects and list items are tables of their own. Tables are constant: any thread may use them.
 *
 * Limits are those of JSON schema: characters of a string, items of a list, value of an integer.
 */
#pragma once

#include <stddef.h>

#include "controller/base/json.h"
#include "controller/base/resource.h"
#include "controller/base/text.h"

enum kc_field_kind {
    KC_FIELD_STRING,     /* const char *; "" is absent */
    KC_FIELD_BOOL,       /* bool; false is absent */
    KC_FIELD_INT,        /* int64_t; the row's `absent` is absent */
    KC_FIELD_TIME,       /* int64_t, milliseconds since 1970; 0 is absent; RFC 3339 on the wire */
    KC_FIELD_ENUM,       /* a C enum: index into `names`; a value named "" is absent */
    KC_FIELD_STRINGS,    /* struct kc_strs */
    KC_FIELD_EXTRAS,     /* const struct kc_extra * and a count: a map of string to list of strings */
    KC_FIELD_LABELS,     /* const struct kc_label * and a count: a map of string to string */
    KC_FIELD_OBJECT,     /* the struct itself; `offset` 0 groups fields that lie in the parent's struct */
    KC_FIELD_INLINE,     /* the struct itself, its fields standing beside the parent's (no name) */
    KC_FIELD_OBJECTS,    /* pointer to structs and a count */
    KC_FIELD_CONDITIONS, /* struct kc_conditions; `table` describes a struct kc_condition_item */
};

/* A rule of the Common Expression Language, as x-kubernetes-validations takes it. */
struct kc_rule {
    const char *rule, *message;
    const char *field_path; /* ".approvals": where the refusal is shown; NULL: at the object that carries the rule */
    const char *reason;     /* "FieldValueForbidden"; NULL: FieldValueInvalid */
    bool optional_old_self; /* also evaluated on creation, where oldSelf has no value */
};

/* A string that has to look in a certain way: the pattern for the API server and the same check for the decoder. */
struct kc_format {
    const char *pattern;            /* both RE2 and POSIX extended */
    const struct kc_rule *rule;     /* what the pattern cannot say; NULL: nothing */
    const char *hint;               /* "expected <hint>" */
    bool (*matches)(const char *s); /* pattern and rule */
};
extern const struct kc_format kc_format_dns_label, kc_format_dns_subdomain, kc_format_duration, kc_format_plan_digest,
    kc_format_nonce, kc_format_seal, kc_format_condition_reason, kc_format_name_pattern, kc_format_kind,
    kc_format_label_key;

struct kc_field {
    const char *name; /* in JSON */
    enum kc_field_kind kind;
    bool required; /* refused when missing, and always encoded with its object */
    bool frozen;   /* may not change after creation: a CEL rule on the object that holds it */
    bool secret;   /* never shown in a message */
    bool trim;     /* may be cut to fit, with a visible mark (fit.c) */
    bool presence; /* KC_FIELD_OBJECT: the bool at count_offset says that it is there, be it empty */
    size_t offset, count_offset;
    int64_t min, max, item_max, absent;
    const char *dflt;         /* KC_FIELD_STRING: the value when absent; on other kinds JSON for the schema alone */
    const char *const *names; /* allowed values, ends with NULL; index 0 may be "" */
    const struct kc_format *format; /* of the string, or of every item */
    const struct kc_table *table;
    const struct kc_rule *rules;
    size_t n_rules;
    const char *list_key; /* list items are told apart by this field; NULL: the list is atomic */
    const char *description;
};

struct kc_table {
    const struct kc_field *fields;
    size_t n;
    size_t size;             /* of the struct */
    const char *description; /* of one item, where the table stands for list items */
};

#define KC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The row called name, also among inlined tables; NULL: none. */
const struct kc_field *kc_table_find(const struct kc_table *t, const char *name);

/* Fills *ret (t->size bytes) from object. path is the object's own ("spec", "" for a root). strict: unknown fields
 * fail. Everything is copied into the arena. JSON null reads as absent. On failure ret is undefined; err is INVALID
 * with the field's path, its value (unless secret or long) and what was expected; its reason is a metav1.CauseType. */
KC_CHECK bool kc_table_decode(struct kc_arena *a, const struct kc_table *t, const json_t *object, const char *path,
                              bool strict, void *ret, struct kc_err *err);

/* New reference, never NULL but out of memory. Absent optional fields and empty optional objects are left out. Bytes
 * that are not UTF-8 become U+FFFD. */
json_t *kc_table_encode(const struct kc_table *t, const void *object);

/* Cuts what may be cut so that every field is within its limits and no text or list is longer than chars and items (at
 * least 64 and 1), and says so in place ("… 12 more changes"). object is changed in place, lists and texts are replaced
 * by copies in the arena. False: a field that may not be cut is too long; *ret_field (may be NULL) is its name. */
KC_CHECK bool kc_table_fit(struct kc_arena *a, const struct kc_table *t, void *object, int64_t chars, int64_t items,
                           const char **ret_field);
