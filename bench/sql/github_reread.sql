-- DuckDB's own way from GitHub-like events to the tables that Headrace makes; as
-- nested_reread.sql.
SET threads = {threads};
SET preserve_insertion_order = false;
CREATE TEMP MACRO row_id(x) AS left(to_base64(unhex(md5(x::VARCHAR))), 14);
BEGIN;

CREATE TABLE events AS
SELECT id, type, public, created_at::TIMESTAMPTZ AS created_at, org.id AS org__id, org.login AS org__login,
       org.gravatar_id AS org__gravatar_id, org.url AS org__url, org.avatar_url AS org__avatar_url,
       payload.action AS payload__action, repo.id AS repo__id, repo.name AS repo__name,
       repo.url AS repo__url, actor.id AS actor__id, actor.login AS actor__login,
       actor.display_login AS actor__display_login, actor.gravatar_id AS actor__gravatar_id,
       actor.url AS actor__url, actor.avatar_url AS actor__avatar_url, '1' AS _dlt_load_id,
       row_id(id) AS _dlt_id, payload.push_id AS payload__push_id,
       payload.size AS payload__size, payload.distinct_size AS payload__distinct_size,
       payload.ref AS payload__ref, payload.head AS payload__head,
       payload.before AS payload__before, payload.number AS payload__number,
       payload.pull_request.id AS payload__pull_request__id,
       payload.pull_request.title AS payload__pull_request__title,
       payload.pull_request.state AS payload__pull_request__state,
       payload.pull_request.merged AS payload__pull_request__merged,
       payload.pull_request.additions AS payload__pull_request__additions,
       payload.pull_request.deletions AS payload__pull_request__deletions,
       payload.pull_request.score AS payload__pull_request__score,
       payload.pull_request.head.ref AS payload__pull_request__head__ref,
       payload.pull_request.head.sha AS payload__pull_request__head__sha
FROM read_json('{input}', format = 'newline_delimited');

CREATE TABLE events__payload__commits AS
SELECT c.sha AS sha, c.message AS message, c."distinct" AS "distinct", c.url AS url,
       c.author.email AS author__email, c.author.name AS author__name, _dlt_parent_id,
       _dlt_list_idx, row_id(_dlt_parent_id || '_' || _dlt_list_idx) AS _dlt_id
FROM (SELECT unnest(payload.commits) AS c, row_id(id) AS _dlt_parent_id,
             generate_subscripts(payload.commits, 1) - 1 AS _dlt_list_idx
      FROM read_json('{input}', format = 'newline_delimited'));

CREATE TABLE events__payload__pull_request__topics AS
SELECT value, _dlt_parent_id, _dlt_list_idx,
       row_id(_dlt_parent_id || '_' || _dlt_list_idx) AS _dlt_id
FROM (SELECT unnest(payload.pull_request.topics) AS value, row_id(id) AS _dlt_parent_id,
             generate_subscripts(payload.pull_request.topics, 1) - 1 AS _dlt_list_idx
      FROM read_json('{input}', format = 'newline_delimited'));
COMMIT;
