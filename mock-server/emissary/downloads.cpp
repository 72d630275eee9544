#include "emissary/downloads.hpp"

#include <algorithm>
#include <asio/post.hpp>
#include <cstddef>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>

#include "emissary/problems.hpp"
#include "tessera/http/url.hpp"

namespace tessera::server::emissary {
namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

// Names go into a header: what could end its quotes, or is no plain text, is left out.
std::string header_name(std::string name) {
    std::replace_if(
        name.begin(), name.end(),
        [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\' || c == '/'; }, '_');
    return name;
}

// A file on its way: read on threads that may block, handed out on the I/O thread.
class sending : public std::enable_shared_from_this<sending> {
  public:
    sending(service& with, exchange_ptr asked) : with_(with), asked_(std::move(asked)) {}

    void begin(std::function<sent_file()> find) {
        with_.workers.run([self = shared_from_this(), find = std::move(find)] {
            self->attempt([&] {
                const sent_file found = find();
                self->from_.open(found.place, std::ios::binary);
                if (!self->from_)
                    throw std::runtime_error(found.place.string() + " cannot be read");
                answer head;
                head.headers.add("content-type", found.content_type);
                head.headers.add("content-disposition",
                                 "attachment; filename=\"" + header_name(found.name) + "\"");
                self->post([self, head = std::move(head)]() mutable {
                    self->asked_->start(std::move(head));
                    self->read_on();
                });
            });
        });
    }

  private:
    void read_on() {
        if (!asked_->open()) return;
        with_.workers.run([self = shared_from_this()] {
            self->attempt([&] {
                std::string piece(piece_bytes, '\0');
                self->from_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
                if (self->from_.bad()) throw std::runtime_error("the file cannot be read further");
                piece.resize(static_cast<std::size_t>(self->from_.gcount()));
                const bool is_last = self->from_.eof();
                self->post(
                    [self, piece = std::move(piece), is_last] { self->hand_out(piece, is_last); });
            });
        });
    }

    void hand_out(const std::string& piece, bool is_last) {
        if (!asked_->open()) return;
        if (is_last) return asked_->finish(piece);
        asked_->body() += piece;
        asked_->flush();
        if (!asked_->congested()) return read_on();
        asked_->on_room([self = shared_from_this()] {
            self->asked_->on_room(nullptr);
            self->read_on();
        });
    }

    template <class Work>
    void attempt(Work work) {
        problem reason;
        try {
            return work();
        } catch (const refused& thrown) {
            reason = thrown.reason();
        } catch (const std::exception& thrown) {
            reason.message = thrown.what();
        }
        post([self = shared_from_this(), reason = std::move(reason)] {
            if (self->asked_->started())
                self->asked_->abort();
            else
                self->asked_->respond(reason);
        });
    }

    void post(std::function<void()> work) {
        asio::post(asked_->executor(),
                   [asked = asked_, work = std::move(work)] { guard(asked, work); });
    }

    service& with_;
    const exchange_ptr asked_;
    std::ifstream from_;  // on one thread at a time
};

}  // namespace

std::string url_below(const service& with, const request& asked, std::string_view more) {
    // Of a proxy on this machine that takes TLS off.
    const bool is_secure = asked.from_loopback && asked.header("x-forwarded-proto") == "https";
    const auto url =
        http::parse_url((is_secure ? "https://" : "http://") + std::string(asked.header("host")));
    const bool is_host = url && url->userinfo.empty() && url->target() == "/";
    std::string made = is_host ? url->origin() : with.common.own_url();
    return made.append(asked.path).append(more);
}

void send_file(service& with, const exchange_ptr& asked, std::function<sent_file()> find) {
    std::make_shared<sending>(with, asked)->begin(std::move(find));
}

}  // namespace tessera::server::emissary
