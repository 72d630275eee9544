#pragma once

#include <algorithm>
#include <string_view>

#include "tessera/http/grammar.hpp"
#include "tessera/http/response_reader.hpp"

namespace tessera::http {

// RFC 9112 section 4: HTTP-version SP 3DIGIT SP [ reason-phrase ]
TESSERA_DEF bool response_reader::take_start_line(std::string_view line) {
    close_delimited_ = upgraded_ = false;
    if (!take_version(line.substr(0, line.find(' ')), 0)) return false;
    constexpr std::size_t status_at = 9, reason_at = 13;
    const std::string_view status = line.substr(std::min(status_at, line.size())).substr(0, 3);
    if (status.size() != 3 || !is_digits(status) || status.front() == '0')
        return refuse(reader_errc::bad_start_line, std::min(status_at, line.size()),
                      "the status is not a number from 100 to 999");
    if (line.size() < reason_at || line[reason_at - 1] != ' ')
        return refuse(reader_errc::bad_start_line, reason_at - 1, "no space follows the status");
    head_.minor = minor_;
    head_.status = (status[0] - '0') * 100 + (status[1] - '0') * 10 + (status[2] - '0');
    head_.reason = line.substr(reason_at);
    return true;
}

// RFC 9112 section 6.3, RFC 9110 section 9.3.6: what has no body has no framing either.
TESSERA_DEF bool response_reader::has_framing() const {
    const int status = head_.status;
    return status >= 200 && status != 204 && status != 304 && !to_head_ && !upgrades();
}

TESSERA_DEF bool response_reader::take_fields() {
    const int status = head_.status;
    informational_ = status < 200 && status != 101;
    if (informational_)
        return ++informational_count_ <= limits_.informational ||
               refuse(reader_errc::too_many_responses, 0,
                      "there are more 1xx responses than the limit allows");
    informational_count_ = 0;
    upgraded_ = upgrades();
    if (!expect_body(has_framing())) return false;
    close_delimited_ = phase_ == phase::until_close;
    keep_alive_ = !upgraded_ && !close_delimited_ && wants_keep_alive(minor_, head_.headers);
    return true;
}

}  // namespace tessera::http
