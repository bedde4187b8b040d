/* The PostgreSQL store's statements. An insert takes its rows as arrays, one a column. */
#include "controller/audit/pg_schema.h"
#include "controller/audit/pg_store.h"

#define ENTRY "idx, entry, leaf_hash, time, type, request_uid"
/* A head is in the row of its last entry; before version 3 of the schema it had one of its own. In a log that is whole
 * the newest is in the newest row, or in none: only damage makes it look further. */
#define HEAD "idx + 1 AS size, root, checkpoint, head_time AS time"
#define NEWEST_HEAD                                                                                                    \
    "SELECT size, root, checkpoint, time FROM ((SELECT " HEAD " FROM (SELECT * FROM entries ORDER BY idx DESC LIMIT "  \
    "1000) e WHERE root IS NOT NULL ORDER BY idx DESC LIMIT 1) UNION ALL (SELECT size, root, checkpoint, time FROM "   \
    "head ORDER BY size DESC LIMIT 1)) h ORDER BY size DESC LIMIT 1"

/* All that a transaction which grows the log needs, in one command: the lock, a look whether the log is as the caller
 * thinks ($1 to $3; $1 = 0: it holds the lock and knows), the entries, and in the last one's row the head ($11 to $14).
 * Each part costs the server some microseconds: tests/bench/bench_audit.c. */
#define APPEND(i, e, l, t, y, u, n, from)                                                                              \
    "INSERT INTO entries SELECT " i ", CASE WHEN $1::int8 = 0 OR " KC_PG_IS_HEAD(                                      \
        "$1", "$2::bytea", "$3::int8") " THEN " e " ELSE moved($1) END, " l ", " t ", " y ", " u ", " n ", CASE " i    \
                                       " WHEN $11::int8 - 1 THEN $12::bytea END"                                       \
                                       ", CASE " i " WHEN $11 - 1 THEN $13::int8 END"                                  \
                                       ", CASE " i " WHEN $11 - 1 THEN $14::int8 END" from                             \
                                       " WHERE pg_advisory_xact_lock(" KC_PG_APPEND_LOCK ") IS NOT NULL"

