#include "services/base/privacy.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace lucid {
namespace {

constexpr size_t kMostGroups = 8;

// The text with full-width digits and X (U+FF10 … U+FF19, U+FF38, U+FF58) in ASCII.
std::string HalfWidth(absl::string_view text) {
  std::string half;
  half.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 2 < text.size() && text[i] == '\xEF') {
      const unsigned char second = text[i + 1], third = text[i + 2];
      char ascii = 0;
      if (second == 0xBC && third >= 0x90 && third <= 0x99) ascii = '0' + (third - 0x90);
      if ((second == 0xBC && third == 0xB8) || (second == 0xBD && third == 0x98)) ascii = 'X';
      if (ascii != 0) {
        half += ascii;
        i += 2;
        continue;
      }
    }
    half += text[i];
  }
  return half;
}

bool IsMobile(absl::string_view digits) {
  return digits.size() == 11 && digits[0] == '1' && digits[1] >= '3' && digits.back() != 'X';
}

bool IsResidentIdentity(absl::string_view number) {
  static constexpr int kWeights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  if (number.size() != 18) return false;
  int sum = 0;
  for (int i = 0; i < 17; ++i) {
    if (!absl::ascii_isdigit(number[i])) return false;
    sum += (number[i] - '0') * kWeights[i];
  }
  return number[17] == "10X98765432"[sum % 11];
}

// Groups of digits that stand next to each other, at most one space or hyphen between.
absl::string_view FindIn(const std::vector<std::string>& groups) {
  for (size_t first = 0; first < groups.size(); ++first) {
    std::string joined;
    for (size_t last = first; last < std::min(groups.size(), first + kMostGroups); ++last) {
      joined += groups[last];
      if (IsResidentIdentity(joined)) return "a resident identity number";
      absl::string_view national = joined;
      if (national.size() == 13 && absl::StartsWith(national, "86")) national.remove_prefix(2);
      if (IsMobile(national)) return "a mobile number";
    }
  }
  return "";
}

}  // namespace

absl::string_view FindPersonalNumber(absl::string_view text) {
  const std::string half = HalfWidth(text);
  std::vector<std::string> groups;
  for (size_t i = 0; i < half.size();) {
    if (!absl::ascii_isdigit(half[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < half.size() && absl::ascii_isdigit(half[end])) ++end;
    std::string group = half.substr(i, end - i);
    if (end < half.size() && absl::ascii_toupper(half[end]) == 'X') {
      group += 'X';
      ++end;
    }
    groups.push_back(std::move(group));
    i = end;
    bool joined = i + 1 < half.size() && (half[i] == ' ' || half[i] == '-') &&
                  absl::ascii_isdigit(half[i + 1]);
    if (joined) {
      ++i;
      continue;
    }
    if (absl::string_view found = FindIn(groups); !found.empty()) return found;
    groups.clear();
  }
  return "";
}

}  // namespace lucid
