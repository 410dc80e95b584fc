-- DuckDB's own way from nested documents to the tables that Headrace makes: the same tables,
-- columns and types, inferred by read_json (from a sample), read once for the rows and once for
-- the lists. Row ids are 14 characters of base64 of a digest, as Headrace's are.
SET threads = {threads};
SET preserve_insertion_order = false;
CREATE TEMP MACRO row_id(x) AS left(to_base64(unhex(md5(x::VARCHAR))), 14);
BEGIN;

CREATE TABLE events AS
SELECT id, type, created_at::TIMESTAMPTZ AS created_at, public, amount, note, actor.id AS actor__id,
       actor.login AS actor__login, actor.url AS actor__url, actor.geo.lat AS actor__geo__lat,
       actor.geo.lon AS actor__geo__lon, '1' AS _dlt_load_id, row_id(id) AS _dlt_id
FROM read_json('{input}', format = 'newline_delimited');

CREATE TABLE items_with_tags AS
SELECT unnest(items) AS item, row_id(id) AS _dlt_parent_id,
       generate_subscripts(items, 1) - 1 AS _dlt_list_idx
FROM read_json('{input}', format = 'newline_delimited');

CREATE TABLE events__items AS
SELECT item.sku AS sku, item.qty AS qty, item.price AS price, _dlt_parent_id, _dlt_list_idx,
       row_id(_dlt_parent_id || '_' || _dlt_list_idx) AS _dlt_id
FROM items_with_tags;

CREATE TABLE events__items__tags AS
SELECT value, _dlt_parent_id, _dlt_list_idx,
       row_id(_dlt_parent_id || '_tags_' || _dlt_list_idx) AS _dlt_id
FROM (SELECT unnest(item.tags) AS value,
             row_id(_dlt_parent_id || '_' || _dlt_list_idx) AS _dlt_parent_id,
             generate_subscripts(item.tags, 1) - 1 AS _dlt_list_idx
      FROM items_with_tags);

DROP TABLE items_with_tags;
COMMIT;
