#include "support.h"

#include "base/mem.h"
#include "headrace/headrace.h"
#include "source/rest_api/source.h"

static hr_status make(const char *yaml, hr_doc **doc, hr_rest_plan **plan, hr_error *err)
{
    HR_TRY(hr_doc_parse_yaml(doc, hr_str_from(yaml), "p.yaml", err));
    return hr_rest_plan_new(plan, *doc, hr_doc_root(*doc), err);
}

static hr_rest_plan *plan_of(const char *yaml, hr_doc **doc)
{
    hr_rest_plan *plan = NULL;
    hr_error err = {0};

    assert_hr_ok(make(yaml, doc, &plan, &err), &err, yaml);
    return plan;
}

static void drop(hr_rest_plan *plan, hr_doc *doc)
{
    hr_rest_plan_free(plan);
    hr_doc_free(doc);
}

#define CLIENT "client: {base_url: 'https://h/v1'}\n"

static void defaults_are_merged_as_dlt_does(void **state)
{
    hr_doc *doc = NULL;
    hr_rest_plan *p = plan_of(CLIENT "resource_defaults:\n"
                                     "  primary_key: id\n"
                                     "  write_disposition: merge\n"
                                     "  columns: {a: {data_type: bigint}, b: {nullable: false}}\n"
                                     "  endpoint:\n"
                                     "    params: {per_page: 100, sort: desc}\n"
                                     "    headers: {A: '1'}\n"
                                     "    paginator: header_link\n"
                                     "resources:\n"
                                     "  - posts\n"
                                     "  - name: issues\n"
                                     "    primary_key: null\n"
                                     "    columns: {a: {data_type: text}}\n"
                                     "    endpoint:\n"
                                     "      path: x/issues\n"
                                     "      params: {sort: asc, per_page: null, q: [1, 2]}\n"
                                     "      headers: {B: '2'}\n"
                                     "      paginator: {type: offset, limit: 10}\n",
                              &doc);

    (void)state;
    assert_int_equal(p->n, 2);
    const hr_rest_resource *posts = &p->resources[0];
    assert_string_equal(posts->name, "posts");
    assert_string_equal(posts->path, "posts");
    assert_int_equal(posts->params.n, 2);
    assert_int_equal(posts->paging.kind, HR_PAGING_HEADER_LINK);
    assert_string_equal(
        posts->hints, "{\"write_disposition\":\"merge\",\"primary_key\":\"id\",\"columns\":{\"a\":"
                      "{\"data_type\":\"bigint\"},\"b\":{\"nullable\":false}}}");
    const hr_rest_resource *issues = &p->resources[1];
    assert_string_equal(issues->path, "x/issues");
    assert_int_equal(issues->params.n, 2);
    assert_str_equal(issues->params.items[0].name, HR_STR("sort"), "sort");
    assert_string_equal(yyjson_get_str(issues->params.items[0].value), "asc");
    assert_int_equal(issues->headers.n, 1);
    assert_int_equal(issues->paging.kind, HR_PAGING_OFFSET);
    assert_string_equal(issues->paging.param, "offset");
    assert_string_equal(issues->paging.limit_param, "limit");
    assert_string_equal(
        issues->hints,
        "{\"write_disposition\":\"merge\",\"columns\":{\"a\":{\"data_type\":\"text\"},"
        "\"b\":{\"nullable\":false}}}");
    drop(p, doc);
}

static void parents_come_before_children(void **state)
{
    hr_doc *doc = NULL;
    hr_rest_plan *p = plan_of(
        CLIENT "resources:\n"
               "  - name: comments\n"
               "    include_from_parent: [id, 'a b']\n"
               "    endpoint: {path: 'issues/{resources.issues.number}/comments', params: {x: "
               "'{resources.issues.user.login}'}}\n"
               "  - name: one\n"
               "    endpoint: {path: 'issues/{number}', params: {number: {type: resolve, resource: "
               "issues, field: number}}}\n"
               "  - name: issues\n"
               "    selected: false\n"
               "  - name: alone\n",
        &doc);

    (void)state;
    assert_string_equal(p->resources[0].name, "issues");
    assert_false(p->resources[0].wanted);
    assert_int_equal(p->resources[0].n_children, 2);
    assert_int_equal(p->resources[0].n_taps, 4); /* number, user.login, id, 'a b' */
    const hr_rest_resource *one = &p->resources[2];
    assert_string_equal(p->resources[1].name, "alone");
    assert_string_equal(one->name, p->resources[2].name);
    for (size_t i = 0; i < p->n; i++) {
        const hr_rest_resource *r = &p->resources[i];

        if (strcmp(r->name, "one") == 0) {
            assert_string_equal(r->path, "issues/{resources.issues.number}");
            assert_int_equal(r->params.n, 0);
            assert_int_equal(r->paging.kind, HR_PAGING_SINGLE);
            assert_string_equal(r->selector_text, "$");
            assert_ptr_equal(r->parent, &p->resources[0]);
        }
        if (strcmp(r->name, "comments") == 0) {
            assert_string_equal(r->includes[0].column, "_issues_id");
            assert_string_equal(r->includes[1].column, "_issues_a b");
            assert_int_equal(r->paging.kind, HR_PAGING_AUTO);
        }
    }
    drop(p, doc);
}

