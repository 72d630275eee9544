#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "decode/prediction.hpp"
#include "decode/sampler.hpp"
#include "decode/text_stream.hpp"
#include "serve/block_pool.hpp"
#include "serve/engine.hpp"
#include "serve/masks.hpp"
#include "serve/reading.hpp"

namespace tessera::engine {

/// One generation on its way, or one input of a reading. Only the engine's thread touches it once
/// it has left the queue.
struct sequence {
    using time_point = std::chrono::steady_clock::time_point;

    sequence(std::uint64_t number, generation_request r, std::shared_ptr<generation_listener> to,
             int vocab_size, int longest)
        : id(number),
          request(std::move(r)),
          listener(std::move(to)),
          choose(request.sampling, vocab_size),
          text(request.stop),
          expected(std::move(request.predicted)),
          tokens(request.prompt),
          prompt_size(static_cast<int>(tokens.size())),
          limit(request.max_tokens < 0 ? longest - prompt_size
                                       : std::min(request.max_tokens, longest - prompt_size)),
          submitted(std::chrono::steady_clock::now()) {
        if (request.limits) {
            limits = std::make_shared<mask>(std::move(request.limits), vocab_size);
        }
    }

    sequence(std::uint64_t number, std::shared_ptr<reading> of, std::size_t place, int vocab_size,
             int width)
        : id(number + place),
          choose(sampling_options{}, vocab_size),
          text(request.stop),
          expected(std::vector<token_id>{}),
          tokens(of->request().inputs[place]),
          prompt_size(static_cast<int>(tokens.size())),
          limit(0),
          reads(std::move(of)),
          input(place),
          states(std::in_place, classifies() ? pooling::last : reads->request().pool, prompt_size,
                 width) {
        request.priority = reads->request().priority;
    }

    std::uint64_t id;
    generation_request request;
    std::shared_ptr<generation_listener> listener;
    sampler choose;
    text_stream text;
    prediction expected;
    std::vector<token_id> tokens;  // of the prompt, then of the completion
    int prompt_size;
    int limit;         // of the completion
    int computed = 0;  // tokens whose keys and values are in the cache
    int reached = 0;   // the most it ever was

    std::vector<int> blocks;
    std::vector<block_pool::chain> links;  // of the full blocks, published or found

    std::shared_ptr<mask> limits;  // of the next token; none: all are allowed
    std::vector<token_id> drafts;  // expected next, computed behind the tokens until drawn
    int seat = 0;                  // its number among those that run
    int waiting = 0;               // slots to draw from once the mask is ready

    std::vector<token_info> prompt_infos;
    bool prompt_reported = false;
    int cached = 0;
    bool ended = false;
    std::shared_ptr<const void> lease;  // of its adapter

    std::shared_ptr<reading> reads;  // none: it generates
    std::size_t input = 0;           // of the reading
    std::optional<state_pool> states;

    time_point submitted{};
    time_point started{};   // first computed
    time_point prompted{};  // first token drawn

    int completion_size() const { return static_cast<int>(tokens.size()) - prompt_size; }
    /// Tokens that must be computed before the next one can be drawn.
    int pending() const { return static_cast<int>(tokens.size()) - computed; }
    /// The position of the first token whose final state is needed; a generation needs the last one
    /// to draw the next.
    int first_output() const {
        if (states) return states->next();
        return wants_prompt() ? 0 : static_cast<int>(tokens.size()) - 1;
    }
    /// Whether the next block may come from the cache, which has no final states.
    bool may_take_known() const {
        return blocks.size() == links.size() && first_output() - computed >= block_positions;
    }
    block_pool::chain last_link() const {
        return links.empty() ? block_pool::root_of(adapter()) : links.back();
    }
    int adapter() const { return reads ? reads->request().adapter : request.adapter; }
    /// The tokens of the first block that is not known yet; as many as there are.
    std::span<const token_id> next_block() const {
        const auto rest = std::span(tokens).subspan(links.size() * block_positions);
        return rest.first(std::min(rest.size(), std::size_t{block_positions}));
    }
    /// Whether both have the same beginning, to the end of the next block.
    bool begins_like(const sequence& other) const {
        return last_link() == other.last_link() &&
               std::ranges::equal(next_block(), other.next_block());
    }
    std::span<const token_id> completion() const {
        return std::span(tokens).subspan(static_cast<std::size_t>(prompt_size));
    }
    /// What the request that it belongs to is known by.
    std::uint64_t request_id() const { return reads ? reads->id() : id; }
    bool classifies() const { return reads && reads->request().classify; }
    bool wants_prompt() const { return request.prompt_logprobs && !prompt_reported; }

    /// Highest priority first, then in the order of arrival.
    std::pair<std::int64_t, std::uint64_t> order() const {
        return {-std::int64_t{request.priority}, id};
    }
};

}  // namespace tessera::engine
