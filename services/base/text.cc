#include "services/base/text.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "services/base/utf8.h"

namespace lucid {
namespace {

constexpr absl::string_view kOpening[] = {"〔", "[", "［", "【", "(", "（", "﹝", "〖", "{", "｛"};
constexpr absl::string_view kClosing[] = {"〕", "]", "］", "】", ")", "）", "﹞", "〗", "}", "｝"};

// White space, and what is not seen at all: zero-width characters, the byte order mark.
constexpr absl::string_view kUnseen[] = {
    " ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u00a0", "\u00ad",
    "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200a", "\u200b", "\u200c", "\u200d", "\u2028",
    "\u2029", "\u202f", "\u205f", "\u2060", "\u3000", "\ufeff"};

// The ASCII character whose full-width form (U+FF01 … U+FF5E) this is, or 0.
char AsciiOf(absl::string_view character) {
  if (character.size() != 3 || character[0] != '\xEF') return 0;
  const int code = (static_cast<unsigned char>(character[1]) - 0xBC) * 64 +
                   static_cast<unsigned char>(character[2]) - 0x80;
  return code >= 0x01 && code <= 0x5E ? static_cast<char>(code + 0x20) : 0;
}

}  // namespace

void CheckText(FieldErrors& errors, absl::string_view field, absl::string_view text, size_t longest,
               bool required) {
  if (required && text.empty()) errors.Add(field, "is required");
  if (CodePoints(text) > longest) {
    errors.Add(field, absl::StrCat("must have at most ", longest, " characters"));
  }
}

void CheckCount(FieldErrors& errors, absl::string_view field, int count, int most) {
  if (count > most) errors.Add(field, absl::StrCat("must be at most ", most));
}

std::string NormaliseDocumentNumber(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    const absl::string_view character = text.substr(0, std::max<size_t>(Utf8Length(text), 1));
    text.remove_prefix(character.size());
    if (absl::c_linear_search(kUnseen, character)) continue;
    if (absl::c_linear_search(kOpening, character)) {
      out += "〔";
    } else if (absl::c_linear_search(kClosing, character)) {
      out += "〕";
    } else if (char ascii = AsciiOf(character); ascii != 0) {
      out += ascii;
    } else {
      out.append(character.data(), character.size());
    }
  }
  return out;
}

}  // namespace lucid
