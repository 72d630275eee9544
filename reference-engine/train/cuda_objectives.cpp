#include <algorithm>
#include <map>
#include <tuple>

#include "core/error.hpp"
#include "train/cuda_network.hpp"
#include "train/objectives.hpp"

// What a micro-batch brings to the device, and what becomes of its last states.
namespace tessera::engine::train {
namespace {

// Numbers of logits that exist at a time.
constexpr int logits_at_once = 1 << 26;

}  // namespace

template <class T>
void cuda_network::upload(void* to, const std::vector<T>& from) const {
    check(on_.table().to_device(to, from.data(), from.size() * sizeof(T), by_),
          "copying to the device");
}

void cuda_network::download(std::span<float> to, const float* from) const {
    check(on_.table().to_host(to.data(), from, to.size_bytes(), by_), "copying from the device");
    finish();
}

template <class F>
void cuda_network::each_space(std::size_t tokens, std::size_t kept, const F& use) {
    const auto d = static_cast<std::size_t>(config_.hidden_size);
    const auto f = static_cast<std::size_t>(config_.intermediate_size);
    const auto heads = static_cast<std::size_t>(heads_width_);
    const auto qkv = static_cast<std::size_t>(qkv_width_);
    const std::size_t rank = tuning_.adapter ? tuning_.adapter->rank : 0;
    for (layer_activations& at : layers_) {
        use(at.input, tokens * d);
        use(at.input_inverse, tokens);
        use(at.qkv, tokens * qkv);
        use(at.log_sums, tokens * config_.heads);
        use(at.attended, tokens * heads);
        use(at.middle, tokens * d);
        use(at.middle_inverse, tokens);
        use(at.gate_up, tokens * 2 * f);
        for (auto& low : at.low) use(low, tokens * rank);
    }
    use(dlow_, tokens * rank);
    use(normed_, tokens * d);
    use(dx_, tokens * d);
    use(dnormed_, tokens * d);
    use(output_, kept * d);
    use(output_normed_, kept * d);
    use(dkept_, kept * d);
    use(picked_, kept * heads);
    use(dpicked_, kept * heads);
    for (auto* space : {&output_inverse_, &log_sums_, &log_probabilities_, &row_weights_})
        use(*space, kept);
    use(act_, tokens * f);
    use(dact_, tokens * f);
    use(dgate_up_, tokens * 2 * f);
    use(qkv_, tokens * qkv);
    if (factors_ != cuda::element::f32) use(attended_, tokens * heads);
    use(dattended_, tokens * heads);
    use(delta_, tokens * config_.heads);
}

std::size_t cuda_network::bytes_per_token() {
    std::size_t bytes = 0;
    each_space(1, 1, [&](const auto& space, std::size_t size) {
        bytes += size * space.bytes_of_one(factors_);
    });
    return bytes;
}

void cuda_network::reserve_positions(int count) {
    rotations_.reserve(count);
    const std::vector<float>& angles = rotations_.angles();
    if (angles.size() == angles_there_) return;
    upload(angles_.reserve(on_, angles.size()), angles);
    finish();
    angles_there_ = angles.size();
}

void cuda_network::reserve(int tokens, int kept) {
    each_space(static_cast<std::size_t>(tokens), static_cast<std::size_t>(kept),
               [&](auto& space, std::size_t size) { space.reserve(on_, factors_, size); });
}

void cuda_network::prepare(const micro_batch& part) {
    const int tokens = static_cast<int>(part.tokens.size());
    const int kept = static_cast<int>(part.sources.size());
    reserve(tokens, kept);

    std::map<int, std::vector<int>> rows_of_tokens;
    if (layout_.whole())
        for (int row = 0; row < tokens; ++row) rows_of_tokens[part.tokens[row]].push_back(row);
    std::vector<int> source_of(part.tokens.size(), -1);
    for (int i = 0; i < kept; ++i) source_of[part.sources[i]] = i;
    std::vector<int> ids, first{0}, rows;
    for (const auto& [token, own] : rows_of_tokens) {
        ids.push_back(token);
        rows.insert(rows.end(), own.begin(), own.end());
        first.push_back(static_cast<int>(rows.size()));
    }

    std::vector<cuda::training_task> tasks;
    for (const document& doc : part.documents)
        for (int at = 0; at < doc.length; at += cuda::training_task_rows(factors_))
            tasks.push_back({doc.start, doc.length, at});
    std::tie(at_.token_ids, at_.positions, at_.sources, at_.source_of, at_.targets, at_.ids,
             at_.first, at_.rows, at_.tasks) =
        sent_.send(on_, by_, part.tokens, part.positions, part.sources, source_of, part.targets,
                   ids, first, rows, tasks);
    at_.tokens = tokens;
    at_.kept = kept;
    at_.distinct = static_cast<int>(ids.size());
    at_.task_count = static_cast<int>(tasks.size());
}

double cuda_network::predict(const micro_batch& part, const request& wanted,
                             const std::function<bool()>& stopping) {
    if (!model_.head.data) {
        throw engine_error(error_code::invalid_argument,
                           "training rows: a classifier has no head that predicts tokens");
    }
    const int vocabulary = config_.vocab_size;
    const int d = config_.hidden_size;
    const int count = at_.kept;
    const int chunk = std::min(count, std::clamp(logits_at_once / vocabulary, 64, 4096));
    logits_.reserve(on_, factors_,
                    static_cast<std::size_t>(chunk) * static_cast<std::size_t>(vocabulary));
    float* const logits = logits_.exact();
    const bool weighted = weighs_predictions(part.learned, objectives_);
    host_floats_.assign(static_cast<std::size_t>(count), wanted.scale);
    if (!weighted) upload(row_weights_.data(), host_floats_);
    found_.resize(static_cast<std::size_t>(count));
    for (int i = 0; i < count; i += chunk) {
        if (stopping()) return 0;
        const int rows = std::min(chunk, count - i);
        const void* const x = after(output_normed_.factors(), std::ptrdiff_t(i) * d);
        forward(model_.head, rows, x, d, {.exact = logits}, vocabulary, nullptr);
        check(kernels_.predict({.rows = rows,
                                .vocabulary = vocabulary,
                                .logits = logits,
                                .targets = at_.targets + i,
                                .log_sums = log_sums_.data() + i,
                                .log_probabilities = log_probabilities_.data() + i},
                               by_),
              "log probabilities");
        if (!wanted.gradients) continue;
        if (weighted) {
            download(std::span(found_).subspan(i, rows), log_probabilities_.data() + i);
            for (int row = i; row < i + rows; ++row)
                host_floats_[row] =
                    wanted.scale *
                    static_cast<float>(
                        loss_of_prediction(part, row, found_[row], objectives_).weight);
            check(on_.table().to_device(row_weights_.data() + i, host_floats_.data() + i,
                                        sizeof(float) * rows, by_),
                  "copying to the device");
        }
        check(kernels_.predict_backward({.rows = rows,
                                         .vocabulary = vocabulary,
                                         .logits = logits,
                                         .targets = at_.targets + i,
                                         .log_sums = log_sums_.data() + i,
                                         .weights = row_weights_.data() + i,
                                         .dlogits = logits_.only_factors()},
                                        by_),
              "derivatives of logits");
        backward_weights(model_.head, rows, x, d, logits_.factors(), vocabulary);
        backward_input(model_.head, rows, logits_.factors(), vocabulary,
                       {.exact = dnormed_.data() + std::size_t(i) * d}, d, nullptr);
    }
    download(found_, log_probabilities_.data());
    double loss = 0;
    for (int row = 0; row < count; ++row)
        loss += loss_of_prediction(part, row, found_[row], objectives_).loss;
    return loss;
}

// The head over last states. Its outputs are few, so the host tells what they have lost.
double cuda_network::judge(const micro_batch& part, const request& wanted) {
    const int labels = tuning_.labels;
    const int d = config_.hidden_size;
    const auto size = static_cast<std::size_t>(at_.kept) * static_cast<std::size_t>(labels);
    logits_.reserve(on_, factors_, size);
    float* const judged = logits_.exact();
    forward(model_.score, at_.kept, output_normed_.factors(), d, {.exact = judged}, labels,
            nullptr);
    host_floats_.resize(size);
    download(host_floats_, judged);
    double loss = 0;
    for (int row = 0; row < at_.kept; ++row)
        loss += loss_of_outputs(part, row, tuning_, objectives_, wanted.scale,
                                host_floats_.data() + std::size_t(row) * labels);
    if (!wanted.gradients) return loss;
    upload(judged, host_floats_);
    if (logits_.rounded()) round(size, judged, logits_.rounded());
    const void* const djudged = logits_.factors();
    backward_weights(model_.score, at_.kept, output_normed_.factors(), d, djudged, labels);
    backward_input(model_.score, at_.kept, djudged, labels, {.exact = dnormed_.data()}, d, nullptr);
    return loss;
}

// Pairs are few, so the host compares their states.
double cuda_network::pair(const micro_batch& part, const request& wanted) {
    const int d = config_.hidden_size;
    std::vector<float> states(static_cast<std::size_t>(at_.kept) * static_cast<std::size_t>(d));
    download(states, output_normed_.exact());
    host_floats_.resize(states.size());
    const double loss =
        loss_of_pairs(part, d, d, states.data(), wanted.scale,
                      wanted.gradients ? host_floats_.data() : nullptr, objectives_);
    if (wanted.gradients) upload(dnormed_.data(), host_floats_);
    return loss;
}

}  // namespace tessera::engine::train
