#pragma once

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "tessera/call/sink.hpp"

namespace tessera {

TESSERA_DEF
sink sink::to_file(std::filesystem::path path) {
    class file_transfer final : public transfer {
      public:
        explicit file_transfer(std::filesystem::path path) : path_(std::move(path)), part_(path_) {
            part_ += ".part";
            file_ = std::fopen(part_.string().c_str(), "wb");
        }
        ~file_transfer() override {
            if (file_ == nullptr) return;
            std::fclose(file_);
            std::error_code ignored;
            std::filesystem::remove(part_, ignored);
        }
        bool is_open() const { return file_ != nullptr; }
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
        detail::boxed_error failed(const char* why) const {
            const std::error_code code(errno, std::generic_category());
            return detail::failed(
                error_kind::invalid_argument,
                {"the download's file ", path_.string(), " ", why, ": ", code.message()});
        }

      private:
        std::filesystem::path path_;
        std::filesystem::path part_;
        std::FILE* file_ = nullptr;
    };

    sink made;
    made.open_ = [path = std::move(path)]() -> result<std::unique_ptr<transfer>> {
        auto opened = std::make_unique<file_transfer>(path);
        if (!opened->is_open()) return opened->failed("cannot be opened");
        return std::unique_ptr<transfer>(std::move(opened));
    };
    return made;
}

TESSERA_DEF
sink sink::to_function(std::function<void(std::string_view)> take) {
    using function = std::function<void(std::string_view)>;
    class function_transfer final : public transfer {
      public:
        explicit function_transfer(std::shared_ptr<const function> take) : take_(std::move(take)) {}
        result<void> take(std::string_view piece) override {
            took_ = true;
            (*take_)(piece);
            return {};
        }
        result<void> finish() override { return {}; }
        bool can_restart() const override { return !took_; }

      private:
        std::shared_ptr<const function> take_;
        bool took_ = false;
    };

    sink made;
    made.open_ = [take = std::make_shared<const function>(
                      std::move(take))]() -> result<std::unique_ptr<transfer>> {
        return std::unique_ptr<transfer>(std::make_unique<function_transfer>(take));
    };
    return made;
}

}  // namespace tessera
