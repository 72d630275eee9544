#include "cortex/oauth/sealed.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "core/aes_gcm.hpp"
#include "core/random_token.hpp"
#include "tessera/core/base64.hpp"

namespace tessera::server::cortex {
namespace {

constexpr const char* key_file = "cortex-tokens.key";

class descriptor {
  public:
    explicit descriptor(int number) : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int get() const { return number_; }

  private:
    const int number_;
};

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw std::runtime_error("the key of stored tokens, " + file.string() + ", " + why);
}

std::string reason() { return std::generic_category().message(errno); }

secret read_key(const std::filesystem::path& file, int from) {
    struct stat found {};
    if (::fstat(from, &found) != 0 || !S_ISREG(found.st_mode)) refuse(file, "is no file");
    if ((found.st_mode & 077) != 0)
        refuse(file, "may be read by others: make it yours alone with chmod 600");
    char text[128];
    const ssize_t size = ::read(from, text, sizeof text);
    std::string_view held(text, size > 0 ? static_cast<std::size_t>(size) : 0);
    if (held.ends_with('\n')) held.remove_suffix(1);
    auto key = decode_base64(held);
    if (!key || key->size() != aes_key_bytes)
        refuse(file,
               "is not 32 bytes in base64: put the right one there, or remove it and the "
               "tokens are asked for anew");
    return secret(*std::move(key));
}

// The whole key appears under its name at once, so that no crash leaves half of one.
void write_key(const std::filesystem::path& file, const std::string& text) {
    const std::filesystem::path made = file.string() + "." + std::to_string(::getpid());
    {
        const descriptor to(
            ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (to.get() < 0 || ::fchmod(to.get(), 0600) != 0 ||
            ::write(to.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
            ::fsync(to.get()) != 0)
            refuse(file, "cannot be written: " + reason());
    }
    const bool linked = ::link(made.c_str(), file.c_str()) == 0 || errno == EEXIST;
    const std::string why = reason();
    ::unlink(made.c_str());
    if (!linked) refuse(file, "cannot be written: " + why);
}

}  // namespace

secret storage_key(const std::string& configured,
                   const std::optional<std::filesystem::path>& folder) {
    if (!configured.empty()) {
        auto key = decode_base64(configured);
        if (!key || key->size() != aes_key_bytes)
            throw std::runtime_error("cortex.oauth.encryption_key must be 32 bytes in base64");
        return secret(*std::move(key));
    }
    if (!folder) return secret(random_bytes(aes_key_bytes));
    const std::filesystem::path file = *folder / key_file;
    for (const bool may_write : {true, false}) {
        const descriptor from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (from.get() >= 0) return read_key(file, from.get());
        if (errno != ENOENT || !may_write) refuse(file, "cannot be read: " + reason());
        write_key(file, encode_base64(random_bytes(aes_key_bytes)) + "\n");
    }
    refuse(file, "cannot be read");
}

std::string sealer::seal(std::string_view plain, std::string_view bound_to) const {
    std::string nonce = random_bytes(aes_nonce_bytes);
    return nonce + encrypt_aes_gcm(key_, nonce, bound_to, plain);
}

std::optional<std::string> sealer::open(std::string_view sealed, std::string_view bound_to) const {
    if (sealed.size() < aes_nonce_bytes + aes_tag_bytes) return std::nullopt;
    return decrypt_aes_gcm(key_, sealed.substr(0, aes_nonce_bytes), bound_to,
                           sealed.substr(aes_nonce_bytes));
}

}  // namespace tessera::server::cortex
