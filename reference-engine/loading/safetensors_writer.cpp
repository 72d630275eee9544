#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "loading/safetensors.hpp"

namespace tessera::engine {
namespace {

/// A new file beside its target, removed unless it replaces it.
class temporary_file {
  public:
    explicit temporary_file(const std::filesystem::path& target) : target_(target), path_(target) {
        static std::atomic<unsigned> counter = 0;
        path_ += ".tmp." + std::to_string(::getpid()) + "." + std::to_string(counter++);
        fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd_ < 0) fail("create");
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() {
        if (fd_ >= 0) ::close(fd_);
        if (!done_) ::unlink(path_.c_str());
    }

    void write(std::span<const std::byte> data) {
        while (!data.empty()) {
            const ssize_t n =
                ::write(fd_, data.data(), std::min<std::size_t>(data.size(), 1U << 30));
            if (n < 0 && errno == EINTR) continue;
            if (n <= 0) fail("write");
            data = data.subspan(static_cast<std::size_t>(n));
        }
    }
    void replace_target() {
        if (::fsync(fd_) != 0) fail("write");
        if (::close(std::exchange(fd_, -1)) != 0) fail("write");
        if (::rename(path_.c_str(), target_.c_str()) != 0) fail("rename");
        done_ = true;
    }

  private:
    [[noreturn]] void fail(std::string_view doing) const {
        throw engine_error(error_code::io, path_.string() + ": cannot " + std::string(doing) +
                                               ": " + std::generic_category().message(errno));
    }

    std::filesystem::path target_;
    std::filesystem::path path_;
    int fd_ = -1;
    bool done_ = false;
};

void check(const tensor_view& view, std::set<std::string_view>& names) {
    std::uint64_t size = size_of(view.type);
    bool fits = true;
    for (const std::int64_t dimension : view.shape) {
        fits = fits && dimension >= 0 &&
               !__builtin_mul_overflow(size, static_cast<std::uint64_t>(dimension), &size);
    }
    const char* wrong = !fits || size != view.data.size() ? "has data that do not fit its shape"
                        : view.name == "__metadata__"     ? "has a reserved name"
                        : !names.insert(view.name).second ? "is there twice"
                                                          : nullptr;
    if (wrong != nullptr) {
        throw engine_error(error_code::invalid_argument,
                           "tensor " + in_quotes(view.name) + " " + wrong);
    }
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::span<const tensor_view> tensors,
                       const std::map<std::string, std::string>& metadata) {
    std::set<std::string_view> names;
    std::vector<const tensor_view*> order;
    for (const tensor_view& view : tensors) {
        check(view, names);
        order.push_back(&view);
    }
    // Wide elements first: then every tensor is aligned, since the header ends at a multiple of 8.
    std::ranges::sort(order, {}, [](const tensor_view* view) {
        return std::pair(8 - size_of(view->type), view);  // views lie in the caller's order
    });

    nlohmann::ordered_json header = nlohmann::ordered_json::object();
    auto& members = header.get_ref<nlohmann::ordered_json::object_t&>();
    if (!metadata.empty()) members.emplace_back("__metadata__", metadata);
    std::uint64_t at = 0;
    for (const tensor_view* view : order) {
        members.emplace_back(
            view->name, nlohmann::ordered_json{{"dtype", to_string(view->type)},
                                               {"shape", view->shape},
                                               {"data_offsets", {at, at + view->data.size()}}});
        at += view->data.size();
    }
    std::string text =
        header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    text.append((8 - text.size() % 8) % 8, ' ');
    const std::uint64_t size = text.size();

    temporary_file file(path);
    file.write(std::as_bytes(std::span(&size, 1)));
    file.write(std::as_bytes(std::span(text)));
    for (const tensor_view* view : order) file.write(view->data);
    file.replace_target();
}

}  // namespace tessera::engine
