// Path patterns of `google.api.http`, and percent-encoding.
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gateway/routes.h"
#include "services/base/status.h"
#include "services/base/utf8.h"

namespace lucid::gateway {
namespace {

// Template = "/" Segments [":" verb]; Segment = "*" | "**" | literal | "{" field ["=" Segments]
// "}".
class PatternParser {
 public:
  explicit PatternParser(absl::string_view text) : rest_(text) {}

  absl::StatusOr<Pattern> Parse() {
    if (!Take('/')) return Malformed("does not begin with /");
    RETURN_IF_ERROR(Segments(true));
    if (Take(':')) {
      pattern_.verb = std::string(Until("/{}*:"));
      if (pattern_.verb.empty()) return Malformed("has an empty verb");
    }
    if (!rest_.empty()) return Malformed(absl::StrCat("has \"", rest_, "\" at its end"));
    for (size_t i = 0; i + 1 < pattern_.segments.size(); ++i) {
      if (pattern_.segments[i] == "**") return Malformed("has ** before its end");
    }
    return std::move(pattern_);
  }

 private:
  absl::Status Segments(bool variables) {
    do {
      if (Take('{')) {
        if (!variables) return Malformed("has a variable in a variable");
        RETURN_IF_ERROR(TakeVariable());
      } else if (Take('*')) {
        pattern_.segments.push_back(Take('*') ? "**" : "*");
      } else {
        absl::string_view literal = Until("/{}*:");
        if (literal.empty()) return Malformed("has an empty segment");
        pattern_.segments.emplace_back(literal);
      }
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status TakeVariable() {
    Variable variable;
    variable.field = std::string(Until("={}/*:"));
    variable.begin = pattern_.segments.size();
    if (variable.field.empty()) return Malformed("has a variable without a field");
    if (Take('=')) {
      RETURN_IF_ERROR(Segments(false));
    } else {
      pattern_.segments.push_back("*");
    }
    variable.end = pattern_.segments.back() == "**" ? 0 : pattern_.segments.size();
    if (!Take('}')) return Malformed("has an open {");
    pattern_.variables.push_back(std::move(variable));
    return absl::OkStatus();
  }

  bool Take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  absl::string_view Until(absl::string_view stops) {
    const size_t n = std::min(rest_.find_first_of(stops), rest_.size());
    absl::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }

  static absl::Status Malformed(absl::string_view why) {
    return Fail(absl::StatusCode::kInvalidArgument, "BAD_PATTERN", why);
  }

  absl::string_view rest_;
  Pattern pattern_;
};

int HexDigit(char c) {
  if (!absl::ascii_isxdigit(c)) return -1;
  return absl::ascii_isdigit(c) ? c - '0' : absl::ascii_tolower(c) - 'a' + 10;
}

}  // namespace

absl::StatusOr<Pattern> ParsePattern(absl::string_view pattern) {
  return PatternParser(pattern).Parse();
}

std::optional<std::string> PercentDecode(absl::string_view text, bool plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return {};
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!IsUtf8(out)) return {};
  return out;
}

}  // namespace lucid::gateway
