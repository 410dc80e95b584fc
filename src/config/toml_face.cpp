// The one file of C++: toml++ behind config/toml_face.h. It is compiled without exceptions, so what
// toml++ would throw comes back as a value.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 1
#include <toml++/toml.h>

#include <cstdio>
#include <sstream>
#include <string>

#include "config/toml_face.h"

namespace
{

struct walk {
    bool (*take)(void *ctx, const hr_toml_event *event);
    void *ctx;

    hr_toml_event event(const toml::source_region &at, hr_toml_kind kind) const
    {
        hr_toml_event e{};
        e.kind = kind;
        e.line = at.begin.line;
        e.column = at.begin.column;
        return e;
    }

    bool text(const toml::source_region &at, hr_toml_kind kind, std::string_view s) const
    {
        hr_toml_event e = event(at, kind);
        e.text = s.data();
        e.n = s.size();
        return take(ctx, &e);
    }

    bool table(const toml::table &t) const
    {
        hr_toml_event e = event(t.source(), HR_TOML_TABLE);
        if (!take(ctx, &e))
            return false;
        for (const auto &[key, value] : t)
            if (!text(key.source(), HR_TOML_KEY, key.str()) || !node(value))
                return false;
        e.kind = HR_TOML_END;
        return take(ctx, &e);
    }

    bool array(const toml::array &a) const
    {
        hr_toml_event e = event(a.source(), HR_TOML_ARRAY);
        if (!take(ctx, &e))
            return false;
        for (const auto &value : a)
            if (!node(value))
                return false;
        e.kind = HR_TOML_END;
        return take(ctx, &e);
    }

    template <typename T> bool printed(const toml::source_region &at, const T &value) const
    {
        std::ostringstream out;
        out << value;
        return text(at, HR_TOML_TEXT, out.str());
    }

    bool node(const toml::node &n) const
    {
        hr_toml_event e = event(n.source(), HR_TOML_INTEGER);

        if (const auto *t = n.as_table())
            return table(*t);
        if (const auto *a = n.as_array())
            return array(*a);
        if (const auto *s = n.as_string())
            return text(n.source(), HR_TOML_TEXT, s->get());
        if (const auto *d = n.as_date())
            return printed(n.source(), d->get());
        if (const auto *d = n.as_time())
            return printed(n.source(), d->get());
        if (const auto *d = n.as_date_time())
            return printed(n.source(), d->get());
        if (const auto *i = n.as_integer())
            e.integer = i->get();
        if (const auto *r = n.as_floating_point()) {
            e.kind = HR_TOML_REAL;
            e.real = r->get();
        }
        if (const auto *b = n.as_boolean()) {
            e.kind = HR_TOML_BOOL;
            e.integer = b->get();
        }
        return take(ctx, &e);
    }
};

} // namespace

extern "C" bool hr_toml_walk(const char *text, size_t n,
                             bool (*take)(void *ctx, const hr_toml_event *event), void *ctx,
                             char *why, size_t size, uint32_t *line, uint32_t *column)
{
    const toml::parse_result result = toml::parse(std::string_view(text, n));

    *why = '\0';
    if (result)
        return walk{take, ctx}.table(result.table());
    const std::string_view said = result.error().description();
    (void)std::snprintf(why, size, "%.*s", static_cast<int>(said.size()), said.data());
    *line = result.error().source().begin.line;
    *column = result.error().source().begin.column;
    return false;
}
