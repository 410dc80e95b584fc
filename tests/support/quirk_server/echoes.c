/* echoes.c -- replies that repeat all that was sent: headers, parameters, body. Whoever shows a
 * reply shows its own secrets then. */
#include "quirk.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

static void add(const call *c, const char *text)
{
    if (!hr_buf_addz(&c->out->body, text)) {
        abort();
    }
}

/* As it stands, but for what JSON has no room for. */
static void add_text(const call *c, const char *text)
{
    for (; text && *text; text++) {
        if (*text == '"' || *text == '\\') {
            add(c, "\\");
        }
        if ((unsigned char)*text >= ' ') {
            hr_buf_addc(&c->out->body, *text);
        }
    }
}

static enum MHD_Result add_value(void *cls, enum MHD_ValueKind kind, const char *name,
                                 const char *value)
{
    const call *c = cls;
    (void)kind;
    add_text(c, name);
    add(c, ": ");
    add_text(c, value);
    add(c, "; ");
    return MHD_YES;
}

static void add_echo(const call *c)
{
    call copy = *c;
    add_text(c, c->in->target);
    add(c, " ");
    MHD_get_connection_values(c->in->connection, MHD_HEADER_KIND, add_value, &copy);
    MHD_get_connection_values(c->in->connection, MHD_GET_ARGUMENT_KIND, add_value, &copy);
    add_text(c, c->in->body);
}

/* /echo-status/401/...: that status, with {"message": everything}. */
static void echo_status(const call *c)
{
    c->out->status = (unsigned)strtoul(c->rest, NULL, 10);
    add(c, "{\"message\": \"you sent ");
    add_echo(c);
    add(c, "\"}");
}

static void echo_html(const call *c)
{
    add(c, "<html><body>");
    add_echo(c);
    add(c, "</body></html>");
    hs_head(c->out, "Content-Type", "text/html");
}

static void echo_torn(const call *c)
{
    add(c, "{\"data\": [{\"id\": 1, \"text\": \"");
    add_echo(c);
}

/* Rows, but the way on is lost, and the total repeats what was sent. */
static void echo_total(const call *c)
{
    add(c, "{\"data\": [{\"id\": 1}], \"total\": \"");
    add_echo(c);
    add(c, "\", \"next\": \"gopher://");
    add_echo(c);
    add(c, "\"}");
}

/* A token endpoint: the token is the client_id, percent-encoded as it came. */
static void echo_token(const call *c)
{
    const char *at = strstr(c->in->body, "client_id=");
    at = at ? at + strlen("client_id=") : "";
    hs_body(c->out, "{\"access_token\": \"%.*s\"}", (int)strcspn(at, "&"), at);
}

static void no_echo(const call *c)
{
    put_page(c, 1, 3);
}

const quirk echo_quirks[] = {
    {"echo-status", echo_status},
    {"echo-html", echo_html},
    {"echo-torn", echo_torn},
    {"echo-total", echo_total},
    {"echo-token", echo_token},
    {"no-echo", no_echo},
    {0},
};
