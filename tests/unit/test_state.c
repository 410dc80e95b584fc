/* The pipeline state against dlt 1.31. Files of data/state are the column
 * _dlt_pipeline_state.state after real runs of it, and one state.json of a working folder. */
#include "test_data.h"

#include "headrace/headrace.h"
#include "state/state.h"
#include "json/json.h"

static hr_error err;

static void check(hr_status st, const char *what)
{
    assert_hr_ok(st, &err, what);
}

static void set(hr_state *s, hr_state_field f, const char *value)
{
    check(hr_state_set(s, f, value, &err), value ? value : "null");
}

static hr_state *decode_file(const char *name)
{
    hr_buf stored = read_data(name);
    hr_state *s = NULL;

    check(hr_state_decode(&s, hr_buf_str(&stored), &err), name);
    hr_buf_release(&stored);
    return s;
}

static hr_state *first_state(void)
{
    hr_state *s;

    check(hr_state_new(&s, "/home/me/project", &err), "new");
    set(s, HR_STATE_PIPELINE_NAME, "shop");
    set(s, HR_STATE_DATASET_NAME, "ds");
    set(s, HR_STATE_DEFAULT_SCHEMA_NAME, "shop");
    check(hr_state_add_schema_name(s, "shop", &err), "schema name");
    set(s, HR_STATE_DESTINATION_TYPE, "dlt.destinations.duckdb");
    set(s, HR_STATE_DESTINATION_NAME, NULL);
    return s;
}

static void check_hash(const hr_state *s, const char *want)
{
    char hash[HR_STATE_HASH_TEXT];

    check(hr_state_hash(s, hash, &err), "hash");
    assert_string_equal(hash, want);
}

static void first_run_is_that_of_dlt(void **state)
{
    hr_state *s = first_state(), *theirs = decode_file("state/shop.txt"), *ours;
    hr_buf column = {0};
    bool changed = false;

    (void)state;
    assert_int_equal(hr_state_version(s), 0);
    check(hr_state_bump(s, &changed, &err), "bump");
    assert_true(changed);
    assert_int_equal(hr_state_version(s), 1);
    assert_string_equal(hr_state_get(s, HR_STATE_VERSION_HASH),
                        "q8c5IGUZ8GZWj/P0tbPB3tBwr+3wk0+aaW8LChPvX/U=");
    check(hr_state_bump(s, &changed, &err), "bump");
    assert_false(changed);
    assert_int_equal(hr_state_version(s), 1);

    check_hash(theirs, "q8c5IGUZ8GZWj/P0tbPB3tBwr+3wk0+aaW8LChPvX/U=");
    assert_int_equal(hr_state_version(theirs), 1);
    assert_null(hr_state_get(theirs, HR_STATE_DESTINATION_NAME));
    assert_false(hr_state_first_run(theirs));

    check(hr_state_encode(s, &column, &err), "encode");
    check(hr_state_decode(&ours, hr_buf_str(&column), &err), "decode");
    check_hash(ours, "q8c5IGUZ8GZWj/P0tbPB3tBwr+3wk0+aaW8LChPvX/U=");
    assert_string_equal(hr_state_get(ours, HR_STATE_PIPELINE_NAME), "shop");
    hr_buf_release(&column);
    hr_state_free(ours);
    hr_state_free(theirs);
    hr_state_free(s);
}

static void hashes_like_dlt(void **state)
{
    hr_state *s;

    (void)state;
    check(hr_state_parse(
              &s,
              HR_STR("{\"pipeline_name\":\"p1\",\"schema_names\":[\"p1\"],\"dataset_name\":\"ds\","
                     "\"default_schema_name\":\"p1\",\"destination_type\":"
                     "\"dlt.destinations.duckdb\",\"destination_name\":null,"
                     "\"_state_version\":3,\"_state_engine_version\":4}"),
              &err),
          "parse");
    check_hash(s, "55tgyEsjSVSU8HXVMJW34czp/gIJSmFYaKluKgxI1W4=");
    check(hr_state_bump(s, NULL, &err), "bump");
    assert_int_equal(hr_state_version(s), 3); /* it had no hash before */
    hr_state_free(s);

    s = decode_file("state/replace.txt");
    check_hash(s, hr_state_get(s, HR_STATE_VERSION_HASH));
    hr_state_free(s);
}

/* A cursor, numbers of all kinds, marked values, texts with everything in them. */
static void keeps_what_dlt_wrote(void **state)
{
    hr_buf text = read_data("state/cursor_local.json"), out = {0};
    hr_state *local, *remote = decode_file("state/cursor.txt"), *copy;
    const char *hash = hr_state_get(remote, HR_STATE_VERSION_HASH);

    (void)state;
    check(hr_state_parse(&local, hr_buf_str(&text), &err), "local form");
    check_hash(remote, hash);
    check_hash(local, hash);
    check(hr_state_write(local, &out, &err), "write");
    assert_str_equal(hr_buf_str(&out), hr_buf_str(&text), "local form");
    check(hr_state_copy(&copy, local, &err), "copy");
    hr_buf_reset(&out);
    check(hr_state_write(copy, &out, &err), "write");
    assert_str_equal(hr_buf_str(&out), hr_buf_str(&text), "copy");
    assert_false(hr_state_must_extract(local));
    assert_true(hr_state_must_extract(remote));

    check(hr_state_take_local(remote, local, &err), "local");
    assert_false(hr_state_must_extract(remote));
    hr_buf_release(&out);
    hr_buf_release(&text);
    hr_state_free(copy);
    hr_state_free(remote);
    hr_state_free(local);
}

