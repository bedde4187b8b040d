/* succession: what ties the steps of one plan, and the plans of one request, together.
 *
 * A step may need what an earlier one of its plan makes: the namespace that it works in, or the object that it goes to.
 * It cannot be previewed before that is there: it is deferred. When its turn comes, a plan follows (why "Deferred")
 * with the same steps in the same places, the deferred ones previewed by now. Who approved the plan before has approved
 * this one as well if nothing in it is other than what was described; whether it is, these functions tell from the two
 * records and nothing else. Pure.
 */
#pragma once

#include "controller/action/record.h"

/* Whether its object is there afterwards although it was not before: create, and apply of what is not there. */
bool kc_action_makes(const struct kc_action *act);
/* The same of a step whose object was looked for. */
bool kc_step_makes(const struct kc_record_step *s);

/* Whether act cannot be looked at, or not be made, before earlier was carried out: earlier creates its namespace, or
 * the object that it looks at first or goes to. *ret_what: "namespace/x", for people. Kinds that a step would create (a
 * CustomResourceDefinition) are not known: a command of such a kind is refused when it is read. */
bool kc_action_needs(struct kc_arena *a, const struct kc_action *act, const struct kc_action *earlier,
                     const char **ret_what);

/* Whether an approval of before, whose digest is given, holds for after as well: after follows it, why "Deferred", and
 * each step is the same or was deferred and is as described: the same action, effect and (where one could be made)
 * request, and of the changes those that do not differ from dry run to dry run are what the request states or, for what
 * is created, what every API server puts in its place (kc_is_default). What is destructive never is as described: what
 * it takes away could not be shown. If not, *ret_difference says what is different, for people. */
bool kc_plan_covers(struct kc_arena *a, const struct kc_plan_record *before, const char *before_digest,
                    const struct kc_plan_record *after, const char **ret_difference);

/* Whether the API server itself gives this value to this field of a new object when whoever makes it leaves it out. Of
 * kinds that are not in the table, nothing is. */
bool kc_is_default(const char *kind, const struct kc_change *c);
