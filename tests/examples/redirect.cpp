// Loaded before the C library, it leads connections to port 8090, which a program has in its text,
// to the server whose URL is in REDIRECT_TO.
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>

extern "C" int connect(int socket, const sockaddr* to, socklen_t length) {
    using function = int (*)(int, const sockaddr*, socklen_t);
    static const auto real = reinterpret_cast<function>(dlsym(RTLD_NEXT, "connect"));
    const char* url = std::getenv("REDIRECT_TO");
    if (to->sa_family != AF_INET || url == nullptr) return real(socket, to, length);
    sockaddr_in address;
    std::memcpy(&address, to, sizeof address);
    if (address.sin_port == htons(8090)) {
        const int port = std::atoi(std::strrchr(url, ':') + 1);
        address.sin_port = htons(static_cast<in_port_t>(port));
    }
    return real(socket, reinterpret_cast<const sockaddr*>(&address), length);
}
