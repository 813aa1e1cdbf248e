/* Workload B, hard-coded: one 32-byte record a request, a binary heap of packed keys, FIFO queues through the records.
   Usage: workload_b SEED VIRTUAL_SECONDS. Prints requests, events, CPU seconds, mean ms, p99 ms, busy shares. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { APPS = 4, APP_SLOTS = 16, DB_SLOTS = 32, MOST = 1 << 16, BUCKETS = 4096 };
enum { TO_LB, TO_APP, APP_DONE, AT_CACHE, CACHE_DONE, AT_DB, DB_DONE, BACK_AT_CACHE, BACK_AT_APP, BACK_AT_LB, BACK };

typedef struct { int64_t began; int32_t next, step, app, pad[3]; } Request;
typedef struct { int32_t busy, cap, head, tail; int64_t last, area; } Station;

static Request request[MOST];
static int64_t heap[MOST + 1];
static int32_t pending, unused;
static Station app[APPS], db;
static int64_t now, histogram[BUCKETS], requests, events;
static double total;
static uint64_t seed;

static inline uint64_t word(void) {
    uint64_t z = (seed += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static inline int64_t draw(double mean) { return (int64_t)(-log((double)((word() >> 11) + 1) * 0x1p-53) * mean); }

static inline void push(int64_t at, int32_t id) {
    int64_t key = at << 16 | id;
    int32_t i = ++pending;
    while (i > 1 && heap[i >> 1] > key) { heap[i] = heap[i >> 1]; i >>= 1; }
    heap[i] = key;
}

static inline int64_t pop(void) {
    int64_t top = heap[1], key = heap[pending--];
    int32_t i = 1, child;
    while ((child = 2 * i) <= pending) {
        child += child < pending && heap[child + 1] < heap[child];
        if (heap[child] >= key) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = key;
    return top;
}

static inline void later(Request *r, int32_t id, int32_t step, double mean) { r->step = step; push(now + draw(mean), id); }

static inline void settle(Station *s) { s->area += (now - s->last) * s->busy; s->last = now; }

static inline int enter(Station *s, int32_t id) {
    settle(s);
    if (s->busy < s->cap) { s->busy++; return 1; }
    request[id].next = -1;
    if (s->head < 0) s->head = id; else request[s->tail].next = id;
    s->tail = id;
    return 0;
}

static inline int32_t leave(Station *s) {
    settle(s);
    int32_t id = s->head;
    if (id < 0) { s->busy--; return -1; }
    s->head = request[id].next;
    return id;
}

static void finish(Request *r, int32_t id) {
    int64_t ns = now - r->began;
    double at = ns < 1024 ? 0 : (log2((double)ns) - 10) * 64;
    histogram[at < BUCKETS ? (int)at : BUCKETS - 1]++;
    total += (double)ns;
    requests++;
    r->next = unused;
    unused = id;
}

static void run(int64_t until) {
    static int32_t turn;
    while ((heap[1] >> 16) <= until) {
        int64_t key = pop();
        int32_t id = key & 0xffff, other;
        Request *r = &request[id];
        now = key >> 16;
        events++;
        if (id == 0) {
            other = unused;
            unused = request[other].next;
            request[other].began = now;
            later(&request[other], other, TO_LB, 5e5);
            push(now + draw(1e9 / 14000), 0);
            continue;
        }
        switch (r->step) {
        case TO_LB: r->app = turn++ % APPS; later(r, id, TO_APP, 2e5); break;
        case TO_APP: if (enter(&app[r->app], id)) later(r, id, APP_DONE, 2e6); break;
        case APP_DONE: later(r, id, AT_CACHE, 1e5); break;
        case AT_CACHE: later(r, id, CACHE_DONE, 1e5); break;
        case CACHE_DONE: if ((word() >> 32) < 3865470566u) later(r, id, BACK_AT_APP, 1e5); else later(r, id, AT_DB, 2e5); break;
        case AT_DB: if (enter(&db, id)) later(r, id, DB_DONE, 1e7); break;
        case DB_DONE:
            if ((other = leave(&db)) >= 0) later(&request[other], other, DB_DONE, 1e7);
            later(r, id, BACK_AT_CACHE, 2e5);
            break;
        case BACK_AT_CACHE: later(r, id, BACK_AT_APP, 1e5); break;
        case BACK_AT_APP:
            if ((other = leave(&app[r->app])) >= 0) later(&request[other], other, APP_DONE, 2e6);
            later(r, id, BACK_AT_LB, 2e5);
            break;
        case BACK_AT_LB: later(r, id, BACK, 5e5); break;
        case BACK: finish(r, id); break;
        }
    }
    now = until;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    seed = strtoull(argv[1], 0, 10) * 0x9E3779B97F4A7C15u;
    int64_t virtual_ns = (int64_t)(atof(argv[2]) * 1e9);
    for (int32_t i = 1; i < MOST; i++) request[i].next = i + 1;
    unused = 1;
    for (int i = 0; i < APPS; i++) app[i] = (Station){0, APP_SLOTS, -1, -1, 0, 0};
    db = (Station){0, DB_SLOTS, -1, -1, 0, 0};
    push(0, 0);
    run(1000000000);
    for (int i = 0; i < APPS; i++) { settle(&app[i]); app[i].area = 0; }
    settle(&db);
    db.area = requests = events = 0;
    total = 0;
    memset(histogram, 0, sizeof histogram);
    clock_t began = clock();
    run(1000000000 + virtual_ns);
    double took = (double)(clock() - began) / CLOCKS_PER_SEC;
    int64_t app_area = 0, seen = 0;
    for (int i = 0; i < APPS; i++) { settle(&app[i]); app_area += app[i].area; }
    settle(&db);
    int bucket = 0;
    while (bucket < BUCKETS && (seen += histogram[bucket]) < requests * 0.99) bucket++;
    printf("%lld %lld %f %f %f %f %f\n", (long long)requests, (long long)events, took, total / requests / 1e6,
           exp2(10 + (bucket + 0.5) / 64) / 1e6, (double)app_area / virtual_ns / (APPS * APP_SLOTS), (double)db.area / virtual_ns / DB_SLOTS);
    return 0;
}
