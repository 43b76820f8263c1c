/* A provider that only takes: answers every text over HTTP, or every email over SMTP, as fast as one core can.
 *
 *   sink http PORT LATENCY_MS      sink smtp PORT
 *
 * PORT 0 means any; the port is printed. GET /count tells how much came and how much was under way at once at most.
 * One thread, one epoll. It keeps nothing of what it is sent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096, ROOM = 1 << 18, LATE = 1 << 16 };

struct line { char *data; size_t held; unsigned born; int in_mail; };
struct wait { int fd; unsigned born; double due; };

static struct line lines[MOST];
static struct wait waits[LATE];
static size_t first_wait, last_wait;
static unsigned births;
static unsigned long long asked;
static long under_way, most_under_way;
static double latency;
static int poller;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void put(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent < 0) return;
        text += sent;
        length -= (size_t)sent;
    }
}

static void say(int fd, const char *text) { put(fd, text, strlen(text)); }

static void hang_up(int fd)
{
    lines[fd].born = 0;
    lines[fd].held = 0;
    lines[fd].in_mail = 0;
    close(fd);
}

static void answer(int fd, const char *status, const char *body)
{
    char text[1024];
    int length = snprintf(text, sizeof text,
        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(body), body);
    put(fd, text, (size_t)length);
}

static void take_in(int fd)
{
    char body[512];
    snprintf(body, sizeof body,
        "{\"sid\":\"SM%032llx\",\"status\":\"queued\",\"error_code\":null,\"error_message\":null,"
        "\"account_sid\":\"AC%032x\",\"num_segments\":\"1\",\"direction\":\"outbound-api\"}", asked, 5);
    answer(fd, "201 Created", body);
    under_way--;
}

static void tell_counts(int fd)
{
    char body[128];
    snprintf(body, sizeof body, "{\"asked\":%llu,\"most_under_way\":%ld}", asked, most_under_way);
    answer(fd, "200 OK", body);
}

/* How much of the buffer was one whole request; 0 when it is not complete yet. */
static size_t one_request(int fd, struct line *line)
{
    line->data[line->held] = 0;
    char *end = strstr(line->data, "\r\n\r\n");
    if (!end) return 0;
    size_t body = 0, head = (size_t)(end - line->data) + 4;
    for (char *field = line->data; field < end; field = strstr(field, "\r\n") + 2)
        if (!strncasecmp(field, "content-length:", 15)) body = strtoul(field + 15, NULL, 10);
    if (line->held < head + body) return 0;
    if (!strncmp(line->data, "GET /count", 10)) { tell_counts(fd); return head + body; }
    asked++;
    if (++under_way > most_under_way) most_under_way = under_way;
    if (latency > 0)
        waits[last_wait++ % LATE] = (struct wait){fd, line->born, seconds() + latency};
    else
        take_in(fd);
    return head + body;
}

/* The same for one line of SMTP, or for the whole of a message. */
static size_t one_command(int fd, struct line *line)
{
    line->data[line->held] = 0;
    if (line->in_mail) {
        char *end = !strncmp(line->data, ".\r\n", 3) ? line->data - 2 : memmem(line->data, line->held, "\r\n.\r\n", 5);
        if (!end) return 0;
        line->in_mail = 0;
        asked++;
        say(fd, "250 taken\r\n");
        return (size_t)(end - line->data) + 5;
    }
    char *end = strstr(line->data, "\r\n");
    if (!end) return 0;
    if (!strncasecmp(line->data, "EHLO", 4)) say(fd, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
    else if (!strncasecmp(line->data, "DATA", 4)) { line->in_mail = 1; say(fd, "354 go on\r\n"); }
    else if (!strncasecmp(line->data, "QUIT", 4)) say(fd, "221 bye\r\n");
    else say(fd, "250 ok\r\n");
    return (size_t)(end - line->data) + 2;
}

static void listen_to(int fd, int is_mail)
{
    struct line *line = &lines[fd];
    ssize_t got = recv(fd, line->data + line->held, ROOM - line->held - 1, 0);
    if (got <= 0) { hang_up(fd); return; }
    line->held += (size_t)got;
    size_t used;
    while (line->held && (used = is_mail ? one_command(fd, line) : one_request(fd, line))) {
        memmove(line->data, line->data + used, line->held - used);
        line->held -= used;
    }
    if (line->held >= ROOM - 1) hang_up(fd);
}

static void greet(int server, int is_mail)
{
    int fd = accept(server, NULL, NULL), yes = 1;
    if (fd < 0) return;
    if (fd >= MOST) { close(fd); return; }
    if (!lines[fd].data) lines[fd].data = malloc(ROOM);
    lines[fd].held = 0;
    lines[fd].in_mail = 0;
    lines[fd].born = ++births;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &wanted);
    if (is_mail) say(fd, "220 sink\r\n");
}

/* Answers what has waited long enough; milliseconds until the next, -1 for none. */
static int answer_late_ones(void)
{
    while (first_wait != last_wait) {
        struct wait *next = &waits[first_wait % LATE];
        double left = next->due - seconds();
        if (left > 0) return (int)(left * 1000) + 1;
        if (lines[next->fd].born == next->born) take_in(next->fd);
        else under_way--;
        first_wait++;
    }
    return -1;
}

int main(int count, char **words)
{
    if (count < 3) { fprintf(stderr, "sink http PORT LATENCY_MS | sink smtp PORT\n"); return 2; }
    int is_mail = !strcmp(words[1], "smtp"), yes = 1;
    latency = count > 3 ? atof(words[3]) / 1000 : 0;
    signal(SIGPIPE, SIG_IGN);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[2])),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    if (bind(server, (struct sockaddr *)&here, size) || listen(server, 1024)) { perror("sink"); return 1; }
    getsockname(server, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    poller = epoll_create1(0);
    struct epoll_event wanted = {.events = EPOLLIN, .data.fd = server}, ready[256];
    epoll_ctl(poller, EPOLL_CTL_ADD, server, &wanted);
    for (;;) {
        int number = epoll_wait(poller, ready, 256, answer_late_ones());
        for (int each = 0; each < number; each++)
            if (ready[each].data.fd == server) greet(server, is_mail);
            else listen_to(ready[each].data.fd, is_mail);
    }
}
