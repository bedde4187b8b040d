/* restore: an object as it was, put together again: the pure pieces that rollbacks are made of.
 *
 * Paths are those of kc_changes_between (record.h). Everything that comes out lives in the arena.
 */
#pragma once

#include "controller/action/action.h"

/* now, but with the fields at these paths, and what lies below them, as captured has them; what others changed beside
 * them stays. Items of lists that are told apart by a key are put back one by one, in their old places as far as the
 * list has not been put into another order; of other lists, one such path stands for the whole list. */
const json_t *kc_object_restore(struct kc_arena *a, const json_t *captured, const json_t *now,
                                const struct kc_strs *paths);

/* The patch that makes want of now, as text for kubectl patch --patch, and *ret_type for its --type: a merge patch (RFC
 * 7386), or, where something within a list differs, a JSON patch (RFC 6902), which names the one item instead of
 * repeating the list. NULL: they are the same. */
const char *kc_object_patch(struct kc_arena *a, const json_t *now, const json_t *want, const char **ret_type);

/* What to create the captured object again from: without what the API server fills in (status, uid, resourceVersion,
 * generation, times, managedFields, selfLink, owner references by uid, cluster IPs, a pod's node, a claim's volume). */
const json_t *kc_object_manifest(struct kc_arena *a, const json_t *captured);

/* Who wrote the field at path last, by metadata.managedFields (status aside), and when (RFC 3339). "", "": it does not
 * tell. */
void kc_field_writer(struct kc_arena *a, const json_t *object, const char *path, const char **ret_manager,
                     const char **ret_time);
