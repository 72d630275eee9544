#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "web/api.hpp"

namespace tessera::server {

struct destination {
    const tessera::server::route* route =
        nullptr;  // null: the path is unknown, or takes other methods or queries
    std::vector<std::string> parameters{};
    std::string allow{};    // the methods of a known path; empty for an unknown one
    std::string queries{};  // that the path takes by this method, where it needs one of them
};

/// Finds the route of a method and a path. Literal segments go before parameters. Immutable after
/// the last add(), then thread-safe.
class router {
  public:
    /// `prefix` is "" or begins with a slash and does not end with one. The route must outlive
    /// this.
    void add(std::string_view prefix, const route& added);
    /// HEAD finds GET. Parameters are percent-decoded; a path that is not valid percent-encoding is
    /// unknown. Of routes of one path those whose fixed query the query holds go first.
    destination find(std::string_view method, std::string_view path,
                     std::string_view query = {}) const;

  private:
    struct node {
        std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
        std::unique_ptr<node> parameter;
        std::vector<const route*> routes;
    };
    const node* walk(const std::vector<std::string>& segments,
                     std::vector<std::string>& parameters) const;

    node root_;
    std::size_t depth_ = 0;  // of the longest path, in segments
};

}  // namespace tessera::server
