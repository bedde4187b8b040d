/* strategic: strategic merge patches of the API's built-in types, as apimachinery's CreateTwoWayMergePatch makes them:
 * lists with a merge key are merged item by item, with $setElementOrder; what is gone is null, an item that is gone has
 * $patch: delete. Other lists are replaced. Private to action.
 */
#pragma once

#include "controller/base/json.h"

/* New reference; an empty object when nothing differs. */
json_t *kc_strategic_difference(const json_t *before, const json_t *after);
/* The member by which the items of the list called name are merged; NULL: such lists are replaced. */
const char *kc_merge_key(const char *name);
