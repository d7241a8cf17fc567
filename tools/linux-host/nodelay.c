/*
 * Preloaded into Debian's slirp: TCP_NODELAY on every TCP socket it makes. Without it each small
 * write of the guest waits some 40 ms for the acknowledgement of the one before.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int socket(int domain, int type, int protocol)
{
    static int (*next)(int, int, int);
    const int on = 1;
    int fd;

    if (!next)
        next = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
    fd = next(domain, type, protocol);
    if (fd >= 0 && domain == AF_INET && (type & 15) == SOCK_STREAM)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}
