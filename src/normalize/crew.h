/* crew.h -- what the threads of one normalization share: the queue of pages, and each worker's own.
 * The caller's thread (normalize.c) puts pages in, workers take them out. */
#ifndef HR_NORMALIZE_CREW_H
#define HR_NORMALIZE_CREW_H

#include <pthread.h>

#include "normalize/items.h"
#include "normalize/normalize.h"

/* A page on its way, with its number and that of the first page of its input. */
typedef struct hr_numbered_page {
    hr_page page;
    uint64_t number;
    uint64_t first_of_input;
} hr_numbered_page;

typedef struct hr_crew {
    const hr_normalize_job *job;
    hr_catalog *catalog;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    hr_numbered_page *queue; /* ring */
    size_t queue_cap, queue_at, queue_n;
    size_t page_bytes; /* of the pages in the queue and at work */
    bool closed;       /* nothing more will come */
    bool stopped;      /* something failed */
    hr_error error;
    uint64_t last_page;      /* later ones are not to be loaded */
    uint32_t *items_of_page; /* for row numbers in messages */
    size_t n_pages, cap_pages;
} hr_crew;

typedef struct hr_worker {
    hr_crew *crew;
    pthread_t thread;
    hr_shredder shredder;
    hr_items items;
    hr_ntable *root;
    hr_package_writer *writer;
    hr_tally tally; /* of committed pages */
    void **steps;   /* instances of the job's steps */
    size_t n_steps;
    uint64_t values_loaded, rows_loaded, redone;
    uint64_t null_row; /* row of the page that lacks a value which it must have; 0: none */
} hr_worker;

/* ---- the queue: any thread ---- */

/* Ends everything; the first reason counts. */
void hr_crew_stop(hr_crew *c, hr_status st, const hr_error *why);
bool hr_crew_stopped(hr_crew *c);

/* Puts a page in, waiting while the queue is full, and takes it over. False: the crew has stopped.
 */
bool hr_crew_push(hr_crew *c, hr_numbered_page *page);

/* Takes the next page out, waiting for one; it owes hr_crew_release_page(). False: there is none to
 * come. */
bool hr_crew_pop(hr_crew *c, hr_numbered_page *out);

/* A page that was taken out is done. */
void hr_crew_release_page(hr_crew *c, hr_numbered_page *p);

/* Nothing more comes. */
void hr_crew_close(hr_crew *c);

/* The number of the page after which none is to be loaded. */
uint64_t hr_crew_last_page(hr_crew *c);

/* ---- a worker ---- */

/* `w` is all-zero, and borrows the crew. It is to be released whatever is returned; w->thread runs
 * when that is HR_OK. */
hr_status hr_worker_start(hr_worker *w, hr_crew *c, hr_error *err);

/* After its thread has ended. Gives `so_far`, or what the steps say when that is HR_OK. */
hr_status hr_worker_close_steps(hr_worker *w, hr_status so_far, hr_error *err);

/* Adds what it has done to `out`. */
hr_status hr_worker_collect(hr_worker *w, hr_normalize_result *out, hr_error *err);
void hr_worker_release(hr_worker *w);

#endif