static void cursors_are_split_into_hint_and_request(void **state)
{
    hr_doc *doc = NULL;
    hr_rest_plan *p = plan_of(
        CLIENT "resources:\n"
               "  - name: a\n"
               "    endpoint:\n"
               "      params: {since: '{incremental.start_value}', page: '{{x}}'}\n"
               "      incremental: {cursor_path: updated_at, initial_value: '2024-01-01', convert: "
               "unix, lag: 3}\n"
               "  - name: b\n"
               "    endpoint:\n"
               "      params: {since: {type: incremental, cursor_path: id, initial_value: 0}}\n",
        &doc);

    (void)state;
    assert_string_equal(p->resources[0].hints, "{\"incremental\":{\"cursor_path\":\"updated_at\","
                                               "\"initial_value\":\"2024-01-01\",\"lag\":3}}");
    assert_string_equal(p->resources[0].convert, "unix");
    assert_int_equal(p->resources[0].n_refs, 1);
    assert_string_equal(p->resources[1].start_param, "since");
    assert_int_equal(p->resources[1].params.n, 0);
    assert_string_equal(p->resources[1].hints,
                        "{\"incremental\":{\"cursor_path\":\"id\",\"initial_value\":0}}");
    drop(p, doc);
}

#define ONE(text) CLIENT "resources:\n  - name: a\n    endpoint:\n      " text "\n"

