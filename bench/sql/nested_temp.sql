-- As nested_reread.sql, but parsed once, into a temporary table.
SET threads = {threads};
SET preserve_insertion_order = false;
CREATE TEMP MACRO row_id(x) AS left(to_base64(unhex(md5(x::VARCHAR))), 14);
BEGIN;

CREATE TEMP TABLE raw AS
SELECT *, row_id(id) AS _dlt_id
FROM read_json('{input}', format = 'newline_delimited');

CREATE TABLE events AS
SELECT id, type, created_at::TIMESTAMPTZ AS created_at, public, amount, note, actor.id AS actor__id,
       actor.login AS actor__login, actor.url AS actor__url, actor.geo.lat AS actor__geo__lat,
       actor.geo.lon AS actor__geo__lon, '1' AS _dlt_load_id, _dlt_id
FROM raw;

CREATE TABLE events__items AS
SELECT item.sku AS sku, item.qty AS qty, item.price AS price, _dlt_parent_id, _dlt_list_idx,
       row_id(_dlt_parent_id || '_' || _dlt_list_idx) AS _dlt_id
FROM (SELECT unnest(items) AS item, _dlt_id AS _dlt_parent_id,
             generate_subscripts(items, 1) - 1 AS _dlt_list_idx
      FROM raw);

CREATE TABLE events__items__tags AS
SELECT value, _dlt_parent_id, _dlt_list_idx,
       row_id(_dlt_parent_id || '_tags_' || _dlt_list_idx) AS _dlt_id
FROM (SELECT unnest(item.tags) AS value, row_id(_dlt_id || '_' || list_idx) AS _dlt_parent_id,
             generate_subscripts(item.tags, 1) - 1 AS _dlt_list_idx
      FROM (SELECT unnest(items) AS item, _dlt_id, generate_subscripts(items, 1) - 1 AS list_idx
            FROM raw));

DROP TABLE raw;
COMMIT;