const struct kc_pg_statement kc_pg_statements[P_ALL] = {
    [P_ORIGIN] = {"put_origin", "INSERT INTO log SELECT 1, * FROM unnest($1::text[])"},
    [P_BLOBS] = {"put_blobs", "INSERT INTO blobs SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING"},
    [P_ENTRY_BLOBS] = {"put_entry_blobs",
                       "INSERT INTO entry_blobs SELECT * FROM unnest($1::int8[], $2::text[]) ON CONFLICT DO NOTHING"},
    [P_CLAIMS + KC_CLAIM_ONCE] = {"put_once", "INSERT INTO once SELECT * FROM unnest($1::text[], $2::text[], "
                                              "$3::text[], $4::int8[])"},
    [P_CLAIMS + KC_CLAIM_INTENT] = {"put_intents", "INSERT INTO intents SELECT u, p, s, a::int8, i FROM "
                                                   "unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int8[]) "
                                                   "AS r(u, p, s, a, i)"},
    [P_CLAIMS + KC_CLAIM_OUTCOME] = {"put_outcomes", "INSERT INTO outcomes SELECT u, p, s, a::int8, i FROM "
                                                     "unnest($1::text[], $2::text[], $3::text[], $4::text[], "
                                                     "$5::int8[]) AS r(u, p, s, a, i)"},
    [P_CLAIMS +
        KC_CLAIM_NONCE] = {"put_nonces", "INSERT INTO nonces SELECT * FROM unnest($1::text[], $2::text[], $3::int8[])"},
    [P_CLAIMS + KC_CLAIM_RUN] = {"put_runs", "INSERT INTO runs SELECT * FROM unnest($1::text[], $2::text[], "
                                             "$3::text[], $4::text[], $5::int8[])"},
    [P_CHECKPOINT] = {"put_checkpoint",
                      "INSERT INTO checkpoints SELECT * FROM unnest($1::int8[], $2::text[], $3::int8[])"},

    [P_APPEND] = {"append", APPEND("i", "e", "l", "t", "y", "u", "n",
                                   " FROM unnest($4::int8[], $5::bytea[], $6::bytea[], $7::int8[], $8::text[], "
                                   "$9::text[], $10::bytea[]) AS r(i, e, l, t, y, u, n)")},
    [P_APPEND_ONE] = {"append_one", APPEND("$4::int8", "$5::bytea", "$6::bytea", "$7::int8", "$8::text", "$9::text",
                                           "$10::bytea", "")},
    [P_BEGIN] = {"begin", "BEGIN"},
    [P_COMMIT] = {"commit", "COMMIT"},
    [P_LOCK] = {"take_lock", "SELECT pg_advisory_xact_lock(" KC_PG_APPEND_LOCK ")"},
    [P_EXPECT_HEAD] = {"expect_head", "SELECT expect_head($1, $2, $3)"},
    [P_NEWEST] = {"newest", "SELECT coalesce(h.size, 0), h.root, h.checkpoint, h.time, coalesce(c.size, 0), c.note,"
                            " EXISTS (SELECT FROM entries WHERE idx = coalesce(h.size, 0)) FROM (SELECT 1) one"
                            " LEFT JOIN (" NEWEST_HEAD ") h ON true"
                            " LEFT JOIN (SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1) c ON true"},
    [P_EDGE] = {"edge", "SELECT l, ($1::int8 >> l) - 1, substr(nodes, 32 * l - 31, 32) FROM generate_series(1, 62) l"
                        " JOIN entries ON idx = (($1::int8 >> l) << l) - 1 WHERE ($1::int8 >> l) & 1 = 1"
                        " AND length(nodes) >= 32 * l"
                        " UNION ALL SELECT l, idx, hash FROM generate_series(1, 62) l JOIN nodes ON level = l"
                        " AND idx = ($1::int8 >> l) - 1 WHERE ($1::int8 >> l) & 1 = 1"
                        " UNION ALL SELECT 0, idx, leaf_hash FROM entries WHERE idx = $1::int8 - 1 AND $1::int8 & 1 = "
                        "1"},
    [P_GET_ORIGIN] = {"get_origin", "SELECT origin FROM log"},
    [P_GET_LEAF] = {"get_leaf", "SELECT leaf_hash FROM entries WHERE idx = $1"},
    [P_GET_NODE] = {"get_node", "SELECT substr(nodes, 32 * $1::int8::int4 - 31, 32) FROM entries"
                                " WHERE idx = (($2::int8 + 1) << $1::int8::int4) - 1 AND length(nodes) >= 32 * $1"
                                " UNION ALL SELECT hash FROM nodes WHERE level = $1::int8::int2 AND idx = $2"},
    [P_GET_HEAD_NEWEST] = {"get_head_newest", NEWEST_HEAD},
    [P_GET_HEAD] = {"get_head", "SELECT " HEAD " FROM entries WHERE idx = $1::int8 - 1 AND root IS NOT NULL"
                                " UNION ALL SELECT size, root, checkpoint, time FROM head WHERE size = $1"},
    [P_GET_CHECKPOINT_NEWEST] = {"get_checkpoint_newest",
                                 "SELECT size, note FROM checkpoints ORDER BY size DESC LIMIT 1"},
    [P_GET_CHECKPOINT] = {"get_checkpoint", "SELECT size, note FROM checkpoints WHERE size = $1"},
    [P_GET_BLOB] = {"get_blob", "SELECT bytes FROM blobs WHERE digest = $1"},
    [P_HAS_BLOB] = {"has_blob", "SELECT FROM blobs WHERE digest = $1"},
    [P_HAS_ENTRY_BLOB] = {"has_entry_blob", "SELECT FROM entry_blobs WHERE idx = $1 AND digest = $2"},
    [P_GET_ENTRIES] = {"get_entries", "SELECT " ENTRY " FROM entries WHERE idx >= $1 AND idx < $2 ORDER BY idx LIMIT "
                                      "128"},
    [P_GET_ENTRIES_OF] = {"get_entries_of", "SELECT " ENTRY " FROM entries WHERE idx >= $1 AND idx < $2 AND "
                                            "request_uid = $3 AND request_uid <> '' ORDER BY idx LIMIT 128"},
    [P_GET_BLOB_NAMES] = {"get_blob_names", "SELECT digest FROM blobs WHERE digest > $1 ORDER BY digest LIMIT 1000"},
    [P_GET_CHECKPOINTS] = {"get_checkpoints",
                           "SELECT size, note FROM checkpoints WHERE size > $1 ORDER BY size LIMIT 1000"},
    [P_GET_CLAIM + KC_CLAIM_ONCE] = {"get_once", "SELECT request_uid, idx FROM once WHERE request_uid = $1 AND type = "
                                                 "$2 AND key = $3"},
    [P_GET_CLAIM + KC_CLAIM_INTENT] = {"get_intent", "SELECT request_uid, idx FROM intents WHERE request_uid = $1 AND "
                                                     "plan_digest = $2 AND step = $3 AND attempt = $4::text::int8"},
    [P_GET_CLAIM + KC_CLAIM_OUTCOME] = {"get_outcome",
                                        "SELECT request_uid, idx FROM outcomes WHERE request_uid = $1 AND plan_digest "
                                        "= $2 AND step = $3 AND attempt = $4::text::int8"},
    [P_GET_CLAIM + KC_CLAIM_NONCE] = {"get_nonce", "SELECT request_uid, idx FROM nonces WHERE nonce = $1"},
    [P_GET_CLAIM + KC_CLAIM_RUN] = {"get_run",
                                    "SELECT request_uid, idx FROM runs WHERE ns = $1 AND name = $2 AND spec_digest = "
                                    "$3"},
};
