#pragma once

#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tessera/core/result.hpp"

namespace tessera {

/// Where a download goes piece by piece, instead of into a string: to a file, or to a function.
class sink {
  public:
    /// One answer on its way.
    class transfer {
      public:
        virtual ~transfer() = default;
        virtual result<void> take(std::string_view piece) = 0;
        /// The answer is whole.
        virtual result<void> finish() = 0;
        /// What was taken can be forgotten, so that the request may be sent again.
        virtual bool can_restart() const = 0;
    };

    sink() = default;
    /// A file that appears under its name when it is whole; until then, and if the call fails, the
    /// file that was there stays. Its bytes gather beside it, in a file ending in ".part".
    template <class Lazy = void>
    static sink to_file(std::filesystem::path path);
    /// Every piece of the answer, on the thread of the call. A failed answer ends without a word;
    /// it is not asked for again once a piece was taken.
    template <class Lazy = void>
    static sink to_function(std::function<void(std::string_view)> take);

    explicit operator bool() const noexcept { return static_cast<bool>(open_); }
    result<std::unique_ptr<transfer>> open() const { return open_(); }

  private:
    std::function<result<std::unique_ptr<transfer>>()> open_;
};

namespace detail {

template <class Lazy>
class file_transfer final : public sink::transfer {
  public:
    explicit file_transfer(std::filesystem::path path) : path_(std::move(path)), part_(path_) {
        part_ += ".part";
    }
    ~file_transfer() override {
        if (file_ == nullptr) return;
        std::fclose(file_);
        std::error_code ignored;
        std::filesystem::remove(part_, ignored);
    }
    result<void> begin() {
        file_ = std::fopen(part_.string().c_str(), "wb");
        if (file_ == nullptr) return failed("cannot be opened");
        return {};
    }
    result<void> take(std::string_view piece) override {
        if (std::fwrite(piece.data(), 1, piece.size(), file_) != piece.size())
            return failed("cannot be written");
        return {};
    }
    result<void> finish() override {
        const bool closed = std::fclose(std::exchange(file_, nullptr)) == 0;
        std::error_code code;
        if (closed) std::filesystem::rename(part_, path_, code);
        if (closed && !code) return {};
        std::error_code ignored;
        std::filesystem::remove(part_, ignored);
        return failed("cannot be written");
    }
    bool can_restart() const override { return true; }

  private:
    error failed(std::string_view why) const {
        const std::error_code code(errno, std::generic_category());
        return {error_kind::invalid_argument, "the download's file " + path_.string() + " " +
                                                  std::string(why) + ": " + code.message()};
    }

    std::filesystem::path path_;
    std::filesystem::path part_;
    std::FILE* file_ = nullptr;
};

template <class Lazy>
class function_transfer final : public sink::transfer {
  public:
    explicit function_transfer(std::shared_ptr<const std::function<void(std::string_view)>> take)
        : take_(std::move(take)) {}
    result<void> take(std::string_view piece) override {
        took_ = true;
        (*take_)(piece);
        return {};
    }
    result<void> finish() override { return {}; }
    bool can_restart() const override { return !took_; }

  private:
    std::shared_ptr<const std::function<void(std::string_view)>> take_;
    bool took_ = false;
};

}  // namespace detail

template <class Lazy>
sink sink::to_file(std::filesystem::path path) {
    sink made;
    made.open_ = [path = std::move(path)]() -> result<std::unique_ptr<transfer>> {
        auto opened = std::make_unique<detail::file_transfer<Lazy>>(path);
        if (result<void> begun = opened->begin(); !begun) return std::move(begun.error());
        return std::unique_ptr<transfer>(std::move(opened));
    };
    return made;
}

template <class Lazy>
sink sink::to_function(std::function<void(std::string_view)> take) {
    sink made;
    made.open_ = [take = std::make_shared<const std::function<void(std::string_view)>>(
                      std::move(take))]() -> result<std::unique_ptr<transfer>> {
        return std::unique_ptr<transfer>(std::make_unique<detail::function_transfer<Lazy>>(take));
    };
    return made;
}

}  // namespace tessera
