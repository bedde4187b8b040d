/* show parts: the lines that descriptions are made of: text with tabs, aligned at the end (tabs.h). Private to action.
 */
#pragma once

#include "controller/show/show.h"

/* "Name:\tvalue", two spaces for each level. */
void kc_describe_field(struct kc_buf *out, unsigned level, const char *name, const char *value);
void kc_describe_heading(struct kc_buf *out, unsigned level, const char *name); /* "Containers:" */
/* "Labels:\ta=b", one a line; "<none>" for none. separator: "=" for labels, ": " for annotations. */
void kc_describe_map(struct kc_buf *out, unsigned level, const char *name, const json_t *map, const char *separator);
/* "Mon, 23 Nov 2026 09:48:00 +0000" of a field's time; text that is no time as it is. */
const char *kc_describe_time(struct kc_arena *a, const json_t *object, const char *path);
/* A scalar as Go prints it. */
const char *kc_describe_scalar(struct kc_arena *a, const json_t *v);
/* name, namespace, creation time, labels, annotations: how a description begins. */
void kc_describe_head(struct kc_arena *a, const json_t *object, bool with_time, struct kc_buf *out);
/* Whether the controlling owner of object has that uid. */
bool kc_controlled_by(const json_t *object, const char *uid);
void kc_describe_conditions(struct kc_arena *a, const json_t *conditions, bool with_reason, struct kc_buf *out);
void kc_describe_events(struct kc_arena *a, const json_t *list, int64_t now, struct kc_buf *out);
/* "Pod/checkout-1" of the controlling owner; NULL: none. */
const char *kc_describe_controller(struct kc_arena *a, const json_t *object);
/* A list of containers with their statuses (NULL: of a template). */
void kc_describe_containers(struct kc_arena *a, const char *name, const json_t *containers, const json_t *statuses,
                            unsigned level, struct kc_buf *out);
void kc_describe_volumes(struct kc_arena *a, const json_t *volumes, unsigned level, struct kc_buf *out);