static void mistakes_are_told_with_their_place(void **state)
{
    static const struct {
        const char *yaml, *want;
    } cases[] = {
        {"resources: [a]", "p.yaml:1:1: source.rest_api: \"client\" is missing"},
        {CLIENT, "p.yaml:1:1: source.rest_api: \"resources\" is missing"},
        {CLIENT "resources: []", "p.yaml:2:12: there are no resources"},
        {"client: {}\nresources: [a]", "p.yaml:1:9: client: \"base_url\" is missing"},
        {CLIENT "resources: [a, a]", "p.yaml:2:16: there are two resources named a"},
        {CLIENT "resource: [a]",
         "p.yaml:2:1: source.rest_api has no option \"resource\"; did you mean resources?"},
        {ONE("pth: x"), "p.yaml:5:7: endpoint has no option \"pth\"; did you mean path?"},
        {ONE("method: get"), "p.yaml:5:15: endpoint: method is one of GET, POST, not \"get\""},
        {ONE("paginator: ofset"),
         "p.yaml:5:18: endpoint: paginator is one of auto, single_page, header_link, json_link, "
         "json_response, header_cursor, cursor, page_number, offset, not \"ofset\"; did you mean "
         "offset?"},
        {ONE("paginator: offset"), "p.yaml:5:18: paginator offset: \"limit\" is missing"},
        {ONE("paginator: {type: cursor, cursor_param: a, cursor_body_path: b}"),
         "p.yaml:5:18: paginator cursor: give a parameter or a place in the body, not both"},
        {ONE("paginator: {type: page_number, total_path: null, stop_after_empty_page: false}"),
         "p.yaml:5:18: page_number would never end: give total_path, maximum_page, has_more_path, "
         "or "
         "stop_after_empty_page: true"},
        {ONE("data_selector: 'a['"), "p.yaml:5:22: JSONPath a[: at character 3: expected a name"},
        {ONE("path: 'x/{id}'"),
         "p.yaml:5:13: {id} is not among the params of the endpoint; add it there, or refer to a "
         "parent as {resources.<parent>.<field>}"},
        {ONE("path: 'x/{resources.b.id}'"), "p.yaml:5:13: there is no resource b"},
        {ONE("path: 'x/{resources.b}'"),
         "p.yaml:5:13: {resources.b} names no field of a parent; it is written "
         "{resources.<parent>.<field>}"},
        {ONE("params: {q: '{x}'}"),
         "p.yaml:5:19: {x} is no placeholder that is known; it begins with resources. or "
         "incremental.; braces that are no placeholder are written twice: {{ }}"},
        {ONE("params: {q: '{incremental.start_value}'}"),
         "p.yaml:5:19: {incremental.start_value} needs an incremental block in the endpoint; add "
         "incremental: {cursor_path: ...}"},
        {ONE("json: {q: 'a}'}"),
         "p.yaml:5:17: \"a}\" has a '}' without its partner; a brace that is no placeholder is "
         "written twice: }}"},
        {ONE("params: {q: {type: resolve, resource: a, field: id}}"),
         "p.yaml:5:19: parameter \"q\" of type resolve is not in the path; in the query a parent's "
         "field is written {resources.<parent>.<field>}"},
        {ONE("json: {}\n      data: x"), "p.yaml:6:13: an endpoint has json or data, not both"},
        {ONE("response_actions: [{status_code: 404, action: ignor}]"),
         "p.yaml:5:53: response_actions: action is one of ignore, retry, fail, not \"ignor\"; did "
         "you "
         "mean ignore?"},
        {ONE("response_actions: [{action: ignore}]"),
         "p.yaml:5:26: a response action needs a status_code or a content to apply to"},
        {CLIENT "resources: [{name: a, include_from_parent: [id]}]",
         "p.yaml:2:44: resource a has include_from_parent, but refers to no parent"},
        {CLIENT "resources: [{name: a, processing_steps: [{fliter: x}]}]",
         "p.yaml:2:43: there is no processing step \"fliter\"; did you mean filter; there are "
         "filter, "
         "map, rename, drop and hash"},
        {CLIENT "resources: [{name: a, processing_steps: [{filter: '@.a >'}]}]",
         "p.yaml:2:51: JSONPath @.a >: at character 6: expected a number, a text in quotes, true, "
         "false, null, @ or $"},
        {CLIENT "resources: [{name: a, endpoint: 'x/{resources.b.id}'}, {name: b, endpoint: "
                "'x/{resources.a.id}'}]",
         "p.yaml:2:13: resource a is its own ancestor"},
        {CLIENT "resources: [a, b, {name: c, endpoint: 'x/{resources.a.id}/{resources.b.id}'}]",
         "p.yaml:2:39: resource c refers to two parents, a and b; it can have one"},
        {CLIENT "resources: [issues]\nselect: [isues]",
         "p.yaml:3:10: there is no resource isues; did you mean issues?"},
        {CLIENT "resources: [{name: a, write_disposition: appnd}]", "p.yaml:2:13: "},
        {CLIENT "resources: [{name: a, limit: x}]",
         "p.yaml:2:30: limit takes a number of pages, or {pages: ..., rows: ...}"},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        hr_doc *doc = NULL;
        hr_rest_plan *plan = NULL;
        hr_error err = {0};

        assert_int_equal(make(cases[i].yaml, &doc, &plan, &err), HR_E_CONFIG);
        if (strncmp(err.msg, cases[i].want, strlen(cases[i].want)) == 0)
            hr_doc_free(doc);
        else
            fail_msg("%s\n  got  %s\n  want %s\n", cases[i].yaml, err.msg, cases[i].want);
    }
}

static void what_dlt_documents_is_accepted(void **state)
{
    hr_doc *doc = NULL;
    hr_error err = {0};
    yyjson_val *config = NULL;
    size_t i = 0;
    size_t n = 0;

    (void)state;
    assert_hr_ok(hr_doc_read(&doc, "tests/unit/data/rest_api/documented.yaml", &err), &err, "read");
    yyjson_arr_foreach(hr_doc_root(doc), i, n, config)
    {
        hr_rest_plan *plan = NULL;
        hr_rest_source *source = NULL;

        assert_hr_ok(hr_rest_plan_new(&plan, doc, config, &err), &err, "plan");
        assert_hr_ok(hr_rest_source_new(&source, plan, NULL, NULL, NULL, NULL, &err), &err,
                     "client");
        hr_rest_source_free(source);
    }
    assert_true(n > 10);
    hr_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_merged_as_dlt_does),
        cmocka_unit_test(parents_come_before_children),
        cmocka_unit_test(cursors_are_split_into_hint_and_request),
        cmocka_unit_test(what_dlt_documents_is_accepted),
        cmocka_unit_test(mistakes_are_told_with_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
