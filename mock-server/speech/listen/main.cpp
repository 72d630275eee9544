// tessera-listen: a file of sound on stdin, what is in it on stdout, a line of JSON each. It runs for
// one file, so that one that is broken harms nobody.
//
//     {"duration": 7.1}
//     {"words": [{"text": "ten", "start": 0.15, "end": 0.33, "logprob": -0.1}, ...]}
//     {"refused": "it is no sound file: ..."}
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "speech/listen/audio.hpp"
#include "speech/listen/confinement.hpp"
#include "speech/listen/recognizer.hpp"

namespace tessera::listen {
namespace {

constexpr double most_seconds = 3600;

void say(const nlohmann::ordered_json& what) {
    std::cout << what.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
}

std::string all_of_stdin() {
    std::string all;
    char piece[65536];
    while (const std::size_t size = std::fread(piece, 1, sizeof piece, stdin))
        all.append(piece, size);
    return all;
}

nlohmann::ordered_json told(const std::vector<heard_word>& words) {
    auto all = nlohmann::ordered_json::array();
    for (const heard_word& each : words)
        all.push_back({{"text", each.text},
                       {"start", each.start},
                       {"end", each.end},
                       {"logprob", std::min(0.0, each.logprob)}});
    return all;
}

std::vector<std::int16_t> samples_of_stdin() try {
    return decode(all_of_stdin(), most_seconds);
} catch (const std::bad_alloc&) {
    throw unreadable("it takes more memory than there is for one");
}

// The model is loaded before anything of the file is read, since no files are opened afterwards.
void listen(const std::string& model) {
    limit({});
    recognizer by(model);
#ifndef TESSERA_SANITIZED
    seal();  // sanitizers make calls of their own
#endif
    const std::vector<std::int16_t> samples = samples_of_stdin();
    say({{"duration", static_cast<double>(samples.size()) / sample_rate}});
    part_at_pauses(samples, [&](std::size_t begin, std::size_t end) {
        const std::span<const std::int16_t> all(samples);
        const auto words =
            by.hear(all.subspan(begin, end - begin), static_cast<double>(begin) / sample_rate);
        if (!words.empty()) say({{"words", told(words)}});
    });
}

}  // namespace
}  // namespace tessera::listen

int main(int count, char** words) {
    if (count > 2) {
        std::cerr << "usage: tessera-listen [MODEL_FOLDER] < FILE\n";
        return 2;
    }
    try {
        tessera::listen::listen(count == 2 ? words[1] : TESSERA_SPEECH_MODEL);
        return 0;
    } catch (const tessera::listen::unreadable& thrown) {
        tessera::listen::say({{"refused", thrown.what()}});
        return 0;
    } catch (const std::exception& thrown) {
        std::cerr << thrown.what() << '\n';
        return 1;
    }
}
