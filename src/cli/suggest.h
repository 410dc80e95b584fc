/* suggest.h -- what a misspelt word was probably meant to be. */
#ifndef HR_CLI_SUGGEST_H
#define HR_CLI_SUGGEST_H

/* The nearest of `words` (ended by NULL), or NULL when none is near: at most one letter in three
 * wrong, missing, too many or swapped, or the start of exactly one word. */
const char *cli_suggest(const char *word, const char *const *words);

#endif
