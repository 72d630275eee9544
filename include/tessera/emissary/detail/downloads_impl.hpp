#pragma once

#include "tessera/emissary/downloads.hpp"

namespace tessera::emissary::detail {

TESSERA_DEF
std::shared_ptr<downloaded> make_downloaded(call::channel& on, call::spec&& request,
                                            const call_options& options,
                                            result<std::string> (*url_in)(const call_info&)) {
    return std::shared_ptr<downloaded>(
        new downloaded{terms_of(on, options), std::move(request), url_in});
}

TESSERA_DEF
result<std::string> url_of_dataset(const call_info& answer) {
    result<dataset_detail> about = json::decode_text<dataset_detail>(answer.raw);
    if (!about) return std::move(about).failure();
    if (!about->dataset_download_url)
        return tessera::detail::failed(
            error_kind::invalid_argument,
            "the dataset has no dataset_download_url; its is_uploaded says whether it is there");
    return *std::move(about->dataset_download_url);
}

// A channel whose base is the URL without its path, and the request for that path. Another origin is
// shown neither key nor headers: URLs there are signed.
TESSERA_COLD_DECL
result<std::shared_ptr<call::channel>> channel_to(call::channel& from, std::string_view text,
                                                  call::spec& request) {
    result<http::url> url = http::resolve(from.base(), text);
    if (!url) return std::move(url).failure();
    client_options options = from.options();
    const bool is_own = url->origin() == from.base().origin();
    if (!is_own) options.headers.clear();
    options.warm = false;
    options.base_url = url->origin();
    if (!url->query.empty()) options.base_url += "/?" + url->query;
    request.target_path = std::move(url->path);
    request.headers.add("accept", "*/*");
    request.authentication = is_own ? http::auth::api_key_header : http::auth::none;
    request.binary = true;
    return call::channel::make(std::move(options), from.get_executor());
}

TESSERA_DEF
process::work until_downloaded(std::shared_ptr<downloaded> what) {
    return {[](process& on, void* by) -> task<result<void>> {
                downloaded& self = *static_cast<downloaded*>(by);
                std::string url = self.request.target_path;
                if (self.url_in) {
                    call_options options = self.terms.each;
                    options.into = {};
                    call::spec request = self.request;
                    result<void> asked =
                        co_await on.ask(self.terms.on, std::move(request), options, self.answer);
                    if (!asked) co_return asked;
                    result<std::string> found = self.url_in(self.answer);
                    if (!found) co_return std::move(found).failure();
                    url = *std::move(found);
                }
                call::spec request;
                auto there = channel_to(*self.terms.on, url, request);
                if (!there) co_return std::move(there).failure();
                result<void> came =
                    co_await on.ask(*there, std::move(request), self.terms.each, self.answer);
                co_return came;
            },
            std::move(what)};
}

}  // namespace tessera::emissary::detail
