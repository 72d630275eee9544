#include "cortex/speech/transcripts.hpp"

#include <utility>

#include "cortex/problems.hpp"

namespace tessera::server::cortex {
namespace {

constexpr http::operation<registered_transcript, void> register_transcript{
    .id = "registerTranscript",
    .method = "POST",
    .path = "/transcripts",
    .authentication = http::auth::none,
    .status = 204};
constexpr http::operation<void, void> clear_transcripts{.id = "clearTranscripts",
                                                        .method = "DELETE",
                                                        .path = "/transcripts",
                                                        .authentication = http::auth::none,
                                                        .status = 204};

}  // namespace

std::vector<route> transcript_routes(speech_desk& of) {
    std::vector<route> made;
    made.push_back(make_route(
        register_transcript, [&of](const exchange_ptr& asked, registered_transcript given) {
            if (auto wrong = of.registered.add(std::move(given)))
                return asked->respond(problem{.status = 400, .message = *std::move(wrong)});
            succeed(*asked);
        }));
    made.push_back(make_route(clear_transcripts, [&of](const exchange_ptr& asked) {
        of.registered.clear();
        succeed(*asked);
    }));
    return made;
}

}  // namespace tessera::server::cortex
