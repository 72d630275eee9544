#pragma once
// Files that answers name URLs of.
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "emissary/service.hpp"
#include "web/exchange.hpp"

namespace tessera::server::emissary {

/// The URL of the request's own path and of more below it ("/file"), at the host by which the client
/// reached this server.
std::string url_below(const service& with, const request& asked, std::string_view more);

/// A file as it is sent.
struct sent_file {
    std::filesystem::path place;
    std::string name;  // that a browser keeps it under
    std::string content_type = "application/octet-stream";
};

/// Answers with a file, piece by piece as fast as the client reads. `find` runs on a thread that may
/// block; to refuse, it throws `refused`. A file that is deleted meanwhile is sent to its end.
void send_file(service& with, const exchange_ptr& asked, std::function<sent_file()> find);

}  // namespace tessera::server::emissary
