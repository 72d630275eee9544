#include "speech/listener.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "jobs/command.hpp"
#include "tessera/json.hpp"

namespace tessera::server {
namespace {

struct heard_word {
    std::string text;
    double start;
    double end;
    double logprob;
};

constexpr auto describe(json::type<heard_word>) {
    using s = heard_word;
    return json::object<s>("", json::field("text", &s::text), json::field("start", &s::start),
                           json::field("end", &s::end), json::field("logprob", &s::logprob));
}

// A line of tessera-listen.
struct heard_line {
    std::optional<double> duration{};
    std::optional<std::vector<heard_word>> words{};
    std::optional<std::string> refused{};
};

constexpr auto describe(json::type<heard_line>) {
    using s = heard_line;
    return json::object<s>("", json::field("duration", &s::duration),
                           json::field("words", &s::words), json::field("refused", &s::refused));
}

// As it is said; else beside the running program, where the package has it, where it was built, or in
// PATH. None where there is none.
std::optional<std::string> listen_program(const options& of) {
    if (!of.speech.program.empty()) return of.speech.program;
    std::error_code ignored;
    const auto own = std::filesystem::read_symlink("/proc/self/exe", ignored);
    std::vector<std::filesystem::path> folders = {own.parent_path()};
    if (!of.packaged_model.empty())
        folders.push_back(of.packaged_model / TESSERA_PROGRAMS_FROM_BUNDLED);
    folders.push_back(TESSERA_PROGRAMS_BUILT);
    const char* const path = std::getenv("PATH");
    for (std::string_view rest = path ? path : ""; !rest.empty();) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        if (folder.starts_with('/')) folders.push_back(folder);
        rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    }
    for (const std::filesystem::path& each : folders) {
        const std::filesystem::path program = each / "tessera-listen";
        if (::access(program.c_str(), X_OK) == 0) return program.lexically_normal();
    }
    return std::nullopt;
}

spoken_segment segment_of(std::vector<heard_word> words) {
    spoken_segment made;
    made.start = words.front().start;
    made.end = words.back().end;
    for (heard_word& each : words) {
        if (!made.text.empty()) made.text += ' ';
        made.text += each.text;
        made.words.push_back({std::move(each.text), each.start, each.end, each.logprob});
    }
    return made;
}

class listener : public transcriber {
  public:
    explicit listener(const options& of) : options_(of) {}

    std::optional<std::variant<transcribed, problem>> transcribe(
        const recording& of, const std::function<void(spoken_segment)>& heard,
        std::stop_token stop) override {
        if (of.language && *of.language != "en")
            return problem{.status = 400,
                           .message =
                               "language: the recogniser of this server knows \"en\" alone, "
                               "and not \"" +
                               *of.language +
                               "\": register a transcript of the recording, or route the "
                               "model to a provider that knows the language",
                           .param = "language",
                           .code = "unsupported_language"};
        if (of.speakers.size() > 1)
            return problem{.status = 400,
                           .message =
                               "known_speaker_names[]: the recogniser of this server cannot "
                               "tell speakers apart: name one at most, register a transcript "
                               "of the recording, or route the model to a provider that can",
                           .param = "known_speaker_names[]",
                           .code = "unsupported_speakers"};
        const std::optional<std::string> program = listen_program(options_);
        if (!program)
            return problem{.status = 501,
                           .message =
                               "there is no recogniser of speech, tessera-listen: run "
                               "scripts/setup.sh --with-speech and build again, register a "
                               "transcript of the recording, or route the model to a provider",
                           .code = "no_recogniser"};
        const command how{.words = {*program},
                          .timeout = options_.speech.timeout,
                          .most_output = 64 * 1024 * 1024};
        double duration = 0;
        std::optional<std::string> refused;
        const command_end end = run_command(
            how, of.bytes,
            [&](std::string_view line) {
                auto said = json::decode_text<heard_line>(std::string(line));
                if (!said) throw std::runtime_error("tessera-listen says what cannot be read");
                if (said->duration) duration = *said->duration;
                if (said->refused) refused = std::move(said->refused);
                if (!said->words || said->words->empty()) return;
                spoken_segment made = segment_of(std::move(*said->words));
                if (!of.speakers.empty()) made.speaker = of.speakers.front();
                heard(std::move(made));
            },
            std::move(stop));
        if (refused)
            return problem{.status = 400,
                           .message = "the file cannot be transcribed: " + *refused,
                           .param = "file",
                           .code = "invalid_file"};
        if (end.succeeded) return transcribed{"en", duration};
        // Sound that takes its decoder down is as broken as sound that is refused.
        if (duration == 0 && end.reason.find("signal") != end.reason.npos)
            return problem{.status = 400,
                           .message = "the file cannot be transcribed: its decoder failed",
                           .param = "file",
                           .code = "invalid_file"};
        return problem{.status = 500,
                       .message = "the recogniser failed: " + end.reason +
                                  (end.errors.empty() ? "" : ": " + end.errors),
                       .code = "recogniser_failed"};
    }

  private:
    const options& options_;
};

}  // namespace

std::unique_ptr<transcriber> make_listener(const options& of) {
    return std::make_unique<listener>(of);
}

}  // namespace tessera::server
