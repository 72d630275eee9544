#include "get_command.hpp"

#include "tessera/call.hpp"

namespace tessera::probe {

int get_command(std::span<const std::string> args, std::istream&, std::ostream& out) {
    const std::vector<std::string> urls = positionals(args, {"--ca"});
    if (urls.size() != 1) return usage_error;
    const auto url = http::parse_url(urls.front());
    result<response<std::string>> answer =
        url ? result<response<std::string>>(response<std::string>{}) : url.error();
    if (url) {
        client_options options;
        options.base_url = url->origin();
        options.max_retries = 0;
        options.tls.ca_file = option(args, "--ca").value_or("");
        call::spec request;
        request.target_path = url->path;
        request.query = http::parse_query(url->query);
        request.authentication = http::auth::none;
        answer = call::try_invoke<std::string>(*call::channel::make(std::move(options)),
                                               std::move(request));
    }
    const int status = answer ? answer->info.status : answer.error().status;
    if (status != 0)
        print_line(out, {{"ok", true}, {"status", status}});
    else
        print_line(out, {{"error",
                          {{"kind", std::string(to_string(answer.error().kind))},
                           {"reason", answer.error().message}}}});
    return 0;
}

}  // namespace tessera::probe