static void finds_sources(void **state)
{
    hr_state *s = decode_file("state/cursor.txt");
    const yyjson_mut_val *ev =
        hr_json_get(hr_json_get(hr_json_get(hr_state_sources(s), "cursor"), "resources"), "ev");
    const yyjson_mut_val *u = hr_json_get(hr_json_get(ev, "incremental"), "u");
    yyjson_mut_val *sources;

    (void)state;
    assert_true(yyjson_mut_is_raw(hr_json_get(u, "last_value")));
    assert_string_equal(yyjson_mut_get_raw(hr_json_get(u, "last_value")), "2.25");
    hr_state_free(s);

    s = first_state();
    assert_null(hr_state_sources(s));
    check(hr_state_make_sources(s, &sources, &err), "sources");
    assert_true(yyjson_mut_is_obj(sources));
    assert_ptr_equal(hr_state_sources(s), sources);
    assert_non_null(hr_state_doc(s));
    check(hr_state_make_sources(s, &sources, &err), "sources again");
    assert_ptr_equal(hr_state_sources(s), sources);
    hr_state_free(s);
}

/* The hash is that of dlt's state after a first run with write_disposition="replace". */
static void replacing_forgets_the_resource(void **state)
{
    hr_state *s = first_state(), *full;
    hr_json_mval *resources;

    (void)state;
    check(hr_state_forget_resource(s, "shop", "orders", &err), "none there");
    check(hr_state_bump(s, NULL, &err), "bump");
    check_hash(s, "wcXLCzQQ5UdWgLpRdD6av9WycvZM8Q2ghy1mqPZGYkU=");
    hr_state_free(s);

    check(hr_state_parse(&full,
                         HR_STR("{\"_state_version\":1,\"_state_engine_version\":4,\"sources\":{"
                                "\"shop\":{\"resources\":{\"a\":{\"x\":1},\"b\":{}}}}}"),
                         &err),
          "parse");
    check(hr_state_forget_resource(full, "shop", "a", &err), "one there");
    resources = hr_json_get(hr_json_get(hr_state_sources(full), "shop"), "resources");
    assert_null(hr_json_get(resources, "a"));
    assert_non_null(hr_json_get(resources, "b"));
    hr_state_free(full);
}

static void column_form_leaves_local_out(void **state)
{
    hr_state *s = first_state(), *back;
    hr_buf column = {0}, plain = {0};

    (void)state;
    check(hr_state_write(s, &plain, &err), "write");
    assert_non_null(strstr(plain.data, "\"initial_cwd\":\"/home/me/project\""));
    check(hr_state_encode(s, &column, &err), "encode");
    check(hr_state_decode(&back, hr_buf_str(&column), &err), "decode");
    hr_buf_reset(&plain);
    check(hr_state_write(back, &plain, &err), "write");
    assert_null(strstr(plain.data, "initial_cwd"));
    assert_non_null(strstr(plain.data, "\"_local\":{}"));
    hr_buf_release(&column);
    hr_buf_release(&plain);
    hr_state_free(back);
    hr_state_free(s);
}

static void local_part_is_kept_like_dlt(void **state)
{
    static const char want[] =
        "\"_local\":{\"first_run\":false,\"_dev_mode\":false,\"initial_cwd\":\"/home/me/project\","
        "\"last_run_context\":{\"settings_dir\":\"/d/.dlt\",\"local_dir\":\"/d\","
        "\"run_dir\":\"/d\",\"uri\":\"file:///d\"},"
        "\"_last_extracted_at\":\"\xef\x80\xa7"
        "2024-01-01T10:00:00.000005+00:00\","
        "\"_last_extracted_hash\":\"q8c5IGUZ8GZWj/P0tbPB3tBwr+3wk0+aaW8LChPvX/U=\"}";
    hr_state *s = first_state();
    hr_buf out = {0};

    (void)state;
    assert_true(hr_state_first_run(s));
    assert_true(hr_state_must_extract(s));
    check(hr_state_bump(s, NULL, &err), "bump");
    check(hr_state_set_run(s, "/d", &err), "run");
    check(hr_state_mark_extracted(s, 1704103200000005, &err), "extracted");
    assert_false(hr_state_first_run(s));
    assert_false(hr_state_must_extract(s));
    check(hr_state_write(s, &out, &err), "write");
    if (!strstr(out.data, want))
        fail_msg("%s", out.data);
    assert_int_equal(hr_state_version(s), 1);
    check(hr_state_bump(s, NULL, &err), "bump");
    assert_int_equal(hr_state_version(s), 1); /* _local does not count */
    set(s, HR_STATE_DATASET_NAME, "other");
    check(hr_state_bump(s, NULL, &err), "bump");
    assert_int_equal(hr_state_version(s), 2);
    assert_true(hr_state_must_extract(s));
    hr_buf_release(&out);
    hr_state_free(s);
}

