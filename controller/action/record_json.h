/* record_json: how enums and changes of a plan record stand in JSON. Private to action. */
#pragma once

#include "controller/action/record.h"

/* method, path, query, contentType, body: all texts. */
json_t *kc_request_encode(const struct kc_api_request *r);
/* group, part, whole; a step that has no part has none of them. */
void kc_part_encode(const struct kc_record_step *s, json_t *step);
json_t *kc_change_encode(const struct kc_change *c); /* path, from, to */
/* follows and why, where there is a plan before: what was digested before there could be one keeps its digest. */
void kc_succession_encode(json_t *out, const struct kc_plan_record *r);
/* What of a step is digested. */
json_t *kc_record_step_digested(const struct kc_record_step *s);
/* Values by name; false: no such name. */
bool kc_effect_of_name(const char *name, enum kc_effect *ret);
bool kc_reversible_of_name(const char *name, enum kc_reversible *ret);
