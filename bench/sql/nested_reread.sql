-- DuckDB's own way from nested documents to the tables that Headrace makes: the same tables,
-- columns and types, read once for the rows and once for the lists. Row ids are hashes of the
-- documents' ids, which is cheaper than random ones. Types are given, so none are looked for.
SET threads = {threads};
SET preserve_insertion_order = false;
BEGIN;

CREATE TABLE events AS
SELECT id, type, created_at, public, amount, note, actor.id AS actor__id,
       actor.login AS actor__login, actor.url AS actor__url, actor.geo.lat AS actor__geo__lat,
       actor.geo.lon AS actor__geo__lon, '1' AS _dlt_load_id, hash(id)::VARCHAR AS _dlt_id
FROM read_json('{input}', format = 'newline_delimited', columns = {
    id: 'BIGINT', type: 'VARCHAR', created_at: 'TIMESTAMPTZ', public: 'BOOLEAN', amount: 'DOUBLE',
    note: 'VARCHAR', actor: 'STRUCT(id BIGINT, login VARCHAR, url VARCHAR,
                                    geo STRUCT(lat DOUBLE, lon DOUBLE))'});

CREATE TABLE items_with_tags AS
SELECT unnest(items) AS item, hash(id)::VARCHAR AS _dlt_parent_id,
       generate_subscripts(items, 1) - 1 AS _dlt_list_idx
FROM read_json('{input}', format = 'newline_delimited', columns = {
    id: 'BIGINT', items: 'STRUCT(sku VARCHAR, qty BIGINT, price DOUBLE, tags VARCHAR[])[]'});

CREATE TABLE events__items AS
SELECT item.sku AS sku, item.qty AS qty, item.price AS price, _dlt_parent_id, _dlt_list_idx,
       hash(_dlt_parent_id, _dlt_list_idx)::VARCHAR AS _dlt_id
FROM items_with_tags;

CREATE TABLE events__items__tags AS
SELECT value, _dlt_parent_id, _dlt_list_idx,
       hash(_dlt_parent_id, _dlt_list_idx, 1)::VARCHAR AS _dlt_id
FROM (SELECT unnest(item.tags) AS value,
             hash(_dlt_parent_id, _dlt_list_idx)::VARCHAR AS _dlt_parent_id,
             generate_subscripts(item.tags, 1) - 1 AS _dlt_list_idx
      FROM items_with_tags);

DROP TABLE items_with_tags;
COMMIT;
