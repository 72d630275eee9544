#include "speech/listen/recognizer.hpp"

#include <pocketsphinx.h>
#include <sphinxbase/err.h>

#include <cmath>
#include <stdexcept>
#include <string_view>

namespace tessera::listen {
namespace {

constexpr double frames_per_second = 100;

// Silence, noises, and the marks of an utterance's ends.
bool is_filler(std::string_view word) {
    return word.empty() || word.front() == '<' || word.front() == '[' || word.starts_with("++");
}

// Without the number of the pronunciation: "to(3)".
std::string spelled(std::string_view word) { return std::string(word.substr(0, word.find('('))); }

}  // namespace

struct recognizer::decoder {
    explicit decoder(const std::string& model) {
        err_set_logfp(nullptr);
        // Frames of silence are kept, since times are counted in frames.
        cmd_ln_t* how =
            cmd_ln_init(nullptr, ps_args(), TRUE, "-hmm", (model + "/en-us").c_str(), "-lm",
                        (model + "/en-us.lm.bin").c_str(), "-dict",
                        (model + "/cmudict-en-us.dict").c_str(), "-remove_silence", "no", nullptr);
        if (how) made = ps_init(how);
        cmd_ln_free_r(how);
        if (!made) throw std::runtime_error("the model in " + model + " cannot be loaded");
    }
    ~decoder() { ps_free(made); }
    decoder(const decoder&) = delete;
    decoder& operator=(const decoder&) = delete;

    ps_decoder_t* made = nullptr;
};

recognizer::recognizer(const std::string& model) : decoder_(std::make_unique<decoder>(model)) {}
recognizer::~recognizer() = default;

std::vector<heard_word> recognizer::hear(std::span<const std::int16_t> samples, double start) {
    ps_decoder_t* const by = decoder_->made;
    if (ps_start_utt(by) < 0 ||
        ps_process_raw(by, samples.data(), samples.size(), FALSE, TRUE) < 0 || ps_end_utt(by) < 0)
        throw std::runtime_error("the sound cannot be recognised");
    std::vector<heard_word> all;
    // The words are told once the whole is known, which the probabilities need.
    ps_get_prob(by);
    for (ps_seg_t* each = ps_seg_iter(by); each; each = ps_seg_next(each)) {
        if (is_filler(ps_seg_word(each))) continue;
        int first = 0, last = 0;
        ps_seg_frames(each, &first, &last);
        const int posterior = ps_seg_prob(each, nullptr, nullptr, nullptr);
        all.push_back({.text = spelled(ps_seg_word(each)),
                       .start = start + first / frames_per_second,
                       .end = start + (last + 1) / frames_per_second,
                       .logprob = logmath_log_to_ln(ps_get_logmath(by), posterior)});
    }
    return all;
}

}  // namespace tessera::listen