static void schema_names_are_sorted(void **state)
{
    static const char *const names[] = {"m", "z", "a", "m", "b", "z"};
    static const char *const want[] = {"a", "b", "m", "z"};
    hr_state *s;

    (void)state;
    check(hr_state_new(&s, "/", &err), "new");
    assert_int_equal(hr_state_n_schema_names(s), 0);
    for (size_t i = 0; i < N_OF(names); i++)
        check(hr_state_add_schema_name(s, names[i], &err), names[i]);
    assert_int_equal(hr_state_n_schema_names(s), N_OF(want));
    for (size_t i = 0; i < N_OF(want); i++)
        assert_string_equal(hr_state_schema_name(s, i), want[i]);
    assert_null(hr_state_schema_name(s, N_OF(want)));
    hr_state_free(s);
}

static void refuses_what_is_no_state(void **state)
{
    static const struct {
        const char *stored;
        hr_status status;
        const char *says;
    } cases[] = {
        {"", HR_E_PARSE, "zlib"},
        {"{", HR_E_PARSE, "not JSON"},
        {"abc=", HR_E_PARSE, "zlib"},
        {"eNqrVkrLz1ey", HR_E_PARSE, "cut short"},
        {"[]", HR_E_PARSE, "not an object"},
        {"{}", HR_E_PARSE, "_state_engine_version"},
        {"{\"_state_engine_version\":5}", HR_E_UNSUPPORTED, "5"},
        {"{\"_state_engine_version\":4}", HR_E_PARSE, "_state_version"},
        {"{\"_state_engine_version\":4,\"_state_version\":-1}", HR_E_PARSE, "_state_version"},
        {"{\"_state_engine_version\":4,\"_state_version\":1,\"dataset_name\":1}", HR_E_PARSE,
         "dataset_name"},
        {"{\"_state_engine_version\":4,\"_state_version\":1,\"dataset_name\":\"a\\u0000\"}",
         HR_E_PARSE, "dataset_name"},
        {"{\"_state_engine_version\":4,\"_state_version\":1,\"schema_names\":[1]}", HR_E_PARSE,
         "schema_names"},
        {"{\"_state_engine_version\":4,\"_state_version\":1,\"schema_names\":\"a\"}", HR_E_PARSE,
         "schema_names"},
        {"{\"_state_engine_version\":4,\"_state_version\":1,\"_local\":[]}", HR_E_PARSE, "_local"},
        {"{\"_state_engine_version\":4,\"_state_version\":1,\"sources\":1}", HR_E_PARSE, "sources"},
    };
    hr_state *s;

    (void)state;
    for (size_t i = 0; i < N_OF(cases); i++) {
        assert_int_equal(hr_state_decode(&s, hr_str_from(cases[i].stored), &err), cases[i].status);
        assert_null(s);
        if (!strstr(err.msg, cases[i].says))
            fail_msg("%s: %s", cases[i].stored, err.msg);
    }
}

/* Larger than a first guess of the buffers, and not compressible to nothing. */
static void packs_large_states(void **state)
{
    hr_state *s = first_state(), *back;
    hr_buf column = {0};
    yyjson_mut_val *sources;
    char key[32];

    (void)state;
    check(hr_state_make_sources(s, &sources, &err), "sources");
    for (uint32_t i = 0; i < 20000; i++) {
        const int n = snprintf(key, sizeof(key), "%u", i * 2654435761U);
        yyjson_mut_val *k = yyjson_mut_strncpy(hr_state_doc(s), key, (size_t)n);
        assert_true(yyjson_mut_obj_add(sources, k, yyjson_mut_uint(hr_state_doc(s), i)));
    }
    check(hr_state_bump(s, NULL, &err), "bump");
    check(hr_state_encode(s, &column, &err), "encode");
    check(hr_state_decode(&back, hr_buf_str(&column), &err), "decode");
    check_hash(back, hr_state_get(s, HR_STATE_VERSION_HASH));
    hr_buf_release(&column);
    hr_state_free(back);
    hr_state_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_run_is_that_of_dlt),
        cmocka_unit_test(hashes_like_dlt),
        cmocka_unit_test(keeps_what_dlt_wrote),
        cmocka_unit_test(finds_sources),
        cmocka_unit_test(replacing_forgets_the_resource),
        cmocka_unit_test(column_form_leaves_local_out),
        cmocka_unit_test(local_part_is_kept_like_dlt),
        cmocka_unit_test(schema_names_are_sorted),
        cmocka_unit_test(refuses_what_is_no_state),
        cmocka_unit_test(packs_large_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
