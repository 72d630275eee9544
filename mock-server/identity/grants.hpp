#pragma once
// What people granted to whom, and what stands for it: codes, tokens, devices.
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/cortex_options.hpp"
#include "core/identity_options.hpp"
#include "tessera/core/clock.hpp"

namespace tessera::server::identity {

struct client {
    std::string id;
    std::string secret{};  // empty: a public client
    std::string provider;  // as the gateway calls it
    std::vector<std::string> scopes{};
    bool is_permanent = false;  // its tokens do not expire
};

/// Those that have no URLs of their own.
std::vector<client> clients_of(const cortex_options& gateway);

/// What somebody agreed to.
struct grant {
    std::string client_id;
    std::string user;
    std::vector<std::string> scopes{};
    bool is_permanent = false;
};

/// Why not: a code of RFC 6749 or 8628, and words for people.
struct refusal {
    std::string code;
    std::string description;
};

struct issued {
    std::string access_token;
    std::optional<std::string> refresh_token{};
    std::optional<std::int64_t> expires_in{};
    std::vector<std::string> scopes{};
};

struct device {
    std::string device_code;
    std::string user_code;
};

/// Thread-safe, and bounded: of many, those that have expired go first. What is handed out is 32
/// random bytes, of which the hash is kept.
class grants {
  public:
    grants(const identity_options& settings, const clock& time)
        : settings_(settings), time_(time) {}

    /// A code for the token endpoint.
    std::string add_code(grant agreed, std::string redirect_uri, std::string challenge);
    /// Good once; a second use ends also what came of the first (RFC 6749 section 4.1.2).
    std::variant<issued, refusal> exchange(const std::string& code, const std::string& client_id,
                                           const std::string& redirect_uri,
                                           const std::string& verifier);
    /// A new pair in place of the one before. A refresh token that was replaced ends all of its
    /// descendants (RFC 9700 section 4.14.2).
    std::variant<issued, refusal> refresh(const std::string& token, const std::string& client_id,
                                          const std::optional<std::vector<std::string>>& scopes);
    /// RFC 7009: the token and all that has come of its grant.
    void revoke(const std::string& token, const std::string& client_id);
    /// What a valid access token stands for.
    std::optional<grant> look_up(const std::string& access_token);

    /// `challenge` is empty where the device sent none.
    device add_device(const client& of, std::vector<std::string> scopes, std::string challenge);
    /// The client and scopes that wait for a decision under this code.
    std::optional<grant> waiting_for(const std::string& user_code);
    /// False: nothing waits.
    bool decide(const std::string& user_code, const std::optional<grant>& agreed);
    std::variant<issued, refusal> poll(const std::string& device_code, const std::string& client_id,
                                       const std::string& verifier);

  private:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most = 10'000;

    // All tokens of one agreement.
    struct family {
        grant agreed;
        bool ended = false;
    };
    struct token {
        std::uint64_t of = 0;
        time_point expires{};
        bool refreshes = false;
        bool used = false;  // of one that refreshes
    };
    struct code {
        grant agreed;
        std::string redirect_uri;
        std::string challenge;
        time_point expires{};
        std::optional<std::uint64_t> used_for{};
    };
    enum class decision { none, allowed, denied };
    struct waiting_device {
        grant agreed;
        std::string device_hash;
        std::string user_code;
        std::string challenge;
        time_point expires{};
        time_point next{};
        std::chrono::seconds interval{};
        decision decided = decision::none;
    };

    issued issue(std::uint64_t family_id);
    std::uint64_t begin_family(grant agreed);
    waiting_device* by_user_code(const std::string& user_code);
    void forget_old();

    const identity_options settings_;
    const clock& time_;
    std::mutex mutex_;
    std::map<std::uint64_t, family> families_;
    std::map<std::string, token> tokens_;  // by their hashes
    std::map<std::string, code> codes_;
    std::vector<waiting_device> devices_;
    std::uint64_t next_family_ = 0;
};

}  // namespace tessera::server::identity
