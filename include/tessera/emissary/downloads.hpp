#pragma once
// The verb download: what the API names URLs of.
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tessera/call/resource.hpp"
#include "tessera/emissary/datasets.hpp"
#include "tessera/emissary/detail/process.hpp"

namespace tessera::emissary {

namespace detail {

// A file that is on its way.
struct downloaded {
    process_terms terms;
    call::spec request;  // that asks for the URL, else the URL as its path
    result<std::string> (*url_in)(const call_info& answer);  // null: the URL is known
    call_info answer{};
};

TESSERA_COLD_DECL std::shared_ptr<downloaded> make_downloaded(
    call::channel& on, call::spec&& request, const call_options& options,
    result<std::string> (*url_in)(const call_info&));
TESSERA_COLD_DECL process::work until_downloaded(std::shared_ptr<downloaded> what);
TESSERA_COLD_DECL result<std::string> url_of_dataset(const call_info& answer);

// The operation of a file at any URL.
inline constexpr http::operation<void, std::string> get_file{"getFile", "GET", "{url}"};

template <const auto& Op>
struct downloading : process_forms<downloading<Op>, response<std::string>> {
    static auto make(call::channel& on, call::spec&& request, const call_options& options) {
        if constexpr (Op.path == get_file.path)
            return make_downloaded(on, std::move(request), options, nullptr);
        else
            return make_downloaded(on, std::move(request), options, &url_of_dataset);
    }
    static process::work work(std::shared_ptr<downloaded> what) {
        return until_downloaded(std::move(what));
    }
    template <class Answer>
    static result<Answer> outcome(const std::shared_ptr<downloaded>& what, result<void>&& ended) {
        if (!ended) return std::move(ended).failure();
        result<Answer> answer(std::in_place);
        result<void> read = call::read_answer<std::string>(*answer, std::move(what->answer));
        if (!read) answer = std::move(read).failure();
        return answer;
    }
};

}  // namespace detail

TESSERA_CALL_FORMS(download, detail::downloading);

/// download(url) of whatever the API gives a URL of: datasets, models, test results. The key goes to
/// the client's own origin alone, the client's headers as well.
class files_resource : public download<detail::get_file>::methods<files_resource> {
  public:
    /// For the client whose channel it is.
    explicit files_resource(std::shared_ptr<call::channel> on) : channel_(std::move(on)) {}
    /// What its calls share.
    call::channel& get_channel() const { return *channel_; }
    /// The request of an operation, for verbs.
    template <const auto& Op, bool>
    call::spec make(const call_options&, std::string_view url) const {
        call::spec made;
        made.target_path = url;
        return made;
    }

  private:
    std::shared_ptr<call::channel> channel_;
};

}  // namespace tessera::emissary

#ifdef TESSERA_DEFINITIONS
#include "tessera/emissary/detail/downloads_impl.hpp"
#endif
